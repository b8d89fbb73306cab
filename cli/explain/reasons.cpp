#include "cli/explain/reasons.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/output/fields.hpp"
#include "ledger/codes.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

std::string rule_of(const std::string& code) {
  const auto known = rejection_of(code);
  return known ? std::string(explain(*known)) : std::string();
}

const Rule* find_rule(const std::string& code) {
  for (const auto rules : {account_rules(), limit_rules(), earlier_rules()}) {
    const auto found = std::ranges::find(rules, std::string_view(code), &Rule::code);
    if (found != rules.end()) return &*found;
  }
  return nullptr;
}

// Which leg of how many it is about.
void add_leg(const Decision& decision, Reasons& reasons) {
  const auto index = number_field(decision.entry, "leg");
  if (!index) return;
  reasons.rule += " " + rule_of(decision.code);
  const std::size_t count = array_field(decision.entry, "legs").size();
  const auto asked = decision.asked();
  reasons.why.push_back(
      fmt::format("Leg {}{} failed: {}{} -> {}. The legs before it count in what it saw.", *index,
                  count == 0 ? "" : fmt::format(" of {}, counted from 0,", count),
                  asked ? decision.money(*asked) + " " : "", text_field(decision.leg, "from"),
                  text_field(decision.leg, "to")));
}

}  // namespace

Result<Reasons> ask_reasons(Session& session, const Decision& decision) {
  Reasons reasons;
  if (!decision.rejected()) {
    if (auto done = explain_applied(session, decision, reasons); !done) {
      return std::unexpected(std::move(done).error());
    }
    return reasons;
  }
  reasons.rule = rule_of(text_field(decision.entry, "code"));
  add_leg(decision, reasons);
  if (const Rule* rule = find_rule(decision.code)) {
    if (auto done = rule->explain(session, decision, reasons); !done) {
      return std::unexpected(std::move(done).error());
    }
  } else {
    reasons.why.push_back(
        fmt::format("What {} compared isn't known to this giro; what the accounts had is below.",
                    decision.code));
  }
  if (decision.sees_less_than_its_group() && decision.code != "group_failed") {
    reasons.why.emplace_back(
        "The balances are kept without what the members of its group before it did, which its "
        "decision counted in.");
  }
  return reasons;
}

void add_not_told(Reasons& reasons, const std::string& id) {
  reasons.why.push_back(
      fmt::format("What {} had then isn't told.", id.empty() ? "its accounts" : id));
}

void add_note_of_today(Reasons& reasons, const AccountThen& account, const std::string& term) {
  if (std::ranges::find(account.todays, term) == account.todays.end()) return;
  reasons.why.push_back(fmt::format(
      "Its {} is today's: what it was then isn't found within {} lines of its statement.", term,
      kLinesSearched));
}

}  // namespace giro::cli
