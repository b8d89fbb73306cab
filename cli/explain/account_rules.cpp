// The rules about accounts: that they are there, in this currency, open and free. And about moments: deadlines,
// books.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/explain/reasons.hpp"
#include "cli/output/fields.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSecondNs = 1'000'000'000;

// "0.250 s", "90 s", "3 h".
std::string span_words(std::int64_t ns) {
  const std::int64_t seconds = ns / kSecondNs;
  if (seconds < 10) {
    return fmt::format("{}.{:03} s", seconds, ns % kSecondNs / 1'000'000);
  }
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  if (seconds < 10 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} days", seconds / kDay);
}

// --- open and free ---

// ", asked for by user 1000 at node one"; empty: it isn't said.
std::string asked_for_by(const json::object& entry) {
  if (!entry.contains("uid")) return {};
  const std::string node = text_field(entry, "node");
  return ", asked for by user " + shown_field(entry, "uid") +
         (node.empty() ? node : " at node " + node);
}

// "#42 (key f-1, ...) set it so, asked for by user 1000."
Result<void> add_change(Session& session, const Decision& decision, const AccountThen& account,
                        std::string_view term, Reasons& reasons) {
  const auto changes = ask_changes_before(session, account.id, decision.seq);
  if (!changes) return std::unexpected(changes.error());
  const auto set = std::ranges::find_if(
      changes->entries, [term](const json::object& change) { return sets_term(change, term); });
  if (set == changes->entries.end()) {
    reasons.why.push_back(fmt::format(
        "The change that did it isn't found within {} lines of its statement.", kLinesSearched));
    return {};
  }
  reasons.figures["change_seq"] = number_field(*set, "seq").value_or(0);
  reasons.why.push_back(fmt::format("{} did that{}.", named(*set), asked_for_by(*set)));
  return {};
}

// Whether the account's side of the movement is barred.
bool is_barred(const AccountThen& account) {
  const std::string frozen = text_field(account.terms, "frozen");
  return frozen == "all" || frozen == (account.role == "to" ? "credits" : "debits");
}

Result<void> account_frozen(Session& session, const Decision& decision, Reasons& reasons) {
  const auto barred = std::ranges::find_if(decision.accounts, is_barred);
  if (barred == decision.accounts.end()) {
    add_not_told(reasons, {});
    return {};
  }
  const std::string frozen = text_field(barred->terms, "frozen");
  reasons.figures["account"] = barred->id;
  reasons.figures["frozen"] = frozen;
  reasons.why.push_back(fmt::format("{} was frozen ({}): it could {}.", barred->id, frozen,
                                    barred->role == "to" ? "be paid nothing" : "pay nothing"));
  add_note_of_today(reasons, *barred, "frozen");
  if (auto added = add_change(session, decision, *barred, "frozen", reasons); !added) return added;
  const std::string today = text_field(barred->now, "frozen");
  if (today == "none") {
    reasons.why.push_back(fmt::format("Today {} is free.", barred->id));
  } else {
    reasons.to_pass.push_back(fmt::format("`giro account unfreeze {}`", barred->id));
  }
  return {};
}

Result<void> account_closed(Session& session, const Decision& decision, Reasons& reasons) {
  const auto closed = std::ranges::find_if(decision.accounts, [](const AccountThen& account) {
    return true_field(account.terms, "closed");
  });
  if (closed == decision.accounts.end()) {
    add_not_told(reasons, {});
    return {};
  }
  reasons.figures["account"] = closed->id;
  reasons.why.push_back(fmt::format("{} was closed.", closed->id));
  add_note_of_today(reasons, *closed, "closed");
  if (auto added = add_change(session, decision, *closed, "closed", reasons); !added) return added;
  if (true_field(closed->now, "closed")) {
    reasons.to_pass.push_back(
        fmt::format("`giro account reopen {}`, or another account", closed->id));
  } else {
    reasons.why.push_back(fmt::format("Today {} is open.", closed->id));
  }
  return {};
}

Result<void> account_not_closed(Session& session, const Decision& decision, Reasons& reasons) {
  if (decision.accounts.empty()) return {};
  const AccountThen& account = decision.accounts.front();
  reasons.why.push_back(fmt::format("{} was open.", account.id));
  return add_change(session, decision, account, "closed", reasons);
}

Result<void> account_not_empty(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const AccountThen* account = decision.in_role("id");
  const auto balance = account == nullptr ? std::nullopt : account->amount("balance");
  if (!balance) return {};
  reasons.figures["balance"] = number_of(*balance);
  reasons.why.push_back(
      fmt::format("{} had a balance of {}.", account->id, account->money(*balance)));
  reasons.to_pass.push_back(fmt::format("a payment of {} {} it first",
                                        account->money(*balance < 0 ? -*balance : *balance),
                                        *balance < 0 ? "to" : "from"));
  return {};
}

Result<void> account_has_holds(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const AccountThen* account = decision.in_role("id");
  if (account == nullptr) return {};
  const std::string held = held_text(account->had, "", account->scale);
  reasons.figures["held_in"] = number_of(account->amount("held_in").value_or(0));
  reasons.figures["held_out"] = number_of(account->amount("held_out").value_or(0));
  if (!held.empty()) {
    reasons.why.push_back(
        fmt::format("On {} was held: {} {}.", account->id, held, account->currency));
  }
  reasons.to_pass.emplace_back(
      "the end of these holds first: `giro capture` pays one, `giro void` lets go of it");
  return {};
}

