// giro pay, giro get: one payment.
#include <optional>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/entry_text.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/uuid.hpp"
#include "ledger/codes.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Applied or not is the exit code of `pay`, and of `get` for the same key ever after.
ExitCode exit_code_of_outcome(const json::object& outcome) {
  const std::string status = text_field(outcome, "status");
  if (status == "queued") return ExitCode::try_again;
  return status == "applied" ? ExitCode::ok : ExitCode::rejected;
}

// --- pay ---

struct PayOptions {
  std::string from;
  std::string to;
  std::string amount;
  std::string currency;
  std::string key;
  std::string reference;
  std::string description;
  std::string metadata;
  std::optional<std::int64_t> code;
  std::string effective_date;
  std::string deadline;
  std::optional<std::int64_t> if_version;
  std::string if_available_gte;
  bool up_to = false;
  bool dry_run = false;
};

void declare_pay(CLI::App& command, PayOptions& options) {
  command.add_option("FROM", options.from, "The account that pays")->required();
  command.add_option("TO", options.to, "The account that is paid")->required();
  command.add_option("AMOUNT", options.amount, "A decimal, such as 12.50")->required();
  command.add_option("CURRENCY", options.currency, "Such as EUR")->required();
  command
      .add_option("--key", options.key,
                  "The payment's identity for ever: sent again with the same key it takes effect "
                  "once; 1 to 128 bytes, nothing in it that can't be seen (default: a new UUIDv7)")
      // `--key "$KEY"` of a script that lost its KEY must not become a new payment.
      ->check([](const std::string& key) {
        return std::string(key.empty() ? "must not be empty" : "");
      });
  command.add_option("--reference", options.reference,
                     "At most 64 bytes; payments are found by it");
  command.add_option("--description", options.description, "At most 1024 bytes");
  command.add_option("--metadata", options.metadata, "A JSON object");
  command.add_option("--code", options.code, "0 to 65535, your own classification");
  command.add_option("--effective-date", options.effective_date, "YYYY-MM-DD, a label");
  command.add_option("--deadline", options.deadline,
                     "RFC 3339: rejected if it isn't decided by then");
  command.add_option("--if-version", options.if_version,
                     "Only if the paying account has this version");
  command.add_option("--if-available-gte", options.if_available_gte,
                     "Only if at least this amount is available to the paying account");
  command.add_flag("--up-to", options.up_to, "Pays what is available, at most the amount");
  command.add_flag("--dry-run", options.dry_run, "Decides, but keeps nothing and uses up no key");
}

Result<json::object> pay_params(Session& session, const PayOptions& options,
                                const std::string& key) {
  const auto amount = session.parse_amount(options.amount, options.currency);
  if (!amount) return std::unexpected(amount.error());
  json::object params{{"key", key},
                      {"from", options.from},
                      {"to", options.to},
                      {"amount", *amount},
                      {"currency", options.currency}};
  for (const auto& [name, text] :
       {std::pair{"reference", &options.reference}, std::pair{"description", &options.description},
        std::pair{"effective_date", &options.effective_date},
        std::pair{"deadline", &options.deadline}}) {
    if (!text->empty()) params[name] = *text;
  }
  if (options.code) params["code"] = *options.code;
  if (options.if_version) params["if_version"] = *options.if_version;
  if (!options.if_available_gte.empty()) {
    const auto available = session.parse_amount(options.if_available_gte, options.currency);
    if (!available) return std::unexpected(available.error());
    params["if_available_gte"] = *available;
  }
  if (!options.metadata.empty()) {
    auto metadata = parse_metadata(options.metadata);
    if (!metadata) {
      return usage_failure("--metadata must be a JSON object, such as '{\"order\":17}'");
    }
    params["metadata"] = std::move(*metadata);
  }
  if (options.up_to) params["up_to"] = true;
  if (options.dry_run) params["dry_run"] = true;
  return params;
}

