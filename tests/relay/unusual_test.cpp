// Unusual payments: what is told and what isn't, in numbers and words, and that the history is bounded and survives.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/timestamp.hpp"
#include "relay/unusual/detector.hpp"
#include "relay/unusual/statistic.hpp"

namespace giro::relay {
namespace {

namespace json = boost::json;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kMinute = 60'000'000'000;

// A detector whose file is a map, and payments in it.
class Payments {
 public:
  explicit Payments(UnusualPolicy policy = {}) : policy_(policy) { restart(); }

  void restart() {
    detector_.emplace(
        policy_,
        [this](const std::string& account) -> std::optional<std::string> {
          const auto found = file_.find(account);
          if (found == file_.end()) return std::nullopt;
          return found->second;
        },
        [](const std::string& currency) -> std::optional<int> {
          return currency == "EUR" ? std::optional(2) : std::nullopt;
        });
  }
  void write() {
    detector_->each_changed([this](const std::string& account, const std::string& history) {
      file_[account] = history;
    });
    detector_->set_written();
  }
  void pass(std::int64_t minutes) { ns_ += minutes * kMinute; }

  std::vector<Note> pay(Amount amount, const std::string& from = "ada",
                        const std::string& currency = "EUR") {
    Event event{.seq = ++seq_,
                .at = format_rfc3339(Timestamp{ns_}),
                .kind = "payment",
                .status = "applied"};
    event.outflows.push_back({.account = from, .amount = amount, .currency = currency});
    event.text = "{\"seq\":" + std::to_string(seq_) + "}";
    return detector_->observe(event);
  }
  // Around 12.00, and a wide one now and then.
  void used_to_pay(int payments) {
    for (int each = 0; each < payments; ++each) {
      (void)pay(each % 50 == 49 ? 4'000 : 1'000 + each % 7 * 70);
      pass(60);
    }
  }

  Detector& detector() { return *detector_; }

