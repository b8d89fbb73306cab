#include "cli/commands/pay_options.hpp"

#include <utility>

#include "cli/commands/keyed_request.hpp"

namespace giro::cli {

namespace json = boost::json;

void declare_pay(CLI::App& command, PayOptions& options) {
  command.add_option("FROM", options.from, "The account that pays")->required();
  command.add_option("TO", options.to, "The account that is paid")->required();
  command.add_option("AMOUNT", options.amount, "A decimal, such as 12.50")->required();
  command.add_option("CURRENCY", options.currency, "Such as EUR")->required();
  declare_key(command, options.key);
  declare_description(command, options.description);
  command.add_option("--if-version", options.if_version,
                     "Only if the paying account has this version");
  command
      .add_option("--if-available-gte", options.if_available_gte,
                  "Only if at least this amount is available to the paying account")
      ->type_name("AMOUNT");
  command.add_flag("--up-to", options.up_to, "Takes what is available, at most the amount");
}

Result<json::object> pay_params(Session& session, const PayOptions& options) {
  const auto amount = session.parse_amount(options.amount, options.currency);
  if (!amount) return std::unexpected(amount.error());
  json::object params{{"from", options.from},
                      {"to", options.to},
                      {"amount", *amount},
                      {"currency", options.currency}};
  if (options.if_version) params["if_version"] = *options.if_version;
  if (!options.if_available_gte.empty()) {
    const auto available = session.parse_amount(options.if_available_gte, options.currency);
    if (!available) return std::unexpected(available.error());
    params["if_available_gte"] = *available;
  }
  if (options.up_to) params["up_to"] = true;
  if (auto added = add_description(params, options.description); !added) {
    return std::unexpected(std::move(added).error());
  }
  return params;
}

// The answer leaves out what was asked; a person wants to see both.
Result<ExitCode> send_payment(Session& session, std::string_view method, json::object params,
                              const KeyOptions& key) {
  const auto complete = [params](json::object& outcome) {
    complete_from(outcome, params, {"from", "to", "amount", "currency"});
  };
  return send_keyed(session, method, std::move(params), key, complete);
}

}  // namespace giro::cli
