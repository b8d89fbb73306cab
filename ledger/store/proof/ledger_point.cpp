#include "ledger/store/proof/ledger_point.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace giro::store {
namespace {

void add_totals(const State& state, LedgerPoint& point) {
  std::map<CurrencyCode, TrialBalanceLine> lines;
  for (AccountNumber number = 1; number <= state.account_count(); ++number) {
    const Account& account = state.account(number);
    TrialBalanceLine& line = lines[state.currency(account.currency).code];
    line.currency = state.currency(account.currency);
    line.sums.add(account.balance);
  }
  point.accounts = state.account_count();
  for (auto& [code, line] : lines) point.totals.push_back(line);
}

}  // namespace

std::vector<std::string> total_lines(const LedgerPoint& point) {
  std::vector<std::string> lines;
  lines.reserve(point.totals.size());
  for (const TrialBalanceLine& line : point.totals) {
    lines.push_back(fmt::format("{} {} {} {} {}", line.currency.code.view(), line.currency.scale,
                                line.sums.accounts, format_integer(line.sums.debit),
                                format_integer(line.sums.credit)));
  }
  return lines;
}

PointsTaken::PointsTaken(const PointsWanted& wanted)
    : seqs_(wanted.seqs), head_(wanted.head), is_wanted_(wanted.head || !wanted.seqs.empty()) {
  std::ranges::sort(seqs_, std::greater<>());
  const auto again = std::ranges::unique(seqs_);
  seqs_.erase(again.begin(), again.end());
}

void PointsTaken::take_at(const Entry& entry, const Digest& digest, const State& state) {
  while (!seqs_.empty() && seqs_.back() < entry.seq) seqs_.pop_back();  // They end no commit.
  last_.seq = entry.seq;
  last_.at = entry.at;
  last_.digest = digest;
  if (seqs_.empty() || seqs_.back() != entry.seq) return;
  LedgerPoint point = last_;
  point.root = tree_.root();
  add_totals(state, point);
  points_.push_back(std::move(point));
}

std::vector<LedgerPoint> PointsTaken::take(const State& state) {
  const bool is_taken = !points_.empty() && points_.back().seq == last_.seq;
  const bool is_end = last_.seq > 0 && tree_.size() == last_.seq;
  if (head_ && is_end && !is_taken) {
    last_.root = tree_.root();
    add_totals(state, last_);
    points_.push_back(last_);
  }
  return std::move(points_);
}

}  // namespace giro::store
