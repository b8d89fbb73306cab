// The rules about what an account may pay and keep.
#include <array>

#include <fmt/format.h>

#include "cli/explain/reasons.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

// "a balance of 60.00 EUR, less 50.00 EUR held, above a floor of 0.00 EUR"
std::string available_words(const AccountThen& payer) {
  const Int128 held = payer.amount("held_out").value_or(0);
  return fmt::format("a balance of {}, {}, above a floor of {}",
                     payer.money(payer.amount("balance").value_or(0)),
                     held == 0 ? "nothing held" : fmt::format("less {} held", payer.money(held)),
                     payer.money(payer.limit("floor").value_or(0)));
}

void add_remedies(Reasons& reasons, const AccountThen& payer, Int128 needed, Int128 missing) {
  const Int128 held = payer.amount("held_out").value_or(0);
  const Int128 floor = payer.amount("balance").value_or(0) - held - needed;
  reasons.to_pass.push_back(fmt::format("{} more on {}", payer.money(missing), payer.id));
  reasons.to_pass.push_back(fmt::format("a floor of {} (`giro account update {} --floor {}`)",
                                        payer.money(floor), payer.id, payer.decimal(floor)));
  if (held >= missing) {
    reasons.to_pass.push_back(
        fmt::format("letting go of holds on {}: {} is held", payer.id, payer.money(held)));
  }
  reasons.figures["missing"] = number_of(missing);
  reasons.figures["floor_needed"] = number_of(floor);
}

void add_available_today(Reasons& reasons, const AccountThen& payer, Int128 needed) {
  const auto today = number_field(payer.now, "available");
  if (!today) return;
  reasons.figures["available_now"] = *today;
  reasons.why.push_back(fmt::format("Today {} has {} available{}.", payer.id, payer.money(*today),
                                    *today >= needed ? ", which would be enough" : ""));
}

Result<void> insufficient_funds(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const AccountThen* payer = decision.in_role("from");
  const auto available = payer == nullptr ? std::nullopt : payer->available();
  const auto asked = decision.asked();
  if (!available || !asked) {
    add_not_told(reasons, text_field(decision.leg, "from"));
    return {};
  }
  // What it can get is enough for one that takes what there is, as long as that is anything.
  const bool up_to = true_field(decision.entry, "up_to");
  const Int128 needed = up_to ? Int128{1} : *asked;
  const Int128 had = available.value();
  const Int128 missing = needed - had;
  reasons.figures["available"] = number_of(had);
  reasons.figures["asked"] = number_of(*asked);
  reasons.why.push_back(fmt::format("{} had {} available: {}.", payer->id, payer->money(had),
                                    available_words(*payer)));
  add_note_of_today(reasons, *payer, "floor");
  if (missing <= 0) {
    reasons.why.push_back(fmt::format("By these figures {} would have been enough for {}.",
                                      payer->money(had), payer->money(needed)));
  } else {
    reasons.why.push_back(fmt::format(
        "{} {} asked for: {} was missing.",
        up_to ? "Whatever there is, up to " + payer->money(*asked) + "," : payer->money(*asked),
        "was", payer->money(missing)));
    add_remedies(reasons, *payer, needed, missing);
  }
  add_available_today(reasons, *payer, needed);
  return {};
}

