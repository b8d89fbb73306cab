#include "cli/output/entry_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "ledger/codes.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct LegText {
  std::string amount;    // "12.50 EUR"
  std::string accounts;  // "customers:ada -> shop:sales"
  std::string balances;  // "customers:ada 87.50, shop:sales 12.50"; empty: not said.
  std::string crossed;   // "customers:ada below": whose alert lines it crossed; empty: none.
};

// "customers:ada 87.50 (held out 50.00)", with its currency where that isn't the amount's; empty: it isn't
// said. `side` is "from" or "to".
Result<std::string> balance_text(Session& session, const json::object& leg, std::string_view side) {
  const std::string asked = text_field(leg, "currency");
  std::string own = text_field(leg, fmt::format("{}_currency", side));
  if (own.empty()) own = asked;
  const auto balance = shown_amount(session, leg, fmt::format("{}_balance", side), own);
  if (!balance || balance->empty()) return balance;
  const std::string held =
      held_text(leg, fmt::format("{}_", side), session.scale_of(own).value_or(0));
  return fmt::format("{} {}{}{}", text_field(leg, side), *balance, own == asked ? "" : " " + own,
                     held.empty() ? "" : fmt::format(" (held {})", held));
}

// Empty: it isn't said.
Result<std::string> amount_text(Session& session, const json::object& object,
                                std::string_view field, const std::string& currency) {
  auto amount = shown_amount(session, object, field, currency);
  if (amount && !amount->empty()) *amount += " " + currency;
  return amount;
}

std::string crossed_text(const json::object& leg) {
  std::string text;
  for (const char* side : {"from", "to"}) {
    for (const json::value& line : array_field(leg, fmt::format("{}_crossed", side))) {
      if (!line.is_string()) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", text_field(leg, side),
                          std::string(line.get_string()));
    }
  }
  return text;
}

Result<LegText> leg_text(Session& session, const json::object& leg) {
  const std::string currency = text_field(leg, "currency");
  const auto amount = amount_text(session, leg, "amount", currency);
  const auto from = balance_text(session, leg, "from");
  const auto to = balance_text(session, leg, "to");
  for (const auto* text : {&amount, &from, &to}) {
    if (!*text) return std::unexpected(text->error());
  }
  return LegText{
      .amount = *amount,
      .accounts = fmt::format("{} -> {}", text_field(leg, "from"), text_field(leg, "to")),
      .balances = *from + (from->empty() || to->empty() ? "" : ", ") + *to,
      .crossed = crossed_text(leg)};
}

Result<void> add_legs(Session& session, Details& details, const json::object& entry) {
  for (const json::value& element : array_field(entry, "legs")) {
    if (!element.is_object()) continue;
    const auto leg = leg_text(session, element.get_object());
    if (!leg) return std::unexpected(leg.error());
    const std::string balances = leg->balances.empty() ? "" : fmt::format(" ({})", leg->balances);
    details.add("leg", leg->amount + "  " + leg->accounts + balances);
    details.add("crossed", leg->crossed);
  }
  if (!entry.contains("from")) return {};
  const auto leg = leg_text(session, entry);
  if (!leg) return std::unexpected(leg.error());
  details.add("amount", leg->amount);
  for (const char* name : {"asked", "left", "released", "reversed", "if_available_gte"}) {
    const auto amount = amount_text(session, entry, name, text_field(entry, "currency"));
    if (!amount) return std::unexpected(amount.error());
    details.add(name, *amount);
  }
  details.add("accounts", leg->accounts);
  details.add("balances", leg->balances);
  details.add("crossed", leg->crossed);
  return {};
}

// What was decided before and is named by its key, or by its seq: "#42", as the command line takes it.
std::string reference_text(const json::object& entry, std::string_view name) {
  const std::string text = shown_field(entry, name);
  return number_field(entry, name) ? "#" + text : text;
}

// "1000.00 EUR and 20 payments in 1d"
Result<std::string> limit_text(Session& session, const json::object& limit,
                               const std::string& currency) {
  auto text = amount_text(session, limit, "amount", currency);
  if (!text) return text;
  if (limit.contains("count")) {
    *text +=
        fmt::format("{}{} payments", text->empty() ? "" : " and ", shown_field(limit, "count"));
  }
  return *text + " in " + text_field(limit, "window");
}

