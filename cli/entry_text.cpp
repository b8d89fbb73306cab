#include "cli/entry_text.hpp"

#include <fmt/format.h>

#include "cli/fields.hpp"
#include "ledger/codes.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct LegText {
  std::string amount;    // "12.50 EUR"
  std::string accounts;  // "customers:ada -> shop:sales"
  std::string balances;  // "customers:ada 87.50, shop:sales 12.50"; empty: not said.
};

// "customers:ada 87.50", and its currency where that isn't the amount's; empty: it isn't said. `side` is
// "from" or "to".
Result<std::string> balance_text(Session& session, const json::object& leg, std::string_view side) {
  const std::string asked = text_field(leg, "currency");
  std::string own = text_field(leg, fmt::format("{}_currency", side));
  if (own.empty()) own = asked;
  const auto balance = shown_amount(session, leg, fmt::format("{}_balance", side), own);
  if (!balance || balance->empty()) return balance;
  return fmt::format("{} {}{}", text_field(leg, side), *balance, own == asked ? "" : " " + own);
}

Result<LegText> leg_text(Session& session, const json::object& leg) {
  const std::string currency = text_field(leg, "currency");
  const auto amount = shown_amount(session, leg, "amount", currency);
  const auto from = balance_text(session, leg, "from");
  const auto to = balance_text(session, leg, "to");
  for (const auto* text : {&amount, &from, &to}) {
    if (!*text) return std::unexpected(text->error());
  }
  return LegText{
      .amount = fmt::format("{} {}", *amount, currency),
      .accounts = fmt::format("{} -> {}", text_field(leg, "from"), text_field(leg, "to")),
      .balances = *from + (from->empty() || to->empty() ? "" : ", ") + *to};
}

Result<void> add_legs(Session& session, Details& details, const json::object& entry) {
  for (const json::value& element : array_field(entry, "legs")) {
    if (!element.is_object()) continue;
    const auto leg = leg_text(session, element.get_object());
    if (!leg) return std::unexpected(leg.error());
    const std::string balances = leg->balances.empty() ? "" : fmt::format(" ({})", leg->balances);
    details.add("leg", leg->amount + "  " + leg->accounts + balances);
  }
  if (!entry.contains("from")) return {};
  const auto leg = leg_text(session, entry);
  if (!leg) return std::unexpected(leg.error());
  details.add("amount", leg->amount);
  for (const char* name : {"asked", "if_available_gte"}) {
    const auto amount = shown_amount(session, entry, name, text_field(entry, "currency"));
    if (!amount) return std::unexpected(amount.error());
    details.add(name, *amount);
  }
  details.add("accounts", leg->accounts);
  details.add("balances", leg->balances);
  return {};
}

void add_opened_account(Details& details, const json::object& account) {
  if (account.empty()) return;
  const int scale = scale_field(account);
  details.add("account", text_field(account, "id"));
  details.add("currency", text_field(account, "currency"));
  for (const char* name : {"floor", "ceiling"})
    details.add(name, amount_field(account, name, scale));
  details.add("metadata", shown_field(account, "metadata"));
}

}  // namespace

Result<std::string> shown_amount(Session& session, const json::object& object,
                                 std::string_view field, std::string_view currency) {
  if (!object.contains(json::string_view(field.data(), field.size()))) return std::string();
  const auto scale = session.scale_of(currency);
  if (scale) return amount_field(object, field, *scale);
  if (scale.error().exit != ExitCode::usage) return std::unexpected(scale.error());
  return amount_field(object, field, 0) + " minor units";
}

Cell outcome_cell(const json::object& outcome) {
  const std::string status = text_field(outcome, "status");
  if (status != "rejected") return {status, status == "applied" ? Style::good : Style::plain};
  std::string text = "rejected: " + text_field(outcome, "code");
  if (outcome.contains("leg")) {
    text +=
        fmt::format(" (leg {}: {})", shown_field(outcome, "leg"), text_field(outcome, "leg_code"));
  } else if (outcome.contains("field")) {
    text += fmt::format(" ({})", text_field(outcome, "field"));
  }
  return {text, Style::bad};
}

std::string outcome_advice(const json::object& outcome) {
  if (text_field(outcome, "status") != "rejected") return {};
  const auto code = rejection_of(text_field(outcome, "code"));
  return code ? std::string(explain(*code)) : std::string();
}

Result<std::string> entry_details(Session& session, const json::object& entry) {
  Details details;
  details.add("outcome", outcome_cell(entry));
  for (const char* name : {"seq", "at", "key"}) details.add(name, shown_field(entry, name));
  if (auto added = add_legs(session, details, entry); !added) {
    return std::unexpected(std::move(added).error());
  }
  add_opened_account(details, object_field(entry, "account"));
  // The request's own code is payment_code: `code` says why it was rejected, as the outcome does.
  for (const char* name : {"reference", "description", "payment_code", "effective_date", "deadline",
                           "if_version", "metadata", "uid"}) {
    details.add(name, shown_field(entry, name));
  }
  return details.render(session.colours());
}

Table entry_table() {
  return Table({{"SEQ", Align::right, 8},
                {"TIME", Align::left, 30},
                {"AMOUNT", Align::right, 16},
                {"ACCOUNTS", Align::left, 40},
                {"OUTCOME", Align::left, 8},
                {"KEY"}});
}

Result<void> add_entry(Session& session, Table& table, const json::object& entry) {
  LegText leg;
  const json::array& legs = array_field(entry, "legs");
  if (text_field(entry, "type") == "account") {
    const json::object& account = object_field(entry, "account");
    leg.accounts =
        fmt::format("opened {} ({})", text_field(account, "id"), text_field(account, "currency"));
    if (text_field(entry, "status") != "applied") leg.accounts.insert(0, "not ");
  } else if (!legs.empty()) {
    leg.accounts = fmt::format("{} legs", legs.size());
  } else {
    auto shown = leg_text(session, entry);
    if (!shown) return std::unexpected(std::move(shown).error());
    leg = std::move(*shown);
  }
  table.add({shown_field(entry, "seq"), text_field(entry, "at"), leg.amount, leg.accounts,
             outcome_cell(entry), text_field(entry, "key")});
  return {};
}

}  // namespace giro::cli