// The answer of payments.submit leaves out what was asked; a person wants to see both.
Result<std::string> receipt(Session& session, const json::object& params, json::object outcome) {
  for (const char* asked : {"from", "to", "amount", "currency"}) {
    if (!outcome.contains(asked)) outcome[asked] = params.at(asked);
  }
  // Before anything is known of the accounts' currencies, or because they are others, balances may be in
  // another currency than was asked for. The answer doesn't say so; `giro get` does.
  const std::string code = text_field(outcome, "code");
  if (code == name(Rejection::deadline_passed) || code == name(Rejection::currency_mismatch)) {
    for (const char* balance : {"from_balance", "to_balance"}) outcome.erase(balance);
  }
  auto text = entry_details(session, outcome);
  if (text && true_field(outcome, "dry_run")) *text += "A dry run: nothing was kept.\n";
  if (text && true_field(outcome, "replayed")) {
    *text += "This key was decided before; that outcome stands.\n";
  }
  return text;
}

Result<ExitCode> run_pay(Session& session, const PayOptions& options) {
  const bool made_key = options.key.empty();
  const std::string key = made_key ? make_uuid7() : options.key;
  const auto params = pay_params(session, options, key);
  if (!params) return std::unexpected(params.error());
  // Before it is sent: whatever happens next, the user can send the same payment again.
  if (made_key && !options.dry_run) note(fmt::format("key {}\n", key));
  auto outcome = session.call("payments.submit", *params);
  if (!outcome) {
    Failure failure = std::move(outcome).error();
    if (made_key && failure.exit != ExitCode::usage) {
      failure.advice += fmt::format(" The key is {}.", key);
    }
    return std::unexpected(std::move(failure));
  }
  // A receipt that can't be made (a currency's scale has to be asked for) loses no outcome.
  const auto text = session.json() ? Result<std::string>(json_line(*outcome))
                                   : receipt(session, *params, *outcome);
  print_outcome(text ? *text : json_line(*outcome));
  flush_prints();
  const std::string advice = outcome_advice(*outcome);
  if (!advice.empty()) note(advice + "\n");
  return exit_code_of_outcome(*outcome);
}

// --- get ---

struct GetOptions {
  std::string key;
  std::optional<std::int64_t> seq;
};

void declare_get(CLI::App& command, GetOptions& options) {
  CLI::Option* key = command.add_option("KEY", options.key, "The payment's key");
  command.add_option("--seq", options.seq, "The entry with this seq instead")->excludes(key);
}

Result<ExitCode> run_get(Session& session, const GetOptions& options) {
  if (options.key.empty() && !options.seq) {
    return usage_failure("KEY or --seq is needed", "`giro get --help` shows how it is used.");
  }
  const json::object params =
      options.seq ? json::object{{"seq", *options.seq}} : json::object{{"key", options.key}};
  const auto entry = session.call("payments.get", params);
  if (!entry) return std::unexpected(entry.error());
  if (session.json()) {
    print(json_line(*entry));
    return exit_code_of_outcome(*entry);
  }
  const auto text = entry_details(session, *entry);
  if (!text) return std::unexpected(text.error());
  print(*text);
  if (text_field(*entry, "status") == "unknown") {
    note("Nothing was ever decided under this key: sending the payment with it is safe.\n");
  }
  return exit_code_of_outcome(*entry);
}

}  // namespace

void add_pay_commands(CLI::App& app, Invocation& invocation) {
  add_command<PayOptions>(
      app, invocation, "pay", "Pays an amount from one account to another",
      "  giro pay customers:ada shop:sales 12.50 EUR --key inv-17 --reference 'invoice 17'",
      declare_pay, run_pay);
  add_command<GetOptions>(
      app, invocation, "get",
      "Shows what a key decided. Exit code: 0 applied, 1 rejected or unknown, 75 still queued",
      "  giro get inv-17", declare_get, run_get);
}

}  // namespace giro::cli
