// Every account's history, kept as plain lists: what statements and balances are compared with. It
// adds amounts up itself and trusts no balance or link of an entry.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ledger/store/history/reader.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {

class HistoryModel {
 public:
  struct Line {
    Seq seq = 0;
    Timestamp at;
    std::string key;
    Amount amount = 0;
    Amount balance = 0;
    AccountNumber counterparty = 0;
    std::optional<std::uint16_t> leg;
    std::uint64_t number = 0;
    std::string reference;

    friend bool operator==(const Line&, const Line&) = default;
  };

  void add(const Entry& entry) {
    times_.push_back(entry.at);
    if (entry.kind() == EntryKind::account && entry.applied()) opened_.push_back(entry.seq);
    std::uint16_t leg = 0;
    for (const Posting& posting : entry.postings()) {
      add(entry, leg, posting.from, posting.to, -posting.amount);
      add(entry, leg, posting.to, posting.from, posting.amount);
      ++leg;
    }
  }

  [[nodiscard]] const std::vector<Line>& lines(AccountNumber account) const {
    static const std::vector<Line> kNone;
    const auto found = lines_.find(account);
    return found == lines_.end() ? kNone : found->second;
  }
  // Where the account stood after everything up to `seq`.
  [[nodiscard]] store::AccountPoint at(AccountNumber account, Seq seq) const {
    const std::vector<Line>& all = lines(account);
    const auto next = std::ranges::upper_bound(all, seq, {}, &Line::seq);
    if (next == all.begin()) return {};
    const Line& last = *(next - 1);
    Int128 posted_in = 0;
    for (auto line = all.begin(); line != next; ++line)
      posted_in += std::max<Amount>(0, line->amount);
    return {.balance = last.balance,
            .posted_in = posted_in,
            .version = last.number,
            .last_seq = last.seq};
  }
  // How many accounts there were after `seq`; their numbers are 1 to that.
  [[nodiscard]] AccountNumber accounts_at(Seq seq) const {
    return static_cast<AccountNumber>(std::ranges::upper_bound(opened_, seq) - opened_.begin());
  }
  // The time of each entry, by seq - 1.
  [[nodiscard]] const std::vector<Timestamp>& times() const { return times_; }

 private:
  void add(const Entry& entry, std::uint16_t leg, AccountNumber account, AccountNumber other,
           Amount amount) {
    std::vector<Line>& all = lines_[account];
    Line line{.seq = entry.seq,
              .at = entry.at,
              .key = std::string(entry.key.view()),
              .amount = amount,
              .balance = (all.empty() ? 0 : all.back().balance) + amount,
              .counterparty = other,
              .leg = std::nullopt,
              .number = all.size() + 1,
              .reference = {}};
    if (entry.kind() == EntryKind::multi_leg) line.leg = leg;
    if (entry.options() != nullptr) line.reference = entry.options()->reference;
    all.push_back(std::move(line));
  }

  std::map<AccountNumber, std::vector<Line>> lines_;
  std::vector<Seq> opened_;
  std::vector<Timestamp> times_;
};

inline HistoryModel model_of(const TestLedger& ledger) {
  HistoryModel model;
  for (const Entry& entry : ledger.journal()) model.add(entry);
  return model;
}

}  // namespace giro::test
