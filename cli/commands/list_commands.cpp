// giro payments, giro holds: entries of the journal by what they are, and what is held now.
#include <optional>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/pages.hpp"
#include "cli/output/table.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Options that become fields of the same name, where they are given.
void put_text(json::object& params, const char* name, const std::string& text) {
  if (!text.empty()) params[name] = text;
}

// Adds each entry of `field` to the table, and renders it.
template <class Add>
Result<std::string> shown_entries(Session& session, Table& table, const json::object& page,
                                  const char* field, Add add) {
  for (const json::value& element : array_field(page, field)) {
    if (!element.is_object()) continue;
    if (auto added = add(session, table, element.get_object()); !added) {
      return std::unexpected(std::move(added).error());
    }
  }
  return table.render(session.look());
}

// --- payments ---

struct PaymentsOptions {
  std::string account;
  std::string type;
  std::string status;
  std::string code;
  std::optional<std::int64_t> payment_code;
  std::string reference;
  std::string reference_prefix;
  std::string least;
  std::string most;
  std::string currency;
  RangeOptions range;
  bool descending = false;
  PageOptions pages;
};

void declare_payments(CLI::App& command, PaymentsOptions& options) {
  command.add_option("--account", options.account, "Only what this account paid or received");
  command.add_option("--type", options.type,
                     "Only payment, hold, capture, void, expiry, reversal, and so on");
  command.add_option("--status", options.status,
                     "Only applied, held, captured, voided, expired, reversed or rejected");
  command.add_option("--code", options.code, "Only what was rejected for this, such as overflow");
  command.add_option("--payment-code", options.payment_code, "Only with this code of the client's");
  CLI::Option* reference =
      command.add_option("--reference", options.reference, "Only with this reference");
  command
      .add_option("--reference-prefix", options.reference_prefix,
                  "Only with a reference that begins so, in the order of references")
      ->excludes(reference);
  command.add_option("--min", options.least, "Only amounts from this decimal on; with --currency");
  command.add_option("--max", options.most, "Only amounts up to this decimal; with --currency");
  command.add_option("--currency", options.currency, "Only amounts of this currency");
  declare_range(command, options.range);
  command.add_flag("--desc", options.descending, "Newest first (default: oldest first)");
  declare_pages(command, options.pages, "Entries");
}

Result<void> put_amount(Session& session, json::object& params, const char* name,
                        const std::string& text, const std::string& currency) {
  if (text.empty()) return {};
  if (currency.empty()) return usage_failure("--min and --max need --currency");
  const auto amount = session.parse_amount(text, currency);
  if (!amount) return std::unexpected(amount.error());
  params[name] = *amount;
  return {};
}

Result<ExitCode> run_payments(Session& session, const PaymentsOptions& options) {
  json::object params;
  put_text(params, "account", options.account);
  put_text(params, "type", options.type);
  put_text(params, "status", options.status);
  put_text(params, "code", options.code);
  if (options.payment_code) params["payment_code"] = *options.payment_code;
  put_text(params, "reference", options.reference);
  put_text(params, "reference_prefix", options.reference_prefix);
  put_text(params, "currency", options.currency);
  for (const auto& [name, text] :
       {std::pair("amount_gte", &options.least), std::pair("amount_lte", &options.most)}) {
    if (auto put = put_amount(session, params, name, *text, options.currency); !put) {
      return std::unexpected(std::move(put).error());
    }
  }
  auto range = range_of(options.range);
  if (!range) return std::unexpected(std::move(range).error());
  params.insert(range->params.begin(), range->params.end());
  if (options.descending) params["order"] = "desc";
  Table table = entry_table();
  std::string head = head_line("period", range->words, session.look());
  const auto show_page = [&](const json::object& page) {
    auto shown = shown_entries(session, table, page, "payments", add_entry);
    if (shown) shown->insert(0, std::exchange(head, {}));
    return shown;
  };
  return run_pages(session, "payments.list", std::move(params), options.pages, "after", show_page,
                   {.field = "payments", .columns = entry_columns()});
}

// --- holds ---

struct HoldsOptions {
  std::string account;
  PageOptions pages;
};

void declare_holds(CLI::App& command, HoldsOptions& options) {
  command.add_option("ACCOUNT", options.account, "Only what this account is to pay or to receive");
  declare_pages(command, options.pages, "Holds");
}

Result<void> add_hold(Session& session, Table& table, const json::object& hold) {
  const std::string currency = text_field(hold, "currency");
  const auto held = shown_amount(session, hold, "amount", currency);
  if (!held) return std::unexpected(held.error());
  const auto left = shown_amount(session, hold, "left", currency);
  if (!left) return std::unexpected(left.error());
  table.add({shown_field(hold, "seq"), text_field(hold, "at"), *held, *left, currency,
             fmt::format("{} -> {}", text_field(hold, "from"), text_field(hold, "to")),
             text_field(hold, "expires_at"), text_field(hold, "key")});
  return {};
}

Result<ExitCode> run_holds(Session& session, const HoldsOptions& options) {
  json::object params;
  put_text(params, "account", options.account);
  Table table({{"SEQ", Align::right},
               {"TIME", Align::left, 0, Cut::time},
               {"AMOUNT", Align::right},
               {"LEFT", Align::right},
               {"CURRENCY"},
               {"ACCOUNTS", Align::left, 0, Cut::last},
               {"EXPIRES", Align::left, 30, Cut::time},
               {"KEY", Align::left, 0, Cut::text}});
  const auto show_page = [&](const json::object& page) {
    return shown_entries(session, table, page, "holds", add_hold);
  };
  return run_pages(session, "holds.list", std::move(params), options.pages, "after", show_page,
                   {.field = "holds", .columns = hold_columns()});
}

}  // namespace

void add_payments_command(CLI::App& parent, Invocation& invocation, const std::string& words) {
  add_command<PaymentsOptions>(
      parent, invocation, "payments", "Lists payments, and what was decided about them",
      fmt::format("  giro {0} --account customers:ada --period 2026-10 --all\n"
                  "  giro {0} --code insufficient_funds --desc",
                  words),
      declare_payments, run_payments);
}

void add_holds_command(CLI::App& parent, Invocation& invocation, const std::string& words) {
  add_command<HoldsOptions>(parent, invocation, "holds", "Lists the holds that are open now",
                            fmt::format("  giro {} customers:ada --all", words), declare_holds,
                            run_holds);
}

void add_list_commands(CLI::App& app, Invocation& invocation) {
  add_payments_command(app, invocation, "payments");
  add_holds_command(app, invocation, "holds");
}

}  // namespace giro::cli
