// giro account update | limits | freeze | unfreeze | close | reopen.

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/output/fields.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// What all of them have.
struct ChangeOptions {
  std::string id;
  std::optional<std::int64_t> if_version;
  KeyOptions key;
};

void declare_change(CLI::App& command, ChangeOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  command.add_option("--if-version", options.if_version, "Only if the account has this version");
  declare_key(command, options.key);
}

// `params`: what is to be changed.
Result<ExitCode> send_change(Session& session, const std::string& action, json::object params,
                             const ChangeOptions& options) {
  params["id"] = options.id;
  if (options.if_version) params["if_version"] = *options.if_version;
  const auto complete = [params, action](json::object& outcome) {
    outcome["type"] = "account_" + action;
    complete_from(outcome, params, {"floor", "ceiling", "frozen", "metadata", "limits", "alerts"});
  };
  return send_keyed(session, "accounts." + action, std::move(params), options.key, complete);
}

// --- update ---

struct UpdateOptions : ChangeOptions {
  TermsOptions terms;
  std::string alert_below;
  std::string alert_above;
};

void declare_update(CLI::App& command, UpdateOptions& options) {
  declare_change(command, options);
  command.add_option("--floor", options.terms.floor,
                     "The lowest balance that a payment may leave from now on, or none");
  command.add_option("--ceiling", options.terms.ceiling,
                     "The highest balance that a payment may leave from now on, or none");
  command.add_option("--metadata", options.terms.metadata,
                     "A JSON object in place of what is kept; {} removes it");
  command.add_option("--alert-below", options.alert_below,
                     "The entry that takes the balance below this says so (`crossed`), or none");
  command.add_option("--alert-above", options.alert_above,
                     "The entry that takes the balance above this says so, or none");
}

using ParseOwnAmount = std::function<Result<Amount>(const std::string&)>;

// The decimals that people type are the account's currency's.
ParseOwnAmount amounts_of(Session& session, const std::string& id) {
  return [&session, id](const std::string& text) -> Result<Amount> {
    const auto account = session.call("accounts.get", {{"id", id}});
    if (!account) return std::unexpected(account.error());
    return session.parse_amount(text, text_field(*account, "currency"));
  };
}

// Both lines are set together: one that isn't named here stays as it is.
Result<void> add_alerts(Session& session, const UpdateOptions& options, json::object& params) {
  if (options.alert_below.empty() && options.alert_above.empty()) return {};
  const auto account = session.call("accounts.get", {{"id", options.id}});
  if (!account) return std::unexpected(account.error());
  json::object alerts = object_field(*account, "alerts");
  for (const auto& [name, text] :
       {std::pair{"below", &options.alert_below}, std::pair{"above", &options.alert_above}}) {
    if (text->empty()) continue;
    if (*text == "none") {
      alerts.erase(name);
      continue;
    }
    const auto line = session.parse_amount(*text, text_field(*account, "currency"));
    if (!line) return std::unexpected(line.error());
    alerts[name] = *line;
  }
  params["alerts"] = std::move(alerts);
  return {};
}

