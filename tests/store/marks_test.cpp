// The skip list of an account's marks: which levels a mark has, and which earlier ones it names.
#include "ledger/store/history/marks.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/state/state.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

using store::Mark;
using store::MarkTower;
using store::NewestMarks;

// Two accounts that pay each other in payments of so many legs, and the marks of the payer.
class PayingAccount {
 public:
  PayingAccount() {
    (void)state_.apply(checked(account("from", without_floor)), {}, Timestamp{1}, 0);
    (void)state_.apply(checked(account("to", without_floor)), {}, Timestamp{2}, 0);
  }

  void pay(std::size_t legs) {
    const std::vector<LegRequest> all(legs, eur("from", "to", 1));
    PaymentRequest request = legs == 1 ? payment(all.front()) : payment(all);
    const std::string key = "k" + std::to_string(state_.seq());
    request.key = key;
    const Entry entry = state_.apply(checked(request), {}, Timestamp{3}, 0);
    std::vector<Mark> due;
    store::append_due_marks(entry, state_, newest_, due);
    for (Mark& mark : due) {
      if (mark.account == 1) marks_.push_back(mark);
    }
  }

  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }
  [[nodiscard]] const NewestMarks& newest() const { return newest_; }

 private:
  State state_;
  NewestMarks newest_;
  std::vector<Mark> marks_;
};

// What a mark at this place of the list should name: the latest of each level before it.
MarkTower latest_of_each_level(const std::vector<Mark>& marks, std::size_t before) {
  MarkTower tower;
  for (std::size_t level = 0;; ++level) {
    std::size_t i = before;
    while (i > 0 && marks[i - 1].level < level) --i;
    if (i == 0) return tower;
    tower.push(marks[i - 1].seq);
  }
}

TEST(Marks, EverySixtyFourthEntryIsOneAndEveryEighthOfThemIsOfTheNextLevel) {
  PayingAccount account;
  for (int i = 0; i < 64 * 8 * 8 + 63; ++i) account.pay(1);
  ASSERT_EQ(account.marks().size(), 64U);
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t number = i + 1;
    EXPECT_EQ(account.marks()[i].entry, number * 64);
    EXPECT_EQ(account.marks()[i].level, number == 64 ? 2U : number % 8 == 0 ? 1U : 0U) << number;
  }
}

TEST(Marks, NameTheLatestEarlierOneOfEachLevelWhateverPaymentsSkip) {
  PayingAccount account;
  std::mt19937 random(7);
  for (int i = 0; i < 4'000; ++i) account.pay(random() % 50 == 0 ? 1 + random() % 1'000 : 1);
  const std::vector<Mark>& marks = account.marks();
  ASSERT_GT(std::ranges::max(marks, {}, &Mark::level).level, 1U);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    ASSERT_EQ(marks[i].earlier, latest_of_each_level(marks, i)) << "mark " << i;
  }
  EXPECT_EQ(account.newest().of(1), latest_of_each_level(marks, marks.size()));
}

TEST(Marks, AreTheSameAfterTheirWayThroughTheFile) {
  MarkTower tower;
  for (const Seq seq : {900U, 700U, 64U}) tower.push(seq);
  EXPECT_EQ(MarkTower(tower.bytes()), tower);
  NewestMarks newest;
  newest.restore(5, tower);
  EXPECT_EQ(newest.of(5), tower);
  EXPECT_EQ(newest.of(4).latest(), 0U);
  EXPECT_THROW(MarkTower(tower.bytes().first(7)), std::runtime_error);
}

}  // namespace
}  // namespace giro::test
