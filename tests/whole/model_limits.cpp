// Limits in time, and alerts.
#include <algorithm>
#include <set>

#include "tests/whole/model.hpp"

namespace giro::test {

ModelUse WholeModel::used(const WholeAccount& account, const ModelLimit& limit, Timestamp at) {
  const std::int64_t piece = limit.terms.window_ns / 1'000;
  ModelUse use;
  std::set<Seq> payments;
  for (const ModelPaid& paid : account.paid) {
    if (paid.at < limit.since || paid.amount == 0) continue;
    const std::int64_t end_of_piece = (paid.at.ns / piece + 1) * piece;
    if (end_of_piece <= at.ns - limit.terms.window_ns) continue;
    use.amount += paid.amount;
    payments.insert(paid.by);
  }
  use.count = static_cast<std::int64_t>(payments.size());
  return use;
}

bool WholeModel::allows(const WholeAccount& payer, Amount amount, const Record& record) {
  // Several legs of one payment are one payment.
  const bool is_counted =
      std::ranges::find(payer.paid, record.seq, &ModelPaid::by) != payer.paid.end();
  return std::ranges::all_of(payer.limits, [&](const ModelLimit& limit) {
    const ModelUse use = used(payer, limit, record.at);
    if (limit.terms.amount && use.amount + amount > *limit.terms.amount) return false;
    return !limit.terms.count ||
           use.count + (is_counted ? 0 : 1) <= std::int64_t{*limit.terms.count};
  });
}

void WholeModel::note_paid(WholeAccount& payer, Amount amount, const Record& record) {
  constexpr std::int64_t kLongEnough =
      7'200'000'000'000;  // No limit of these tests looks back so far.
  std::erase_if(payer.paid,
                [&](const ModelPaid& paid) { return paid.at.ns < record.at.ns - kLongEnough; });
  payer.paid.push_back({.by = record.seq, .at = record.at, .amount = amount});
}

void WholeModel::note_let_go(WholeAccount& payer, Seq hold, Amount amount) {
  for (ModelPaid& paid : payer.paid) {
    if (paid.by == hold) paid.amount -= amount;
  }
}

unsigned WholeModel::crossed(const AlertLines& alerts, Int128 before, Int128 after) {
  unsigned lines = 0;
  if (alerts.below && before >= *alerts.below && after < *alerts.below) lines |= kFromBelow;
  if (alerts.above && before <= *alerts.above && after > *alerts.above) lines |= kFromAbove;
  return lines;
}

}  // namespace giro::test
