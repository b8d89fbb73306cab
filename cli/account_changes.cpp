// giro account update | freeze | unfreeze | close | reopen.
#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/keyed_request.hpp"

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
    complete_from(outcome, params, {"floor", "ceiling", "frozen", "metadata"});
  };
  return send_keyed(session, "accounts." + action, std::move(params), options.key, complete);
}

// --- update ---

struct UpdateOptions : ChangeOptions {
  TermsOptions terms;
};

void declare_update(CLI::App& command, UpdateOptions& options) {
  declare_change(command, options);
  command.add_option("--floor", options.terms.floor,
                     "The lowest balance that a payment may leave from now on, or none");
  command.add_option("--ceiling", options.terms.ceiling,
                     "The highest balance that a payment may leave from now on, or none");
  command.add_option("--metadata", options.terms.metadata,
                     "A JSON object in place of what is kept; {} removes it");
}

Result<ExitCode> run_update(Session& session, const UpdateOptions& options) {
  const auto parse = [&](const std::string& text) -> Result<Amount> {
    const auto account = session.call("accounts.get", {{"id", options.id}});
    if (!account) return std::unexpected(account.error());
    return session.parse_amount(text, text_field(*account, "currency"));
  };
  json::object params;
  if (auto added = add_terms(params, options.terms, parse); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (params.empty()) {
    return usage_failure("nothing to change: --floor, --ceiling or --metadata is needed",
                         "`giro account update --help` shows how it is used.");
  }
  return send_change(session, "update", std::move(params), options);
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
