// One run of the command line: its global options, its connection to the daemon (made when first
// needed), and the one way to call a method.
// Thread: the main one.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/output/table.hpp"
#include "ledger/money.hpp"
#include "protocol/client.hpp"

namespace giro::cli {

enum class Format : std::uint8_t {
  table,    // For people.
  answers,  // --json: the daemon's answers as they came, one a line.
  json,     // One JSON value: an array of rows where there are several.
  ndjson,   // A row a line.
  csv,      // A header and a row a line, amounts as decimals.
};

struct Globals {
  std::string socket_path = {};  // Empty: what cli/operator/contexts.hpp finds.
  std::string context = {};
  bool json = false;
  std::string output = {};   // Empty: what `json` says.
  std::string timeout = {};  // Empty: a default.
  bool wait = false;
  std::string color = "auto";
  bool no_color = false;
  bool no_pager = false;
  bool expanded = false;
  std::string zone = {};  // Empty: the system's.
};

// How long something may take.
using Patience = std::chrono::milliseconds;
inline constexpr Patience kEndless = Patience::max();
inline constexpr Patience kDefaultPatience = std::chrono::seconds(60);
// "90s", "500ms", "2m", "0.5" (seconds), "none"; nothing for anything else.
[[nodiscard]] std::optional<Patience> parse_patience(std::string_view text);
[[nodiscard]] std::string patience_text(Patience patience);
[[nodiscard]] client::Clock::time_point deadline_after(Patience patience);

struct ChosenSocket {
  std::string path;  // Empty: there is none by default.
  std::string context = {};
  std::string why;
};

class Session {
 public:
  explicit Session(Globals globals);

  [[nodiscard]] Format format() const { return format_; }
  // Any of the JSON formats; a command whose answer is one value writes it alike in all of them.
  [[nodiscard]] bool json() const { return format_ != Format::table && format_ != Format::csv; }
  void answer_in_json() { format_ = Format::answers; }
  void answer_in_csv() { format_ = Format::csv; }
  [[nodiscard]] bool colours() const { return look_.colours; }
  [[nodiscard]] const Look& look() const { return look_; }
  // A long table may go through a pager from here on.
  void page_long_answers() const;
  // As they were given.
  [[nodiscard]] const Globals& globals() const { return globals_; }
  // Empty: see socket_is_named().
  [[nodiscard]] const std::string& socket_path() const { return socket_.path; }
  // What named it: "--socket", "GIRO_CONTEXT", ...
  [[nodiscard]] const std::string& why_this_socket() const { return socket_.why; }
  // --timeout, or this.
  [[nodiscard]] Patience patience(Patience otherwise = kDefaultPatience) const;

  [[nodiscard]] Result<void> socket_is_named() const;
  // With --wait for a daemon that isn't there yet.
  [[nodiscard]] Result<client::Connection*> connection();
  // The next connection() is a new one.
  void drop_connection() { connection_.reset(); }
  // Every request goes through here, but for those that pipeline on connection().
  [[nodiscard]] Result<boost::json::object> call(std::string_view method,
                                                 const boost::json::object& params);
  // `params` as the text of a JSON object; the result may be any JSON value.
  [[nodiscard]] Result<boost::json::value> call_with_text(std::string_view method,
                                                          std::string_view params);

  // From ISO 4217, else from the ledger, which is asked once. A usage failure: neither knows it.
  [[nodiscard]] Result<int> scale_of(std::string_view currency);
  // "12.34" in this currency, in minor units.
  [[nodiscard]] Result<Amount> parse_amount(std::string_view decimal, std::string_view currency);

  [[nodiscard]] Failure explain(const client::CallError& error, bool changes) const;

 private:
  [[nodiscard]] Result<void> learn_currencies();
  [[nodiscard]] Result<client::Connection> open_connection() const;

  Globals globals_;
  ChosenSocket socket_;
  std::optional<Failure> no_socket_;  // Why which one is meant isn't known.
  Format format_ = Format::table;
  Look look_;
  std::optional<client::Connection> connection_;
  std::optional<std::map<std::string, int, std::less<>>> declared_scales_;
};

// Whether a request of this method may change the ledger.
[[nodiscard]] bool changes_ledger(std::string_view method);

}  // namespace giro::cli
