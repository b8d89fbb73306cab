// Payments of one leg and of several.
#include <algorithm>

#include "tests/whole/model.hpp"

namespace giro::test {
namespace {

constexpr Int128 kMost = INT64_MAX;

}  // namespace

Posting WholeModel::see(AccountNumber from, AccountNumber to) const {
  Posting posting{.from = from, .to = to};
  if (from != 0) {
    const WholeAccount& payer = standing_.accounts[from - 1];
    posting.from_after = static_cast<Amount>(payer.balance());
    posting.from_held = {.in = static_cast<Amount>(payer.held_in),
                         .out = static_cast<Amount>(payer.held_out)};
  }
  if (to != 0) {
    const WholeAccount& receiver = standing_.accounts[to - 1];
    posting.to_after = static_cast<Amount>(receiver.balance());
    posting.to_held = {.in = static_cast<Amount>(receiver.held_in),
                       .out = static_cast<Amount>(receiver.held_out)};
  }
  return posting;
}

void WholeModel::pay(const Operation& operation, Timestamp now, Record& record) {
  const bool several = operation.legs.size() > 1;
  const std::optional<Standing> before = several ? std::optional(standing_) : std::nullopt;
  for (std::size_t i = 0; i < operation.legs.size(); ++i) {
    Posting posting;
    const Rejection code = judge(operation, operation.legs[i], now, record, posting);
    const bool is_late = code == Rejection::deadline_passed;
    const bool closed = several && lies_in_closed_time(operation);
    if (code == Rejection::none && !closed) {
      move(posting, record);
      record.moved.push_back(posting);
      continue;
    }
    if (before) standing_ = *before;
    record.moved.clear();
    record.seen = posting;
    record.code = code;
    if (!several || is_late) return;
    if (closed) {  // Of the whole payment, whatever is wrong with its legs.
      record.code = Rejection::books_closed;
      return;
    }
    record.code = Rejection::leg_failed;
    record.leg = i;
    record.leg_code = code;
    return;
  }
}

// In the order of the table of codes.
Rejection WholeModel::judge(const Operation& operation, const OperationLeg& leg, Timestamp now,
                            const Record& record, Posting& posting) {
  const bool holds = operation.method == Method::hold;
  posting = see(find(leg.from), find(leg.to));
  posting.amount = leg.amount;
  if (operation.deadline && now > *operation.deadline) return Rejection::deadline_passed;
  if (posting.from == 0 || posting.to == 0) return Rejection::account_unknown;
  if (account(posting.from).opened.currency != leg.currency ||
      account(posting.to).opened.currency != leg.currency) {
    return Rejection::currency_mismatch;
  }
  if (holds && operation.expires_at && *operation.expires_at <= now) return Rejection::hold_expired;
  if (lies_in_closed_time(operation)) return Rejection::books_closed;
  return judge_movement(operation, holds, record, posting);
}

Rejection WholeModel::judge_movement(const Operation& operation, bool holds, const Record& record,
                                     Posting& posting) {
  const WholeAccount& from = account(posting.from);
  const WholeAccount& to = account(posting.to);
  if (from.closed || to.closed) return Rejection::account_closed;
  if (!from.pays() || !to.is_paid()) return Rejection::account_frozen;
  const std::optional<Int128> available = from.available();
  if (operation.method != Method::reverse) {
    if (operation.if_version && *operation.if_version != from.version) {
      return Rejection::precondition_version;
    }
    if (operation.if_available_gte && available && *available < *operation.if_available_gte) {
      return Rejection::precondition_balance;
    }
    if (operation.up_to && available && *available < posting.amount) {
      if (*available <= 0) return Rejection::insufficient_funds;
      posting.amount = static_cast<Amount>(*available);
    }
  }
  const Int128 amount = posting.amount;
  if (from.balance() - from.held_out - amount < -kMost ||
      to.balance() + to.held_in + amount > kMost) {
    return Rejection::overflow;
  }
  // What is held is an amount itself.
  if (holds && (from.held_out + amount > kMost || to.held_in + amount > kMost)) {
    return Rejection::overflow;
  }
  if (available && *available < amount) return Rejection::insufficient_funds;
  if (to.ceiling && to.balance() + to.held_in + amount > *to.ceiling) {
    return Rejection::ceiling_exceeded;
  }
  return allows(from, posting.amount, record) ? Rejection::none : Rejection::velocity_exceeded;
}

void WholeModel::move(Posting& posting, const Record& record) {
  WholeAccount& from = account(posting.from);
  WholeAccount& to = account(posting.to);
  const Int128 from_before = from.balance();
  const Int128 to_before = to.balance();
  const Posting asked = posting;
  from.out += asked.amount;
  to.in += asked.amount;
  from.held_out += asked.held;
  to.held_in += asked.held;
  posting = see(asked.from, asked.to);
  posting.amount = asked.amount;
  posting.held = asked.held;
  posting.from_prev = from.last_seq;
  posting.to_prev = to.last_seq;
  from.last_seq = record.seq;
  to.last_seq = record.seq;
  ++from.version;
  ++to.version;
  posting.crossed =
      static_cast<std::uint8_t>(crossed(from.alerts, from_before, from.balance()) |
                                (crossed(to.alerts, to_before, to.balance()) << kCrossedBitsOfOne));
  // A hold goes out when it is made, so that its capture doesn't.
  if (asked.amount + asked.held > 0) note_paid(from, asked.amount + asked.held, record);
}

}  // namespace giro::test