// --- there, and in this currency ---

Result<void> deadline_passed(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const auto deadline = parse_rfc3339(text_field(decision.entry, "deadline"));
  const auto at = parse_rfc3339(text_field(decision.entry, "at"));
  if (!deadline || !at) return {};
  const std::int64_t late = at->ns - deadline->ns;
  reasons.figures["late_ms"] = late / 1'000'000;
  reasons.why.push_back(fmt::format("It was decided at {}, {} after its deadline, {}.",
                                    text_field(decision.entry, "at"), span_words(late),
                                    text_field(decision.entry, "deadline")));
  reasons.to_pass.emplace_back("a later deadline, or none");
  return {};
}

Result<void> account_unknown(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const std::string field = text_field(decision.entry, "field");
  const AccountThen* account = decision.in_role(field);
  if (account == nullptr) return {};
  reasons.figures["account"] = account->id;
  reasons.why.push_back(fmt::format("There was no account {} (`{}`).", account->id, field));
  if (account->exists) {
    reasons.why.push_back(
        fmt::format("It was opened since, by #{}.", shown_field(account->now, "opened_seq")));
    return {};
  }
  const std::string currency = text_field(decision.leg, "currency");
  reasons.to_pass.push_back(
      fmt::format("`giro account open {} --currency {}`, if the name is right", account->id,
                  currency.empty() ? "CODE" : currency));
  return {};
}

Result<void> currency_mismatch(Session& session, const Decision& decision, Reasons& reasons) {
  const json::object& opened = object_field(decision.entry, "account");
  if (!opened.empty()) {
    const std::string currency = text_field(opened, "currency");
    const auto scale = session.scale_of(currency);
    if (!scale) return {};
    reasons.why.push_back(
        fmt::format("It was to be opened in {} with {} decimals, and this ledger "
                    "keeps {} with {}.",
                    currency, shown_field(opened, "scale"), currency, *scale));
    reasons.to_pass.push_back(fmt::format("a scale of {}", *scale));
    return {};
  }
  const std::string asked = text_field(decision.leg, "currency");
  for (const AccountThen& account : decision.accounts) {
    if (!account.exists || account.currency == asked) continue;
    reasons.why.push_back(
        fmt::format("{} keeps {}, and {} was asked for.", account.id, account.currency, asked));
    reasons.to_pass.push_back(
        fmt::format("an account that keeps {} in place of {}", asked, account.id));
  }
  return {};
}

// `account_exists_with_different_floor` and its like: what was asked for, and how it was opened.
Result<void> account_exists(Session& session, const Decision& decision, Reasons& reasons) {
  const AccountThen* account = decision.in_role("id");
  if (account == nullptr) return {};
  const std::string name = decision.code.substr(decision.code.rfind('_') + 1);
  const auto seq = number_field(account->now, "opened_seq").value_or(0);
  const auto opening = ask_if_told(session, "payments.get", {{"seq", seq}});
  if (!opening) return std::unexpected(opening.error());
  const bool is_amount = name == "floor" || name == "ceiling";
  const auto shown = [&](const json::object& terms) {
    if (is_amount) return amount_field(terms, name, account->scale);
    return shown_field(terms, name).empty() ? "none" : shown_field(terms, name);
  };
  reasons.figures["opened_seq"] = seq;
  reasons.why.push_back(fmt::format("{} was opened with the {} {}, by #{}; now it was {}.",
                                    account->id, name, shown(object_field(*opening, "account")),
                                    seq, shown(object_field(decision.entry, "account"))));
  reasons.to_pass.emplace_back("the same terms as then, which is a replay, or another id");
  if (name != "currency") {
    reasons.to_pass.push_back(
        fmt::format("`giro account update {}`, which changes its {}", account->id, name));
  }
  return {};
}

Result<void> books_closed(Session& session, const Decision& decision, Reasons& reasons) {
  const std::string date = text_field(decision.entry, "effective_date");
  if (!date.empty()) reasons.why.push_back(fmt::format("Its effective date is {}.", date));
  const auto status = ask_if_told(session, "ledger.status", {});
  if (!status) return std::unexpected(status.error());
  const std::string until = text_field(*status, "books_closed_until");
  if (!until.empty()) {
    reasons.why.push_back(fmt::format("Today the books are closed until {}.", until));
  }
  reasons.to_pass.emplace_back("a later effective date, or none, or opening the books");
  return {};
}

constexpr std::array kAccountRules{
    Rule{"deadline_passed", deadline_passed},
    Rule{"account_unknown", account_unknown},
    Rule{"account_exists_with_different_currency", account_exists},
    Rule{"account_exists_with_different_floor", account_exists},
    Rule{"account_exists_with_different_ceiling", account_exists},
    Rule{"account_exists_with_different_metadata", account_exists},
    Rule{"currency_mismatch", currency_mismatch},
    Rule{"books_closed", books_closed},
    Rule{"account_closed", account_closed},
    Rule{"account_not_closed", account_not_closed},
    Rule{"account_frozen", account_frozen},
    Rule{"account_not_empty", account_not_empty},
    Rule{"account_has_holds", account_has_holds},
};

}  // namespace

std::span<const Rule> account_rules() {
  return kAccountRules;
}

}  // namespace giro::cli