 private:
  UnusualPolicy policy_;
  std::map<std::string, std::string> file_;
  std::optional<Detector> detector_;
  std::int64_t ns_ = 490'000 * 3'600'000'000'000;
  std::int64_t seq_ = 0;
};

json::object data_of(const Note& note) {
  return json::parse(note.data).as_object();
}

TEST(Unusual, AnAmountFarFromWhatTheAccountPaysIsToldInWordsAndNumbers) {
  Payments payments;
  payments.used_to_pay(200);
  const auto notes = payments.pay(95'000);
  ASSERT_THAT(notes, SizeIs(1));
  const json::object data = data_of(notes.front());
  EXPECT_EQ(data.at("words"),
            "amount 950.00 EUR; the last 200 of this account had median 12.10, 99 % at most 40.00");
  EXPECT_EQ(data.at("account"), "ada");
  EXPECT_EQ(data.at("entry").as_object().at("seq"), 201);
  const json::object& reason = data.at("reasons").as_array().at(0).as_object();
  EXPECT_EQ(reason.at("of"), "amount");
  EXPECT_EQ(reason.at("amount"), 95'000);
  EXPECT_EQ(reason.at("payments"), 200);
  EXPECT_GT(reason.at("score").as_double(), 5.0);
}

TEST(Unusual, AmountsWithinItsRangeAreNot) {
  Payments payments;
  payments.used_to_pay(200);
  EXPECT_THAT(payments.pay(900), IsEmpty());
  EXPECT_THAT(payments.pay(1'900), IsEmpty());
  EXPECT_THAT(payments.pay(4'000), IsEmpty()) << "it pays that now and then";
}

TEST(Unusual, AMuchSmallerAmountIsToldToo) {
  Payments payments;
  payments.used_to_pay(200);
  const auto notes = payments.pay(1);
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes.front().data, HasSubstr("amount 0.01 EUR"));
  EXPECT_THAT(notes.front().data, HasSubstr("99 % at least 10.00"));
}

TEST(Unusual, AnAccountIsntJudgedBeforeItIsKnown) {
  Payments payments;
  payments.used_to_pay(29);
  EXPECT_THAT(payments.pay(9'999'999), IsEmpty());
}

TEST(Unusual, WhatAnAccountPaysFromNowOnBecomesUsual) {
  Payments payments;
  payments.used_to_pay(200);
  int told = 0;
  for (int each = 0; each < 20; ++each) {
    told += static_cast<int>(payments.pay(95'000).size());
    payments.pass(60);
  }
  EXPECT_EQ(told, 3) << "one in a hundred of two hundred is two";
}

TEST(Unusual, ManyPaymentsWithinAnHourAreToldOnce) {
  Payments payments;
  payments.used_to_pay(100);
  std::vector<Note> notes;
  for (int each = 0; each < 30; ++each) {
    for (Note& note : payments.pay(1'200)) notes.push_back(std::move(note));
  }
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes.front().data,
              HasSubstr("6 payments since 2025-11-28T20:00Z; in the 100 hours before, this account "
                        "made 1 an hour (median), 99 % of the hours at most 1"));
  EXPECT_EQ(data_of(notes.front()).at("reasons").as_array().at(0).as_object().at("of"), "rate");
}

TEST(Unusual, ABusyAccountIsntToldForItsUsualRate) {
  Payments payments;
  for (int hour = 0; hour < 100; ++hour) {
    for (int each = 0; each < 40 + hour % 9; ++each) EXPECT_THAT(payments.pay(1'200), IsEmpty());
    payments.pass(60);
  }
}

TEST(Unusual, AmountsOfACurrencyWithoutAKnownScaleAreShownInMinorUnits) {
  Payments payments;
  for (int each = 0; each < 40; ++each) payments.pay(1'000, "bob", "PTS");
  const auto notes = payments.pay(100'000, "bob", "PTS");
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes.front().data, HasSubstr("amount 100000 minor units of PTS"));
}

TEST(Unusual, GoesOnFromTheFileAsIfItHadNeverStopped) {
  Payments payments;
  payments.used_to_pay(150);
  payments.write();
  payments.restart();
  payments.used_to_pay(50);
  const auto notes = payments.pay(95'000);
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes.front().data, HasSubstr("the last 200 of this account had median 12.10"));
}

TEST(Unusual, ForgetsFromMemoryOnlyWhatIsInTheFile) {
  Payments payments({.payments_min = 3});
  const int accounts = static_cast<int>(Detector::kHistoriesMax) + 500;
  for (int round = 0; round < 3; ++round) {
    for (int account = 0; account < accounts; ++account) {
      payments.pay(1'000, "a" + std::to_string(account));
      if (payments.detector().has_much_to_write()) payments.write();
    }
  }
  EXPECT_THAT(payments.pay(99'000, "a0"), SizeIs(1));
  EXPECT_THAT(payments.pay(99'000, "a" + std::to_string(accounts - 1)), SizeIs(1));
}

TEST(Histories, AreBoundedAndComeBackAsTheyWere) {
  History history;
  for (std::int64_t hour = 0; hour < 1'000; ++hour) history.add(hour, {hour + 1, 5});
  EXPECT_THAT(history.amounts(), SizeIs(History::kAmountsMax));
  EXPECT_THAT(history.hours(), SizeIs(History::kHoursMax));
  const std::string bytes = history.encoded();
  EXPECT_LT(bytes.size(), 2'400U);
  EXPECT_EQ(History::decoded(bytes), history);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    EXPECT_FALSE(History::decoded(std::string_view(bytes).substr(0, cut)));
  }
}

TEST(Histories, CountHoursWithoutPayments) {
  History history;
  history.add(100, {1});
  history.add(104, {1});
  EXPECT_THAT(history.hours(), testing::ElementsAre(1, 0, 0, 0));
  history.add(103, {1});
  EXPECT_EQ(history.in_this_hour(), 2U) << "an hour that goes back counts as the last one";
  history.advance_to(1'000'000);
  EXPECT_THAT(history.hours(), SizeIs(History::kHoursMax));
}

TEST(Statistics, AreThoseOfTheBooks) {
  EXPECT_EQ(median_of({3, 1, 2}), 2);
  EXPECT_EQ(median_of({4, 1, 2, 3}), 2.5);
  // Ten values and their MAD by hand: distances from 5.5 are 0.5 0.5 1.5 1.5 2.5 2.5 3.5 3.5 4.5 94.5.
  const Spread spread = spread_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 100});
  EXPECT_EQ(spread.median, 5.5);
  EXPECT_EQ(spread.mad, 2.5);
  EXPECT_THAT(robust_score(100, spread, 0.1), DoubleNear(0.6745 * 94.5 / 2.5, 0.01));
  std::vector<double> hundred;
  for (int value = 1; value <= 100; ++value) hundred.push_back(value);
  EXPECT_EQ(quantile_99(hundred), 99);
  EXPECT_EQ(quantile_1(hundred), 2);
  EXPECT_EQ(quantile_99({7}), 7);
}

}  // namespace
}  // namespace giro::relay
