// Three ledgers that each have a part of the accounts, and transfers between them: a hold in the payer's ledger, the
// payment in the payee's, then the capture or the release of the hold (docs/SCALE.md). Whoever moves a transfer on keeps
// nothing of it: each step's key follows from the transfer's, so that any number of movers may try, die and try again.
// Messages are lost, late, doubled and overtaken; ledgers crash before and after their commits.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

constexpr std::size_t kParts = 3;
constexpr int kCustomers = 4;  // Of each part.
constexpr Amount kFunds = 1'000;

struct Transfer {
  std::size_t from_part = 0;
  std::size_t to_part = 0;
  std::string payer;
  std::string payee;
  Amount amount = 0;
};

enum class Step : std::uint8_t { hold, pay, capture, release };

// Of transfer 17: "t17:hold".
std::string key_of(std::size_t transfer, Step step) {
  constexpr std::array kNames{"hold", "pay", "capture", "release"};
  return "t" + std::to_string(transfer) + ":" + kNames.at(static_cast<std::size_t>(step));
}

std::string transit_to(std::size_t part) {
  return "transit:" + std::to_string(part);
}

// One ledger, by itself a whole one.
class Part {
 public:
  explicit Part(std::size_t number) {
    ledger_.open("world", without_floor);
    for (std::size_t other = 0; other < kParts; ++other) {
      if (other != number) ledger_.open(transit_to(other), without_floor);
    }
    for (int i = 0; i < kCustomers; ++i) {
      const std::string id = customer(i);
      // Some can't take much, so that payments are rejected where they arrive.
      ledger_.open(id, [i](auto& open) {
        if (i == 0) open.ceiling = kFunds + 60;
      });
      ledger_.pay("funds:" + id, eur("world", id, kFunds));
    }
    ledger_.commit();
  }

  static std::string customer(int i) { return "customer:" + std::to_string(i); }

  // Whether it was applied; decided once, however often it is asked. Nothing: it crashed, and nobody knows.
  std::optional<bool> carry_out(std::size_t number, const Transfer& transfer, Step step,
                                std::uint64_t fate) {
    const Outcome outcome = decide(number, transfer, step);
    const bool applied = entry_of(outcome, ledger_.store().group()).applied();
    if (fate % 20 == 0) {  // Before its commit: it never was.
      ledger_.crash_and_reopen();
      return {};
    }
    ledger_.commit();
    if (fate % 20 == 1) {  // Behind it.
      ledger_.crash_and_reopen();
      return {};
    }
    return applied;
  }

  [[nodiscard]] Amount balance(const std::string& id) const {
    const State& state = ledger_.state();
    return state.account(state.find(id)).balance;
  }
  // What its customers could spend.
  [[nodiscard]] Amount spendable() const {
    Amount sum = 0;
    for (int i = 0; i < kCustomers; ++i) {
      const State& state = ledger_.state();
      const Account& account = state.account(state.find(customer(i)));
      sum += account.balance - account.held.out;
    }
    return sum;
  }
  // The transfers whose holds are open, as holds.list tells them.
  [[nodiscard]] std::vector<std::size_t> open_transfers() const {
    std::vector<std::size_t> transfers;
    for (const auto& hold : ledger_.state().holds()) {
      transfers.push_back(std::stoull(std::string(hold.second.key.view().substr(1))));
    }
    return transfers;
  }
  [[nodiscard]] bool has_applied(const std::string& key) {
    const auto entry = ledger_.ledger().find_payment(PaymentKey(key));
    return entry.value() != nullptr && entry.value()->applied();
  }
  [[nodiscard]] std::string problems() const { return problems_of(ledger_.file()); }

 private:
  Outcome decide(std::size_t number, const Transfer& transfer, Step step) {
    const std::string key = key_of(number, step);
    const std::string hold_key = key_of(number, Step::hold);
    switch (step) {
      case Step::hold:
        return ledger_.submit(
            checked(hold(eur(transfer.payer, transit_to(transfer.to_part), transfer.amount),
                         [&key](auto& request) { request.payment.key = key; })));
      case Step::pay:
        return ledger_.pay(key,
                           eur(transit_to(transfer.from_part), transfer.payee, transfer.amount));
      case Step::capture:
        return ledger_.submit(
            checked(capture(by_key(hold_key), [&key](auto& request) { request.key = key; })));
      case Step::release:
        break;
    }
    return ledger_.submit(
        checked(release(by_key(hold_key), [&key](auto& request) { request.key = key; })));
  }

  TestLedger ledger_;
};

// What somebody who moves transfers on has heard of them; forgotten when it dies.
class Mover {
 public:
  // What it would do next; nothing: the transfer is over.
  [[nodiscard]] std::optional<Step> next(std::size_t transfer) const {
    const auto heard = heard_.find(transfer);
    const auto& of = heard == heard_.end() ? kNothing : heard->second;
    if (!of.contains(Step::hold)) return Step::hold;
    if (!of.at(Step::hold)) return {};
    if (!of.contains(Step::pay)) return Step::pay;
    const Step last = of.at(Step::pay) ? Step::capture : Step::release;
    return of.contains(last) ? std::nullopt : std::optional(last);
  }
  void hear(std::size_t transfer, Step step, bool applied) { heard_[transfer][step] = applied; }
  void die() { heard_.clear(); }

 private:
  using Heard = std::map<Step, bool>;
  inline static const Heard kNothing;
  std::map<std::size_t, Heard> heard_;
};