// What watches over an account from then on.
Result<void> add_watch(Session& session, Details& details, const json::object& entry,
                       const std::string& currency) {
  const json::array& limits = array_field(entry, "limits");
  if (entry.contains("limits") && limits.empty()) details.add("limits", "none");
  for (const json::value& element : limits) {
    if (!element.is_object()) continue;
    const auto text = limit_text(session, element.get_object(), currency);
    if (!text) return std::unexpected(text.error());
    details.add("limit", *text);
  }
  const json::object& alerts = object_field(entry, "alerts");
  if (entry.contains("alerts") && alerts.empty()) details.add("alerts", "none");
  for (const char* line : {"below", "above"}) {
    const auto amount = amount_text(session, alerts, line, currency);
    if (!amount) return std::unexpected(amount.error());
    details.add(fmt::format("alert_{}", line), *amount);
  }
  return {};
}

// What a change of an account set, in its currency, which the entry doesn't say.
Result<void> add_account_change(Session& session, Details& details, const json::object& entry) {
  if (!entry.contains("id")) return {};
  details.add("account", text_field(entry, "id"));
  details.add("frozen", text_field(entry, "frozen"));
  constexpr std::array<const char*, 3> kSetAmounts{"floor", "ceiling", "balance"};
  const auto has = [&](const char* name) { return entry.contains(name); };
  if (std::ranges::none_of(kSetAmounts, has) && !has("limits") && !has("alerts")) return {};
  // Where it is unknown, the amounts are shown as they are.
  const auto account = session.call("accounts.get", json::object{{"id", entry.at("id")}});
  const std::string currency = account ? text_field(*account, "currency") : std::string();
  for (const char* name : kSetAmounts) {
    const auto amount = amount_text(session, entry, name, currency);
    if (!amount) return std::unexpected(amount.error());
    details.add(name, *amount);
  }
  return add_watch(session, details, entry, currency);
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

// What an entry did to an account: "opened world (EUR)", "not closed world"; empty: it is about money.
std::string account_text(const json::object& entry) {
  constexpr std::array<std::array<std::string_view, 2>, 4> kDone{{{"account", "opened"},
                                                                  {"account_update", "updated"},
                                                                  {"account_close", "closed"},
                                                                  {"account_reopen", "reopened"}}};
  const std::string type = text_field(entry, "type");
  const auto* known =
      std::ranges::find(kDone, std::string_view(type), [](const auto& row) { return row.front(); });
  if (known == kDone.end()) return {};
  const json::object& opened = object_field(entry, "account");
  std::string text = fmt::format("{}{} {}", is_decided_for(entry) ? "" : "not ", known->back(),
                                 text_field(opened.empty() ? entry : opened, "id"));
  if (!opened.empty()) text += fmt::format(" ({})", text_field(opened, "currency"));
  return text;
}

// What an entry did to the books: "closed the books until 2026-10-31"; empty: it is about something else.
std::string books_text(const json::object& entry) {
  const std::string type = text_field(entry, "type");
  if (!type.starts_with("books_")) return {};
  const std::string until = text_field(entry, "until");
  const std::string did = type == "books_close" ? "closed the books until " + until
                          : until.empty()       ? "opened all books"
                                                : "opened the books after " + until;
  return (is_decided_for(entry) ? "" : "not ") + did;
}

// Days of the books, where null means that none is closed. A day of `until` shows with that of standing orders.
void add_books(Details& details, const json::object& entry) {
  for (const char* name : {"until", "closed_before", "closed_until"}) {
    const json::value* day = entry.if_contains(name);
    if (day != nullptr && day->is_null()) details.add(name, "none");
    if (name != std::string_view("until")) details.add(name, text_field(entry, name));
  }
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

bool is_decided_for(const json::object& outcome) {
  const std::string status = text_field(outcome, "status");
  constexpr std::array<std::string_view, 4> kOthers{"", "rejected", "queued", "unknown"};
  return std::ranges::find(kOthers, status) == kOthers.end();
}

Cell outcome_cell(const json::object& outcome) {
  const std::string status = text_field(outcome, "status");
  if (status != "rejected") return {status, is_decided_for(outcome) ? Style::good : Style::plain};
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
  const std::string status = text_field(outcome, "status");
  if (status == "held" && !true_field(outcome, "dry_run")) {
    return "The money is reserved, not paid: `giro capture` with this key pays it, `giro void` "
           "lets "
           "go of it.";
  }
  if (status == "scheduled" && !true_field(outcome, "dry_run")) {
    return "Nothing is paid yet: it is decided when its time comes, by what its accounts have "
           "then. "
           "`giro cancel` with this key ends it before.";
  }
  if (status != "rejected") return {};
  const auto code = rejection_of(text_field(outcome, "code"));
  return code ? std::string(explain(*code)) : std::string();
}

Result<std::string> entry_details(Session& session, const json::object& entry) {
  Details details;
  details.add("outcome", outcome_cell(entry));
  // The rest show by what they have which kind they are of.
  const std::string type = text_field(entry, "type");
  if (type.starts_with("account_") || type.starts_with("books_")) details.add("type", type);
  for (const char* name : {"seq", "at", "key"}) details.add(name, shown_field(entry, name));
  for (const char* name : {"hold", "original", "schedule"}) {
    details.add(name, reference_text(entry, name));
  }
  if (auto added = add_legs(session, details, entry); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (auto added = add_account_change(session, details, entry); !added) {
    return std::unexpected(std::move(added).error());
  }
  add_books(details, entry);
  add_opened_account(details, object_field(entry, "account"));
  // The request's own code is payment_code: `code` says why it was rejected, as the outcome does.
  for (const char* name :
       {"timeout", "expires_at", "final", "scheduled_for", "every", "until", "count", "occurrence",
        "due_at", "reference", "description", "payment_code", "effective_date", "deadline",
        "if_version", "metadata", "uid", "node"}) {
    details.add(name, shown_field(entry, name));
  }
  const json::object& group = object_field(entry, "group");
  if (!group.empty()) {
    details.add("group", fmt::format("member {} of {}, from #{} on", shown_field(group, "index"),
                                     shown_field(group, "count"), shown_field(group, "first_seq")));
  }
  return details.render(session.look());
}

Result<std::string> life_text(Session& session, const json::object& entry) {
  const json::array& steps = array_field(entry, "life");
  if (steps.empty()) return std::string();
  Table table({{"SEQ", Align::right},
               {"TIME", Align::left, 0, Cut::time},
               {"TYPE"},
               {"AMOUNT", Align::right},
               {"RELEASED", Align::right},
               {"KEY", Align::left, 0, Cut::text}});
  const std::string currency = text_field(entry, "currency");
  for (const json::value& element : steps) {
    if (!element.is_object()) continue;
    const json::object& step = element.get_object();
    const auto amount = shown_amount(session, step, "amount", currency);
    if (!amount) return std::unexpected(amount.error());
    const auto released = shown_amount(session, step, "released", currency);
    if (!released) return std::unexpected(released.error());
    table.add({shown_field(step, "seq"), text_field(step, "at"), text_field(step, "type"), *amount,
               *released, text_field(step, "key")});
  }
  std::string text = "\n" + table.render(session.look());
  if (true_field(entry, "life_more")) text += "There is more.\n";
  return text;
}

Result<void> print_entry(Session& session, const json::object& entry) {
  const auto text = [&]() -> Result<std::string> {
    auto details = entry_details(session, entry);
    const auto life = life_text(session, entry);
    if (details && !life) return life;
    if (details) *details += *life;
    return details;
  };
  return print_answer(session, entry, text, entry_columns());
}

Table entry_table() {
  return Table({{"SEQ", Align::right, 8},
                {"TIME", Align::left, 30, Cut::time},
                {"AMOUNT", Align::right, 16},
                {"ACCOUNTS", Align::left, 40, Cut::last},
                {"OUTCOME", Align::left, 8, Cut::last},
                {"KEY", Align::left, 0, Cut::text}});
}

Result<void> add_entry(Session& session, Table& table, const json::object& entry) {
  LegText leg;
  const json::array& legs = array_field(entry, "legs");
  if (const std::string about = account_text(entry) + books_text(entry); !about.empty()) {
    leg.accounts = about;
  } else if (!legs.empty()) {
    leg.accounts = fmt::format("{} legs", legs.size());
  } else if (entry.contains("from")) {
    auto shown = leg_text(session, entry);
    if (!shown) return std::unexpected(std::move(shown).error());
    leg = std::move(*shown);
  } else {
    // It found nothing that has accounts, or cancels.
    for (const char* name : {"hold", "original", "schedule"}) {
      if (!entry.contains(name)) continue;
      leg.accounts = fmt::format("{} {}", name, reference_text(entry, name));
    }
  }
  table.add({shown_field(entry, "seq"), text_field(entry, "at"), leg.amount, leg.accounts,
             outcome_cell(entry), text_field(entry, "key")});
  return {};
}

}  // namespace giro::cli
