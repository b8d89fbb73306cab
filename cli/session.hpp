// One run of the command line: its global options, its connection to the daemon (made when first
// needed), and the one way to call a method.
// Thread: the main one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "ledger/money.hpp"
#include "protocol/client.hpp"

namespace giro::cli {

struct Globals {
  std::string socket_path;  // Empty: $GIRO_SOCKET, or the default one.
  bool json = false;
  bool no_color = false;
};

class Session {
 public:
  explicit Session(Globals globals);

  [[nodiscard]] bool json() const { return globals_.json; }
  void answer_in_json() { globals_.json = true; }
  [[nodiscard]] bool colours() const { return colours_; }
  [[nodiscard]] const std::string& socket_path() const { return globals_.socket_path; }

  [[nodiscard]] Result<void> socket_is_named() const;
  [[nodiscard]] Result<client::Connection*> connection();
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

  Globals globals_;
  bool colours_ = false;
  std::optional<client::Connection> connection_;
  std::optional<std::map<std::string, int, std::less<>>> declared_scales_;
};

// Whether a request of this method may change the ledger.
[[nodiscard]] bool changes_ledger(std::string_view method);

}  // namespace giro::cli