Result<void> ceiling_exceeded(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const AccountThen* receiver = decision.in_role("to");
  const auto balance = receiver == nullptr ? std::nullopt : receiver->amount("balance");
  const auto ceiling = receiver == nullptr ? std::nullopt : receiver->limit("ceiling");
  const auto asked = decision.asked();
  if (!balance || !ceiling || !asked) {
    add_not_told(reasons, text_field(decision.leg, "to"));
    return {};
  }
  const Int128 held = receiver->amount("held_in").value_or(0);
  const Int128 room = *ceiling - *balance - held;
  const Int128 over = *asked - room;
  reasons.figures["ceiling"] = number_of(*ceiling);
  reasons.figures["room"] = number_of(room);
  reasons.figures["over"] = number_of(over);
  reasons.why.push_back(
      fmt::format("{} may have {} at most; it had {}{}, and {} came on top: {} too much.",
                  receiver->id, receiver->money(*ceiling), receiver->money(*balance),
                  held == 0 ? "" : fmt::format(" and {} held for it", receiver->money(held)),
                  receiver->money(*asked), receiver->money(over)));
  add_note_of_today(reasons, *receiver, "ceiling");
  if (room > 0) reasons.to_pass.push_back(fmt::format("at most {}", receiver->money(room)));
  const Int128 needed = *ceiling + over;
  reasons.to_pass.push_back(fmt::format("a ceiling of {} (`giro account update {} --ceiling {}`)",
                                        receiver->money(needed), receiver->id,
                                        receiver->decimal(needed)));
  reasons.to_pass.push_back(fmt::format("{} less on {}", receiver->money(over), receiver->id));
  return {};
}

Result<void> overflow(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  for (const AccountThen& account : decision.accounts) {
    const auto balance = account.amount("balance");
    if (!balance) continue;
    reasons.why.push_back(
        fmt::format("{} had a balance of {}; with what is held on it, it can go "
                    "to {} either way.",
                    account.id, account.money(*balance), account.money(kAmountMax)));
  }
  reasons.to_pass.emplace_back("another account, or several, each with a part of the money");
  return {};
}

Result<void> precondition_balance(Session& /*session*/, const Decision& decision,
                                  Reasons& reasons) {
  const AccountThen* payer = decision.in_role("from");
  const auto wanted = number_field(decision.entry, "if_available_gte");
  const auto available = payer == nullptr ? std::nullopt : payer->available();
  if (!wanted || !available) {
    add_not_told(reasons, text_field(decision.leg, "from"));
    return {};
  }
  reasons.figures["if_available_gte"] = *wanted;
  reasons.figures["available"] = number_of(*available);
  reasons.why.push_back(fmt::format(
      "It was asked for only if {} had at least {} available; it had {}: {}.", payer->id,
      payer->money(*wanted), payer->money(*available), available_words(*payer)));
  add_note_of_today(reasons, *payer, "floor");
  reasons.to_pass.push_back(
      fmt::format("{} more on {}", payer->money(*wanted - *available), payer->id));
  reasons.to_pass.emplace_back("a smaller if_available_gte, or none");
  add_available_today(reasons, *payer, *wanted);
  return {};
}

Result<void> precondition_version(Session& /*session*/, const Decision& decision,
                                  Reasons& reasons) {
  if (decision.accounts.empty()) return {};
  const AccountThen& account = decision.accounts.front();
  const auto wanted = number_field(decision.entry, "if_version");
  const auto seen = account.amount("version");
  const auto today = number_field(account.now, "version");
  if (!wanted || !seen) {
    add_not_told(reasons, account.id);
    return {};
  }
  reasons.figures["if_version"] = *wanted;
  reasons.figures["version"] = number_of(*seen);
  reasons.why.push_back(fmt::format(
      "It was asked for only if {} had the version {}; it had {}: {}.", account.id, *wanted,
      format_integer(*seen),
      *seen > *wanted ? "it has moved on since it was looked at" : "it hasn't come so far"));
  reasons.to_pass.push_back(
      fmt::format("the account's own version, once its new entries were looked at{}, or none",
                  today ? fmt::format(" (today {})", *today) : ""));
  return {};
}

constexpr std::array kLimitRules{
    Rule{"precondition_version", precondition_version},
    Rule{"precondition_balance", precondition_balance},
    Rule{"overflow", overflow},
    Rule{"insufficient_funds", insufficient_funds},
    Rule{"ceiling_exceeded", ceiling_exceeded},
    Rule{"velocity_exceeded", explain_velocity},
};

}  // namespace

std::span<const Rule> limit_rules() {
  return kLimitRules;
}

}  // namespace giro::cli
