// Holds, their captures and ends, and reversals.
#include <algorithm>

#include "tests/whole/model.hpp"

namespace giro::test {

void WholeModel::hold(const Operation& operation, Timestamp now, Record& record) {
  Posting posting;
  record.code = judge(operation, operation.legs.front(), now, record, posting);
  if (record.code != Rejection::none) {
    record.seen = posting;
    return;
  }
  posting.held = posting.amount;
  posting.amount = 0;
  move(posting, record);
  record.moved = {posting};
  ModelHold made{.seq = record.seq, .from = posting.from, .to = posting.to, .left = posting.held};
  if (operation.expires_at) made.expires_at = *operation.expires_at;
  if (operation.timeout_ns) made.expires_at = Timestamp{record.at.ns + *operation.timeout_ns};
  standing_.holds.push_back(made);
}

ModelHold* WholeModel::find_hold(Seq seq) {
  const auto found = std::ranges::find(standing_.holds, seq, &ModelHold::seq);
  return found == standing_.holds.end() ? nullptr : &*found;
}

Rejection WholeModel::why_not_open(Seq hold, Timestamp now) const {
  if (hold == 0) return Rejection::hold_unknown;
  const Record& named = journal_[hold - 1];
  if (named.kind != EntryKind::hold || named.code != Rejection::none) return Rejection::not_a_hold;
  for (const ModelHold& open : standing_.holds) {
    if (open.seq != hold) continue;
    return open.expires_at <= now ? Rejection::hold_expired : Rejection::none;
  }
  const EntryKind end = latest_after(hold)->kind;
  if (end == EntryKind::release) return Rejection::hold_voided;
  return end == EntryKind::expiry ? Rejection::hold_expired : Rejection::hold_captured;
}

// The part that is captured is paid, the other one isn't held any more.
void WholeModel::take_from_hold(Seq seq, Amount captured, Amount let_go, Record& record) {
  ModelHold& hold = *find_hold(seq);
  Posting posting{.from = hold.from, .to = hold.to};
  posting.amount = captured;
  posting.held = -(captured + let_go);
  move(posting, record);
  note_let_go(account(hold.from), seq, let_go);
  record.moved = {posting};
  record.follows = seq;
  hold.left -= captured + let_go;
  record.left = hold.left;
  std::erase_if(standing_.holds, [](const ModelHold& open) { return open.left == 0; });
}

void WholeModel::capture(const Operation& operation, Timestamp now, Record& record) {
  const Seq named = named_by(operation);
  record.code = why_not_open(named, now);
  record.day = date_of(record.at);
  const ModelHold* hold = find_hold(named);
  if (hold == nullptr) return;
  record.seen = see(hold->from, hold->to);
  record.left = hold->left;
  if (record.code != Rejection::none) return;
  const Amount amount = operation.amount.value_or(hold->left);
  if (amount > hold->left) {
    record.code = Rejection::capture_exceeds_hold;
  } else if (!account(hold->from).pays() || !account(hold->to).is_paid()) {
    record.code = Rejection::account_frozen;
  }
  if (record.code != Rejection::none) return;
  take_from_hold(named, amount, operation.final ? hold->left - amount : 0, record);
}

void WholeModel::release(const Operation& operation, Timestamp now, Record& record) {
  const Seq named = named_by(operation);
  record.code = why_not_open(named, now);
  const ModelHold* hold = find_hold(named);
  if (hold == nullptr) return;
  record.seen = see(hold->from, hold->to);
  if (record.code == Rejection::none) take_from_hold(named, 0, hold->left, record);
}

Record WholeModel::expire(const ModelHold& due, Timestamp now) {
  Record record = begin(EntryKind::expiry, journal_[due.seq - 1].asked, now);
  take_from_hold(due.seq, 0, due.left, record);
  return record;
}

// Of its first leg, by all reversals so far.
Amount WholeModel::reversed_of(Seq original) const {
  Amount reversed = 0;
  const auto found = followups_.find(original);
  if (found == followups_.end()) return 0;
  for (const Seq seq : found->second) reversed += journal_[seq - 1].moved.back().amount;
  return reversed;
}

void WholeModel::reverse(const Operation& operation, Timestamp now, Record& record) {
  const auto fail = [&](Rejection code) { record.code = code; };
  const Seq named = named_by(operation);
  if (operation.deadline && now > *operation.deadline) return fail(Rejection::deadline_passed);
  if (named == 0) return fail(Rejection::original_unknown);
  const Record original = journal_[named - 1];
  const bool moved = original.kind == EntryKind::payment || original.kind == EntryKind::multi_leg ||
                     original.kind == EntryKind::capture || original.kind == EntryKind::scheduled;
  if (!moved || original.code != Rejection::none) return fail(Rejection::not_reversible);
  const bool several = original.moved.size() > 1;
  if (several && operation.amount) return fail(Rejection::reversal_not_divisible);
  record.reversed = reversed_of(named);
  const Amount left = original.moved.front().amount - record.reversed;
  const Amount amount = operation.amount.value_or(left);
  if (left == 0 || amount > left) return fail(Rejection::reversal_exceeds_original);

  const bool closed = lies_in_closed_time(operation);
  const Standing before = standing_;
  for (std::size_t i = original.moved.size(); i-- > 0;) {
    const Posting& leg = original.moved[i];
    Posting back = see(leg.to, leg.from);
    back.amount = several ? leg.amount : amount;
    const Rejection code =
        closed ? Rejection::books_closed : judge_movement(operation, false, record, back);
    if (code == Rejection::none) {
      move(back, record);
      record.moved.push_back(back);
      continue;
    }
    standing_ = before;
    record.moved.clear();
    record.seen = back;
    if (closed || !several) return fail(code);
    record.leg = i;
    record.leg_code = code;
    return fail(Rejection::leg_failed);
  }
  record.follows = named;
  record.reversed += amount;
}

}  // namespace giro::test