class SplitLedgers {
 public:
  explicit SplitLedgers(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kParts; ++i) parts_.push_back(std::make_unique<Part>(i));
  }

  void ask() {
    const std::size_t from = draw(kParts);
    transfers_.push_back({.from_part = from,
                          .to_part = (from + 1 + draw(kParts - 1)) % kParts,
                          .payer = Part::customer(static_cast<int>(draw(kCustomers))),
                          .payee = Part::customer(static_cast<int>(draw(kCustomers))),
                          .amount = 1 + static_cast<Amount>(draw(400))});
  }
  // One of the movers looks at one of the transfers, and messages arrive.
  void go_on(unsigned lost_percent) {
    if (!transfers_.empty()) {
      // The client of every tenth died: only its hold tells of it.
      const std::size_t transfer = draw(transfers_.size());
      if (transfer % 10 != 9 || draw(4) == 0) send(draw(movers_.size()), transfer, lost_percent);
    }
    if (draw(40) == 0) movers_.at(draw(movers_.size())).die();
    while (!messages_.empty() && draw(3) > 0) deliver(lost_percent);
  }
  // What the open holds tell, until there are none: a mover needs nothing else.
  void finish() {
    for (int round = 0; round < 100 && moves_something(); ++round) {
      for (const auto& part : parts_) {
        for (const std::size_t transfer : part->open_transfers()) send(0, transfer, 0);
      }
      for (std::size_t i = 0; i < transfers_.size(); ++i) {
        if (movers_[0].next(i)) send(0, i, 0);
      }
      while (!messages_.empty()) deliver(0);
    }
  }

  void expect_no_money_spent_twice() const {
    Amount spendable = 0;
    for (const auto& part : parts_) spendable += part->spendable();
    ASSERT_LE(spendable, static_cast<Amount>(kParts) * kCustomers * kFunds);
  }
  void expect_all_settled() {
    Amount customers = 0;
    for (const auto& part : parts_) {
      ASSERT_TRUE(part->open_transfers().empty());
      ASSERT_EQ(part->problems(), "");
      customers += part->spendable();
    }
    ASSERT_EQ(customers, static_cast<Amount>(kParts) * kCustomers * kFunds);
    for (std::size_t a = 0; a < kParts; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        ASSERT_EQ(parts_[a]->balance(transit_to(b)), -parts_[b]->balance(transit_to(a)));
      }
    }
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      const bool paid = parts_[transfers_[i].to_part]->has_applied(key_of(i, Step::pay));
      Part& payer = *parts_[transfers_[i].from_part];
      ASSERT_EQ(payer.has_applied(key_of(i, Step::capture)), paid) << i;
      ASSERT_EQ(payer.has_applied(key_of(i, Step::release)),
                payer.has_applied(key_of(i, Step::hold)) && !paid)
          << i;
      (paid ? moved : refused) += 1;
    }
  }
  std::uint64_t draw(std::uint64_t count) { return random_() % count; }

  int moved = 0;
  int refused = 0;

 private:
  struct Message {
    std::size_t mover = 0;
    std::size_t transfer = 0;
    Step step = Step::hold;
    std::optional<bool> answer;  // Nothing: it is on its way to the ledger.
  };

  void post(const Message& message, unsigned lost_percent) {
    if (draw(100) >= lost_percent) messages_.push_back(message);
    if (draw(100) < lost_percent) messages_.push_back(message);
  }
  void send(std::size_t mover, std::size_t transfer, unsigned lost_percent) {
    if (const auto step = movers_.at(mover).next(transfer)) {
      post({.mover = mover, .transfer = transfer, .step = *step, .answer = {}}, lost_percent);
    }
  }
  void deliver(unsigned lost_percent) {
    const std::size_t which = draw(messages_.size());
    Message message = messages_[which];
    messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(which));
    if (message.answer) {
      movers_.at(message.mover).hear(message.transfer, message.step, *message.answer);
      return;
    }
    const Transfer& transfer = transfers_.at(message.transfer);
    Part& part = *parts_.at(message.step == Step::pay ? transfer.to_part : transfer.from_part);
    const std::uint64_t fate = lost_percent == 0 ? 7 : random_();
    message.answer = part.carry_out(message.transfer, transfer, message.step, fate);
    if (message.answer) post(message, lost_percent);
  }
  bool moves_something() {
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      if (movers_[0].next(i)) return true;
    }
    return !messages_.empty();
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Transfer> transfers_;
  std::array<Mover, 2> movers_;
  std::vector<Message> messages_;
};

TEST(SplitLedgers, LoseAndDoubleNoMoneyWhateverIsLostBetweenThem) {
  const std::uint64_t seeds = std::getenv("GIRO_LONG") != nullptr ? 2'000 : 20;
  int moved = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SplitLedgers ledgers(seed);
    for (int i = 0; i < 300; ++i) {
      if (i < 200 && ledgers.draw(4) == 0) ledgers.ask();
      ledgers.go_on(25);
      ASSERT_NO_FATAL_FAILURE(ledgers.expect_no_money_spent_twice());
    }
    ledgers.finish();
    ASSERT_NO_FATAL_FAILURE(ledgers.expect_all_settled());
    moved += ledgers.moved;
    refused += ledgers.refused;
  }
  EXPECT_GT(moved, static_cast<int>(10 * seeds));
  EXPECT_GT(refused, static_cast<int>(seeds)) << "the test says little";
}

}  // namespace
}  // namespace giro::test
