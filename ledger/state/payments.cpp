// Of State: the rules of payments.
#include <algorithm>
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {
namespace {

// Rules about the paying account that a client asked for itself.
Rejection check_preconditions(const PaymentOptions& options, const Account& from,
                              std::optional<Amount> available) {
  if (options.if_version && *options.if_version != from.version) {
    return Rejection::precondition_version;
  }
  if (options.if_available_gte && available && *available < *options.if_available_gte) {
    return Rejection::precondition_balance;
  }
  return Rejection::none;
}

}  // namespace

void State::decide(const CheckedPayment& payment, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = payment.key();
  if (payment.legs().size() > 1) return decide_legs(payment, now, entry);
  const Leg& leg = payment.leg();
  const LegHashes hashes = resolved.hashes == nullptr ? hashes_of(leg) : *resolved.hashes;
  decide_single(payment, find_accounts(leg, hashes), now, entry);
}

// The order of these checks is the published precedence (ledger/codes.hpp).
Rejection State::judge(const Leg& leg, const LegAccounts& accounts, const PaymentOptions* options,
                       Timestamp now, Posting& posting) const {
  posting = seen_between(accounts.from, accounts.to, leg.amount);
  if (is_late(options, now)) return Rejection::deadline_passed;
  if (posting.from == 0 || posting.to == 0) return Rejection::account_unknown;
  if (!keeps(account(posting.from), leg.currency) || !keeps(account(posting.to), leg.currency)) {
    return Rejection::currency_mismatch;
  }
  if (is_in_closed_time(options)) return Rejection::books_closed;
  return judge_movement(posting, options);
}

Rejection State::judge_movement(Posting& posting, const PaymentOptions* options) const {
  const Account& from = account(posting.from);
  const Account& to = account(posting.to);
  if (const Rejection barred = check_standing(from, to); barred != Rejection::none) return barred;
  if (options != nullptr) {
    const std::optional<Amount> available = limits(from).available(from.balance, from.held.out);
    const Rejection failed = check_preconditions(*options, from, available);
    if (failed != Rejection::none) return failed;
    if (options->up_to) posting.amount = std::min(posting.amount, available.value_or(kAmountMax));
    if (posting.amount <= 0) return Rejection::insufficient_funds;
  }
  const Rejection limited = check_limits(from, to, posting.amount);
  return limited == Rejection::none ? check_velocity(posting.from, posting.amount) : limited;
}

Rejection State::check_bars(const AccountLimits& payer, const AccountLimits& receiver) {
  if (payer.closed || receiver.closed) return Rejection::account_closed;
  if (payer.bars_debits() || receiver.bars_credits()) return Rejection::account_frozen;
  return Rejection::none;
}

Rejection State::check_limits(const Account& from, const Account& to, Amount amount) const {
  // Written so that nothing can leave 64 bits: amounts are above 0, and what is held is part of what an
  // account must have room for.
  if (from.balance - from.held.out < -kAmountMax + amount ||
      to.balance + to.held.in > kAmountMax - amount) {
    return Rejection::overflow;
  }
  const std::optional<Amount> available = limits(from).available(from.balance, from.held.out);
  if (available && *available < amount) return Rejection::insufficient_funds;
  if (to.balance + to.held.in + amount > limits(to).ceiling) return Rejection::ceiling_exceeded;
  return Rejection::none;
}

void State::post(Posting& posting, Seq seq) {
  Account& from = accounts_[posting.from - 1];
  posting.from_prev = std::exchange(from.last_seq, seq);
  from.balance -= posting.amount;
  from.held.out += posting.held;
  ++from.version;
  posting.from_after = from.balance;
  posting.from_held = from.held;
  if (posting.to == 0) return;
  Account& to = accounts_[posting.to - 1];
  posting.to_prev = std::exchange(to.last_seq, seq);
  to.balance += posting.amount;
  to.posted_in += posting.amount;
  to.held.in += posting.held;
  ++to.version;
  posting.to_after = to.balance;
  posting.to_held = to.held;
  if (((from.limits | to.limits) & kNotFree) != 0) note_watched(posting, seq);
}

bool State::is_told_by(const Posting& posting, const Leg& leg) const {
  return posting.from != 0 && posting.to != 0 && keeps(account(posting.from), leg.currency);
}

void State::decide_single(const CheckedPayment& payment, const LegAccounts& accounts, Timestamp now,
                          Entry& entry) {
  auto& body = std::get<PaymentBody>(entry.body);
  const Leg& leg = payment.leg();
  const PaymentOptions* options = payment.options();
  if (options != nullptr) body.details.make().options = *options;
  entry.outcome = verdict(judge(leg, accounts, options, now, body.posting));
  if (entry.outcome == Rejection::none) {
    post_within_trial(body.posting, entry.seq);
    if (options != nullptr && options->up_to) body.details.make().asked = leg.amount;
    return;
  }
  body.posting.amount = leg.amount;
  if (!is_told_by(body.posting, leg)) body.details.make().requested = leg;
}

void State::decide_legs(const CheckedPayment& payment, Timestamp now, Entry& entry) {
  auto& body = *entry.body.emplace<std::unique_ptr<MultiLegBody>>(std::make_unique<MultiLegBody>());
  if (payment.options() != nullptr) body.options = *payment.options();
  entry.outcome = move_legs(payment.legs(), payment.options(), now, entry.seq, body.legs);
  if (!entry.applied()) body.requested.assign(payment.legs().begin(), payment.legs().end());
}

Rejection State::move_legs(std::span<const Leg> legs, const PaymentOptions* options, Timestamp now,
                           Seq seq, Legs& moved) {
  // A deadline and closed books are the whole payment's; everything else is about one leg, where there are
  // several.
  const Rejection whole = verdict(legs.size() > 1 ? judge_whole(options, now) : Rejection::none);
  Trial trial(*this);
  for (const Leg& leg : legs) {
    Posting posting;
    const Rejection code = judge(leg, find_accounts(leg, hashes_of(leg)), options, now, posting);
    if (whole != Rejection::none || code != Rejection::none) {
      const bool of_leg = whole == Rejection::none && legs.size() > 1;
      posting.amount = leg.amount;
      moved = {.postings = {},
               .seen = denies_ ? Posting{} : posting,  // No leg failed.
               .failed_leg = static_cast<std::uint16_t>(moved.postings.size()),
               .leg_code = of_leg ? code : Rejection::none};
      if (whole != Rejection::none) return whole;
      return of_leg ? Rejection::leg_failed : code;
    }
    post_within_trial(posting, seq);
    moved.postings.push_back(posting);
  }
  trial.keep();
  return Rejection::none;
}

void State::decide(const CheckedReversal& reversal, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = reversal.key();
  auto& body = *entry.body.emplace<std::unique_ptr<ReversalBody>>(std::make_unique<ReversalBody>());
  body.named = reversal.refers_to();
  body.asked = reversal.amount();
  if (reversal.options() != nullptr) body.options = *reversal.options();
  const Entry* original = resolved.referred.entry;
  body.original = resolved.referred.seq;
  if (is_late(&body.options, now)) {
    entry.outcome = Rejection::deadline_passed;
  } else if (body.original == 0) {
    entry.outcome = Rejection::original_unknown;
  } else if (original == nullptr || !original->applied() ||
             !facts_of(original->kind()).reversible) {
    entry.outcome = Rejection::not_reversible;
  } else if (denies_) {
    entry.outcome = verdict(Rejection::none);
  } else {
    entry.outcome = reverse(original->postings(), resolved.referred.latest, entry.seq, body);
  }
}

// `latest`: the reversal before this one.
Rejection State::reverse(std::span<const Posting> postings, const Entry* latest, Seq seq,
                         ReversalBody& body) {
  if (postings.size() > 1 && body.asked) return Rejection::reversal_not_divisible;
  const auto* before =
      latest == nullptr ? nullptr : std::get_if<std::unique_ptr<ReversalBody>>(&latest->body);
  body.reversed = before == nullptr ? 0 : (*before)->reversed;
  const Amount left = postings.front().amount - body.reversed;
  const Amount amount = body.asked.value_or(left);
  if (amount > left || left == 0) return Rejection::reversal_exceeds_original;

  const bool several = postings.size() > 1;
  const bool closed = is_in_closed_time(&body.options);
  Trial trial(*this);
  for (std::size_t i = postings.size(); i-- > 0;) {
    const Posting& leg = postings[i];
    Posting back = seen_between(leg.to, leg.from, several ? leg.amount : amount);
    const Rejection code = closed ? Rejection::books_closed : judge_movement(back, &body.options);
    if (code != Rejection::none) {
      const bool of_leg = several && !closed;
      body.legs = {.postings = {},
                   .seen = back,
                   .failed_leg = static_cast<std::uint16_t>(of_leg ? i : 0),
                   .leg_code = of_leg ? code : Rejection::none};
      return of_leg ? Rejection::leg_failed : code;
    }
    post_within_trial(back, seq);
    body.legs.postings.push_back(back);
  }
  trial.keep();
  body.reversed += amount;
  return Rejection::none;
}

}  // namespace giro
