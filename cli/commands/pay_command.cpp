// giro pay, giro hold: a payment, at once or reserved first. giro get: what a key decided.
#include <optional>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/commands/pay_options.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- pay ---

Result<ExitCode> run_pay(Session& session, const PayOptions& options) {
  auto params = pay_params(session, options);
  if (!params) return std::unexpected(std::move(params).error());
  return send_payment(session, "payments.submit", std::move(*params), options.key);
}

// --- hold ---

struct HoldOptions : PayOptions {
  std::string timeout;
  std::string expires_at;
};

void declare_hold(CLI::App& command, HoldOptions& options) {
  declare_pay(command, options);
  CLI::Option* timeout = command.add_option(
      "--timeout", options.timeout,
      "Lets go of it after 90s, 15m, 24h, 7d (default: never). How long the daemon may take to "
      "answer stands before the command: `giro --timeout 5 hold ...`");
  command
      .add_option("--expires-at", options.expires_at,
                  "Lets go of it at this moment, or at the end of this day (`giro help times`)")
      ->excludes(timeout);
}

Result<ExitCode> run_hold(Session& session, const HoldOptions& options) {
  auto params = pay_params(session, options);
  if (!params) return std::unexpected(std::move(params).error());
  if (!options.timeout.empty()) (*params)["timeout"] = options.timeout;
  if (!options.expires_at.empty()) {
    const auto time = time_of(options.expires_at, TimeMeans::last, "expires_at");
    if (!time) return std::unexpected(time.error());
    (*params)["expires_at"] = *time;
  }
  return send_payment(session, "payments.hold", std::move(*params), options.key);
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
  if (auto shown = print_entry(session, *entry); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  if (session.format() == Format::table && text_field(*entry, "status") == "unknown") {
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
  add_command<HoldOptions>(
      app, invocation, "hold",
      "Reserves an amount for a payment to come: `giro capture` pays it, `giro void` lets go of it",
      "  giro hold customers:ada shop:sales 50.00 EUR --key room-7 --timeout 24h", declare_hold,
      run_hold);
  add_command<GetOptions>(app, invocation, "get",
                          "Shows what a key decided, and what became of it. Exit code: 0 done as "
                          "asked, 1 rejected or unknown, 75 still "
                          "queued",
                          "  giro get inv-17", declare_get, run_get);
}

}  // namespace giro::cli
