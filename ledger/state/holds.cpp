// Of State: the rules of holds. What a hold reserves counts against the limits of both its accounts until it
// is captured or let go of, so that a capture has nothing to ask but whether its accounts are frozen.
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {
namespace {

// Codes are in the order of their precedence.
Rejection first_of(Rejection a, Rejection b) {
  if (a == Rejection::none || b == Rejection::none) return a == Rejection::none ? b : a;
  return a < b ? a : b;
}

}  // namespace

void State::decide(const CheckedHold& hold, const Resolved& resolved, Timestamp now, Entry& entry) {
  entry.key = hold.key();
  auto& body = *entry.body.emplace<std::unique_ptr<HoldBody>>(std::make_unique<HoldBody>());
  const Leg& leg = hold.leg();
  const PaymentOptions* options = hold.payment().options();
  if (options != nullptr && *options != or_none(nullptr)) body.details.make().options = *options;
  body.terms = hold.terms();
  body.expires_at = end_of(body.terms, entry.at);
  const LegHashes hashes = resolved.hashes == nullptr ? hashes_of(leg) : *resolved.hashes;
  const Rejection code = judge(leg, find_accounts(leg, hashes), options, now, body.posting);
  const bool is_over = body.expires_at && *body.expires_at <= now;
  entry.outcome = first_of(code, is_over ? Rejection::hold_expired : Rejection::none);
  const Posting& seen = body.posting;  // Nothing to hold, or less, where too little is available.
  if (seen.from != 0 && seen.to != 0 && seen.amount > 0 &&
      !has_room(seen.from, seen.to, seen.amount)) {
    entry.outcome = first_of(entry.outcome, Rejection::overflow);
  }
  entry.outcome = verdict(entry.outcome);
  if (entry.outcome != Rejection::none) {
    body.posting.amount = leg.amount;
    if (!is_told_by(body.posting, leg)) body.details.make().requested = leg;
    return;
  }
  if (options != nullptr && options->up_to) body.details.make().asked = leg.amount;
  body.posting.held = std::exchange(body.posting.amount, 0);
  post_within_trial(body.posting, entry.seq);
  open_hold(hold_made_by(entry, body));
}

std::optional<Timestamp> State::end_of(const HoldTerms& terms, Timestamp at) {
  if (terms.expires_at) return terms.expires_at;
  if (!terms.timeout_ns) return std::nullopt;
  return Timestamp{checked_add(at.ns, *terms.timeout_ns).value_or(kNever.ns)};
}

OpenHold State::hold_made_by(const Entry& entry, const HoldBody& body) {
  return {.seq = entry.seq,
          .key = entry.key,
          .author = entry.author,
          .from = body.posting.from,
          .to = body.posting.to,
          .amount = body.posting.held,
          .left = body.posting.held,
          .made_at = entry.at,
          .expires_at = body.expires_at.value_or(kNever)};
}

// Why nothing of it can be captured or voided; none: it is open.
Rejection State::check_hold(const Referred& referred, Timestamp now) const {
  if (referred.seq == 0) return Rejection::hold_unknown;
  if (const OpenHold* hold = holds_.find(referred.seq)) {
    return hold->expires_at <= now ? Rejection::hold_expired : Rejection::none;
  }
  const Entry* made = referred.entry;
  if (made == nullptr || made->kind() != EntryKind::hold || !made->applied() ||
      referred.latest == nullptr) {
    return Rejection::not_a_hold;
  }
  if (referred.latest->kind() == EntryKind::release) return Rejection::hold_voided;
  return referred.latest->kind() == EntryKind::expiry ? Rejection::hold_expired
                                                      : Rejection::hold_captured;
}

void State::decide(const CheckedCapture& capture, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = capture.key();
  auto& body = *entry.body.emplace<std::unique_ptr<CaptureBody>>(std::make_unique<CaptureBody>());
  body.named = capture.refers_to();
  body.hold = resolved.referred.seq;
  body.asked = capture.amount();
  body.final = capture.final();
  entry.outcome = check_hold(resolved.referred, now);
  const OpenHold* hold = holds_.find(body.hold);
  if (hold == nullptr) return;
  body.left = hold->left;
  const Amount amount = body.asked.value_or(hold->left);
  body.posting = seen_between(hold->from, hold->to, amount);
  if (entry.outcome == Rejection::none) {
    entry.outcome = amount > hold->left ? Rejection::capture_exceeds_hold
                                        : check_standing(account(hold->from), account(hold->to));
  }
  entry.outcome = verdict(entry.outcome);
  if (entry.outcome != Rejection::none) return;
  body.posting.held = body.final ? -hold->left : -amount;
  body.left = hold->left + body.posting.held;
  close_hold(body.hold, body.posting, entry.seq);
}

void State::decide(const CheckedVoid& release, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = release.key();
  auto& body = *entry.body.emplace<std::unique_ptr<ReleaseBody>>(std::make_unique<ReleaseBody>());
  body.named = release.refers_to();
  body.hold = resolved.referred.seq;
  entry.outcome = check_hold(resolved.referred, now);
  const OpenHold* hold = holds_.find(body.hold);
  if (hold == nullptr) return;
  body.posting = seen_between(hold->from, hold->to, 0);
  entry.outcome = verdict(entry.outcome);
  if (entry.outcome != Rejection::none) return;
  body.posting.held = -hold->left;
  close_hold(body.hold, body.posting, entry.seq);
}

// On behalf of who made the hold.
void State::expire(const OpenHold& hold, Entry& entry) {
  entry.author = hold.author;
  entry.key = hold.key;
  auto& expiry = *entry.body.emplace<std::unique_ptr<ExpiryBody>>(std::make_unique<ExpiryBody>(
      ExpiryBody{.hold = hold.seq, .posting = seen_between(hold.from, hold.to, 0)}));
  expiry.posting.held = -hold.left;
  close_hold(expiry.hold, expiry.posting, entry.seq);
}

void State::open_hold(const OpenHold& hold) {
  if (trials_ > 0) changed_holds_.push_back({.seq = hold.seq, .before = std::nullopt});
  holds_.add(hold);
}

// A part of it, or the rest.
void State::close_hold(Seq seq, Posting& posting, Seq by) {
  const OpenHold hold = *holds_.find(seq);
  post_within_trial(posting, by);
  count_no_more(hold, posting, by);
  change_hold(seq, hold.left + posting.held);
}

void State::change_hold(Seq seq, Amount left) {
  if (trials_ > 0) changed_holds_.push_back({.seq = seq, .before = *holds_.find(seq)});
  holds_.set_left(seq, left);
  if (trials_ == 0) holds_.tidy();
}

}  // namespace giro