Result<ExitCode> run_update(Session& session, const UpdateOptions& options) {
  json::object params;
  const ParseOwnAmount parse = amounts_of(session, options.id);
  if (auto added = add_terms(params, options.terms, parse); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (auto added = add_alerts(session, options, params); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (params.empty()) {
    return usage_failure("nothing to change: --floor, --ceiling, --metadata or an alert is needed",
                         "`giro account update --help` shows how it is used.");
  }
  return send_change(session, "update", std::move(params), options);
}

// --- limits ---

struct LimitsOptions : ChangeOptions {
  std::vector<std::string> limits;
  bool none = false;
};

void declare_limits(CLI::App& command, LimitsOptions& options) {
  declare_change(command, options);
  auto* limits = command.add_option(
      "--limit", options.limits,
      "WINDOW:AMOUNT, WINDOW:AMOUNT:COUNT or WINDOW::COUNT, such as 24h:1000.00:20: at most so "
      "much "
      "out, and so many payments out, within any time of this length, 1m to 366d; up to 8 of them, "
      "which take the place of those that were set before");
  command.add_flag("--none", options.none, "No limits from now on")->excludes(limits);
}

// "24h:1000.00:20" as the daemon has it.
Result<json::object> parse_limit(const std::string& text, const ParseOwnAmount& parse) {
  const auto wrong = [&] {
    return usage_failure(
        "--limit " + text + " isn't WINDOW:AMOUNT, WINDOW:AMOUNT:COUNT or WINDOW::COUNT",
        "Such as 24h:1000.00, 24h:1000.00:20 or 1h::5.");
  };
  const std::size_t first = text.find(':');
  if (first == std::string::npos) return wrong();
  const std::size_t second = text.find(':', first + 1);
  const std::string amount = text.substr(first + 1, second - first - 1);
  json::object limit{{"window", text.substr(0, first)}};
  if (!amount.empty()) {
    const auto parsed = parse(amount);
    if (!parsed) return std::unexpected(parsed.error());
    limit["amount"] = *parsed;
  }
  if (second != std::string::npos) {
    const auto count =
        protocol::whole_number<std::int64_t>(std::string_view(text).substr(second + 1));
    if (!count) return wrong();
    limit["count"] = *count;
  }
  if (limit.size() == 1) return wrong();
  return limit;
}

Result<ExitCode> run_limits(Session& session, const LimitsOptions& options) {
  if (options.limits.empty() && !options.none) {
    return usage_failure("nothing to change: --limit or --none is needed",
                         "`giro account show " + options.id + "` shows the limits that it has.");
  }
  json::array limits;
  const ParseOwnAmount parse = amounts_of(session, options.id);
  for (const std::string& text : options.limits) {
    auto limit = parse_limit(text, parse);
    if (!limit) return std::unexpected(limit.error());
    limits.push_back(std::move(*limit));
  }
  return send_change(session, "update", {{"limits", std::move(limits)}}, options);
}

// --- freeze, unfreeze ---

struct FreezeOptions : ChangeOptions {
  bool debits = false;
  bool credits = false;
};

void declare_freeze(CLI::App& command, FreezeOptions& options) {
  declare_change(command, options);
  command.add_flag("--debits", options.debits, "Only what it would pay");
  command.add_flag("--credits", options.credits, "Only what it would be paid");
}

Result<ExitCode> run_freeze(Session& session, const FreezeOptions& options) {
  const bool both = options.debits == options.credits;
  const char* frozen = both ? "all" : options.debits ? "debits" : "credits";
  return send_change(session, "update", {{"frozen", frozen}}, options);
}

Result<ExitCode> run_unfreeze(Session& session, const ChangeOptions& options) {
  return send_change(session, "update", {{"frozen", "none"}}, options);
}

// --- close, reopen ---

Result<ExitCode> run_close(Session& session, const ChangeOptions& options) {
  return send_change(session, "close", {}, options);
}

Result<ExitCode> run_reopen(Session& session, const ChangeOptions& options) {
  return send_change(session, "reopen", {}, options);
}

}  // namespace

void add_account_change_commands(CLI::App& account, Invocation& invocation) {
  add_command<UpdateOptions>(account, invocation, "update",
                             "Changes an account's limits or metadata",
                             "  giro account update customers:ada --floor -100.00 --ceiling none",
                             declare_update, run_update);
  add_command<LimitsOptions>(
      account, invocation, "limits", "Limits what an account pays within some time",
      "  giro account limits customers:ada --limit 24h:1000.00:20 --limit 1h::5", declare_limits,
      run_limits);
  add_command<FreezeOptions>(
      account, invocation, "freeze", "Lets an account take part in no payment until it is unfrozen",
      "  giro account freeze customers:ada --debits", declare_freeze, run_freeze);
  add_command<ChangeOptions>(account, invocation, "unfreeze", "Lets a frozen account pay again",
                             "  giro account unfreeze customers:ada", declare_change, run_unfreeze);
  add_command<ChangeOptions>(account, invocation, "close",
                             "Closes an account whose balance is zero and on which nothing is held",
                             "  giro account close customers:ada", declare_change, run_close);
  add_command<ChangeOptions>(account, invocation, "reopen", "Opens a closed account again",
                             "  giro account reopen customers:ada", declare_change, run_reopen);
}

}  // namespace giro::cli
