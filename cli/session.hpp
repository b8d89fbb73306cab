// One run of the command line: its global options, its connection to the daemon (made when first
// needed), and the one way to call a method. Of several nodes (cli/nodes.hpp) it goes on at the next one, with the same
// bytes, where one brings no answer.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/nodes.hpp"
#include "cli/output/table.hpp"
#include "cli/patience.hpp"
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
  std::vector<std::string> sockets = {};  // None: what cli/operator/contexts.hpp finds.
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

struct ChosenSockets {
  std::vector<std::string>
      paths;  // The nearest first; one that is empty: there is none by default.
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
  // Of the daemon that is asked now. Empty: see socket_is_named().
  [[nodiscard]] const std::string& socket_path() const { return nodes_.here(); }
  [[nodiscard]] Nodes& nodes() { return nodes_; }
  [[nodiscard]] const Nodes& nodes() const { return nodes_; }
  // What named it, or them: "--socket", "GIRO_CONTEXT", ...
  [[nodiscard]] const std::string& why_this_socket() const { return why_this_socket_; }
  // --timeout, or this.
  [[nodiscard]] Patience patience(Patience otherwise = kDefaultPatience) const;

  [[nodiscard]] Result<void> socket_is_named() const;
  // For who asks one daemon without connection(): socket_path() is that of the first one that answers. One socket isn't
  // asked.
  [[nodiscard]] Result<void> find_daemon(Patience patience);
  // With --wait for a daemon that isn't there yet.
  [[nodiscard]] Result<client::Connection*> connection();
  // The same within a round that began before.
  [[nodiscard]] Result<client::Connection*> connection(Round& round);
  [[nodiscard]] Round round() { return {nodes_, patience(), globals_.wait}; }
  // The next connection() is a new one.
  void drop_connection();
  // Another number: what was on its way isn't any more, for it was another connection's.
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
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
  struct Request {
    std::string_view method;
    std::string_view params;
    bool changes = false;
  };

  [[nodiscard]] Result<void> learn_currencies();
  [[nodiscard]] Result<boost::json::value> ask(const Request& request, Round& round);
  [[nodiscard]] std::expected<boost::json::value, NodeTrouble> attempt(client::Connection& daemon,
                                                                       const Request& request,
                                                                       const Round& round);
  [[nodiscard]] NodeTrouble trouble_of_attempt(const client::Connection& daemon,
                                               const Request& request,
                                               const client::CallError& error, Patience share);

  Globals globals_;
  Nodes nodes_{{}};
  std::string why_this_socket_;
  std::optional<Failure> no_socket_;  // Why which one is meant isn't known.
  Format format_ = Format::table;
  Look look_;
  std::optional<client::Connection> connection_;
  std::uint64_t connections_ = 0;
  std::optional<std::map<std::string, int, std::less<>>> declared_scales_;
};

// Whether a request of this method may change the ledger.
[[nodiscard]] bool changes_ledger(std::string_view method);
// Whether it has, sent again, the effect of one: it changes nothing, or it has what makes the second one a replay.
[[nodiscard]] bool is_repeatable(std::string_view method, std::string_view params);

}  // namespace giro::cli
