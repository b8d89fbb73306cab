// What was decided for: what it did, and that nothing stood against it.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/explain/reasons.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// By how much less is held on the account after it.
Int128 let_go_of(const Decision& decision, const AccountThen& account) {
  const auto place = static_cast<std::size_t>(&account - decision.accounts.data());
  const auto after = number_field(decision.after[place], "held_out");
  const auto before = account.amount("held_out");
  return before && after ? *before - *after : Int128{0};
}

void add_movement(const Decision& decision, Reasons& reasons) {
  const json::array& legs = array_field(decision.entry, "legs");
  if (!legs.empty()) {
    reasons.why.push_back(
        fmt::format("All of its {} legs were applied, in their order.", legs.size()));
    return;
  }
  const auto amount = number_field(decision.entry, "amount");
  const AccountThen* payer = decision.in_role("from");
  const AccountThen* receiver = decision.in_role("to");
  if (!amount || payer == nullptr || receiver == nullptr) return;
  reasons.figures["amount"] = *amount;
  if (decision.type == "schedule") {
    reasons.why.push_back(fmt::format("Nothing moves before its time{}{}.",
                                      decision.entry.contains("scheduled_for") ? ", " : "",
                                      text_field(decision.entry, "scheduled_for")));
    return;
  }
  if (decision.type == "hold") {
    reasons.why.push_back(fmt::format("{} of {} was reserved for {}; no balance moved.",
                                      payer->money(*amount), payer->id, receiver->id));
    return;
  }
  if (*amount > 0) {
    reasons.why.push_back(
        fmt::format("{} moved from {} to {}.", payer->money(*amount), payer->id, receiver->id));
  }
  const Int128 released = let_go_of(decision, *payer) - *amount;
  if (decision.earlier.empty() || released <= 0) return;
  reasons.figures["released"] = number_of(released);
  reasons.why.push_back(fmt::format("{} that was held on {} was let go of: it is free again.",
                                    payer->money(released), payer->id));
}

// Of what takes new money; what goes on with a hold was allowed when that was made.
void add_room(const Decision& decision, Reasons& reasons) {
  constexpr std::array<std::string_view, 4> kTakeMoney{"payment", "hold", "reversal",
                                                       "scheduled_payment"};
  const AccountThen* payer = decision.in_role("from");
  const auto asked = decision.asked();
  if (payer == nullptr || !asked ||
      std::ranges::find(kTakeMoney, decision.type) == kTakeMoney.end()) {
    return;
  }
  const json::value* floor = payer->terms.if_contains("floor");
  const auto available = payer->available();
  if (available) {
    reasons.figures["available"] = number_of(*available);
    reasons.why.push_back(fmt::format("{} had {} available, and {} was asked for.", payer->id,
                                      payer->money(*available), payer->money(*asked)));
    add_note_of_today(reasons, *payer, "floor");
  } else if (floor != nullptr && floor->is_null()) {
    reasons.why.push_back(fmt::format("{} has no floor: it may pay any amount.", payer->id));
  }
}

// " (today it is 50.00 EUR)"; empty: it has none any more, or isn't told.
std::string line_today(const Decision& decision, const std::string& id, const std::string& line) {
  const auto account = std::ranges::find(decision.accounts, id, &AccountThen::id);
  if (account == decision.accounts.end()) return {};
  const auto today = number_field(object_field(account->now, "alerts"), line);
  return today ? fmt::format(" (today it is {})", account->money(*today)) : std::string();
}

void add_crossed_by(const Decision& decision, const json::object& object, const std::string& side,
                    Reasons& reasons) {
  const std::string id = text_field(object, side);
  for (const json::value& element : array_field(object, side + "_crossed")) {
    if (!element.is_string()) continue;
    const std::string line(element.get_string());
    reasons.why.push_back(fmt::format("It took {} {} the line of its alert{}.", id, line,
                                      line_today(decision, id, line)));
  }
}

void add_crossed(const Decision& decision, Reasons& reasons) {
  const auto add_both = [&](const json::object& object) {
    for (const char* side : {"from", "to"}) add_crossed_by(decision, object, side, reasons);
  };
  add_both(decision.entry);
  for (const json::value& leg : array_field(decision.entry, "legs")) {
    if (leg.is_object()) add_both(leg.get_object());
  }
}

// "frozen: all (before: none)"
void add_change(const Decision& decision, Reasons& reasons) {
  const AccountThen* account = decision.in_role("id");
  if (account == nullptr) return;
  for (const char* name : {"floor", "ceiling", "frozen"}) {
    if (!decision.entry.contains(name)) continue;
    const bool is_amount = std::string_view(name) == "floor" || std::string_view(name) == "ceiling";
    const auto shown = [&](const json::object& terms) {
      return is_amount ? amount_field(terms, name, account->scale) : shown_field(terms, name);
    };
    const std::string before = shown(account->terms);
    const bool known = account->terms.contains(name) &&
                       std::ranges::find(account->todays, name) == account->todays.end();
    reasons.why.push_back(fmt::format("{}: {}{}.", name, shown(decision.entry),
                                      known ? fmt::format(" (before: {})", before) : ""));
  }
}

void add_group(const Decision& decision, Reasons& reasons) {
  const json::object& group = object_field(decision.entry, "group");
  if (group.empty()) return;
  reasons.figures["group"] = group;
  reasons.why.push_back(fmt::format(
      "It is member {} of the {} of a group, counted from 0, which was applied as a "
      "whole, from #{} on.",
      shown_field(group, "index"), shown_field(group, "count"), shown_field(group, "first_seq")));
}

void add_what_is_left(const Decision& decision, Reasons& reasons) {
  const auto left = number_field(decision.entry, "left");
  if (left && decision.type == "hold") {
    reasons.why.push_back(fmt::format("{} of it is left to capture today.", decision.money(*left)));
  }
  const auto reversed = number_field(decision.entry, "reversed");
  if (reversed && decision.type != "reversal") {
    reasons.why.push_back(fmt::format("{} of it was reversed since.", decision.money(*reversed)));
  }
}

}  // namespace

Result<void> explain_applied(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  reasons.rule = "No rule stood against it.";
  add_room(decision, reasons);
  add_movement(decision, reasons);
  add_change(decision, reasons);
  add_crossed(decision, reasons);
  add_group(decision, reasons);
  add_what_is_left(decision, reasons);
  return {};
}

}  // namespace giro::cli
