// Random requests of every kind, the same ones for the same seed: payments of one leg and of
// several, applied and rejected, with and without options, in four currencies; accounts that open,
// and ones that exist already.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/store/test_ledger.hpp"

namespace giro::test {

// A request that owns its text, so that it can be sent again.
struct SentPayment {
  struct SentLeg {
    std::string from;
    std::string to;
    Amount amount = 0;
    std::string currency;
  };
  std::string key;
  std::vector<SentLeg> legs;
  std::optional<std::int64_t> code;
  std::optional<std::string> reference;
  std::optional<std::string> description;
  std::optional<std::string> metadata;
  std::optional<std::string> deadline;
  bool up_to = false;

  [[nodiscard]] CheckedPayment check() const {
    std::vector<LegRequest> views;
    views.reserve(legs.size());
    for (const SentLeg& leg : legs) views.push_back({leg.from, leg.to, leg.amount, leg.currency});
    PaymentRequest request;
    request.key = key;
    if (views.size() == 1) {
      request.leg = views.front();
    } else {
      request.legs = views;
    }
    request.code = code;
    request.reference = reference;
    request.description = description;
    request.metadata = metadata;
    request.deadline = deadline;
    request.up_to = up_to;
    return checked(request);
  }
};

class Workload {
 public:
  static constexpr std::array<const char*, 5> kReferences{"inv-1", "inv-2", "inv-3", "inv-4",
                                                          "inv-5"};

  explicit Workload(std::uint64_t seed) : random_(seed) {}

  // A source of money and a few accounts of each currency; commits.
  void open_accounts(TestLedger& ledger, std::size_t of_each = 6) {
    for (const char* currency : kCurrencies) {
      open_account(ledger, currency, true);
      for (std::size_t i = 1; i < of_each; ++i) open_account(ledger, currency, false);
    }
    ledger.commit();
  }

  // Decides so many requests; doesn't commit.
  void decide(TestLedger& ledger, std::size_t requests) {
    for (std::size_t i = 0; i < requests; ++i) decide_one(ledger);
  }
  // The same in groups of a random size up to `group_max`, each committed.
  void run(TestLedger& ledger, std::size_t requests, std::size_t group_max) {
    while (requests > 0) {
      const std::size_t group = std::min<std::size_t>(requests, 1 + pick(group_max));
      decide(ledger, group);
      ledger.commit();
      requests -= group;
    }
  }

  [[nodiscard]] const std::vector<SentPayment>& sent() const { return sent_; }
  [[nodiscard]] std::size_t pick(std::size_t count) {
    return static_cast<std::size_t>(random_() % count);
  }

 private:
  static constexpr std::array<const char*, 4> kCurrencies{"EUR", "USD", "JPY", "PTS"};

  [[nodiscard]] bool chance(std::size_t percent) { return pick(100) < percent; }

  void open_account(TestLedger& ledger, const std::string& currency, bool source) {
    const std::string id = currency + ":" + std::to_string(accounts_[currency].size());
    accounts_[currency].push_back(id);
    const std::string metadata = R"({"name":")" + id + R"("})";
    ledger.open(id, [&](OpenAccountRequest& open) {
      open.currency = currency;
      if (currency == "PTS") open.scale = 3;
      if (source || chance(10)) open.floor.reset();
      if (!source && chance(20)) open.ceiling = 5'000;
      if (chance(30)) open.metadata = metadata;
    });
  }

  void decide_one(TestLedger& ledger) {
    if (chance(2)) return open_account(ledger, kCurrencies[pick(kCurrencies.size())], false);
    if (chance(1)) {
      ledger.open("EUR:0", in_dollars);
      return;
    }
    sent_.push_back(make_payment());
    ledger.submit(sent_.back().check());
  }

  SentPayment make_payment() {
    SentPayment payment;
    payment.key = "key-" + std::to_string(random_());
    if (payment.key.back() == '7')
      payment.key.resize(PaymentKey::kBytesMax, 'x');  // A composite one.
    const std::size_t legs = chance(15) ? 2 + pick(5) : 1;
    for (std::size_t i = 0; i < legs; ++i) payment.legs.push_back(make_leg());
    if (chance(10)) payment.code = static_cast<std::int64_t>(pick(1'000));
    if (chance(10)) payment.reference = kReferences[pick(kReferences.size())];
    if (chance(5)) payment.description = "Gr\xC3\xBC\xC3\x9F \"Gott\" \\ " + payment.key;
    if (chance(5)) payment.metadata = R"({"order":)" + std::to_string(pick(1'000)) + "}";
    if (chance(2)) payment.deadline = "2001-01-01T00:00:00Z";
    if (chance(4) && legs == 1) payment.up_to = true;
    return payment;
  }

  SentPayment::SentLeg make_leg() {
    const std::string currency = kCurrencies[pick(kCurrencies.size())];
    const std::vector<std::string>& ids = accounts_[currency];
    // Half of all money comes from the source, so that the others have some to pay with.
    const std::size_t from = chance(50) ? 0 : pick(ids.size());
    const std::size_t to = (from + 1 + pick(ids.size() - 1)) % ids.size();
    SentPayment::SentLeg leg{.from = ids[from],
                             .to = ids[to],
                             .amount = 1 + static_cast<Amount>(pick(1'000)),
                             .currency = currency};
    if (chance(2)) leg.to = "nobody";
    if (chance(1)) leg.currency = currency == "EUR" ? "USD" : "EUR";
    return leg;
  }

  std::mt19937_64 random_;
  std::map<std::string, std::vector<std::string>> accounts_;
  std::vector<SentPayment> sent_;
};

// So many payments whose metadata goes on over a page of its own, on which there is nothing else. Commits.
// REQUIRES: a Workload's accounts; at most 30.
inline void pay_with_long_texts(TestLedger& ledger, std::size_t payments) {
  for (std::size_t i = 0; i < payments; ++i) {
    const std::string metadata = R"({"text":")" + std::string(4'050 + i, 'x') + R"("})";
    ledger.pay("long-" + std::to_string(i), eur("EUR:0", "EUR:1", 1),
               [&metadata](PaymentRequest& payment) { payment.metadata = metadata; });
  }
  ledger.commit();
}

// What stays open: so many holds, and a payment that is due each day from 2050 on; commits.
inline void open_holds_and_a_schedule(TestLedger& ledger, int holds) {
  ledger.open("open:world", without_floor);
  ledger.open("open:shop");
  for (int i = 0; i < holds; ++i) {
    HoldRequest request = hold(eur("open:world", "open:shop", 7 + i));
    const std::string key = "open-hold-" + std::to_string(i);
    request.payment.key = key;
    ledger.submit(checked(request));
  }
  ScheduleRequest daily = schedule(payment(eur("open:world", "open:shop", 5)),
                                   "2050-01-01T00:00:00Z", [](auto& s) { s.every = "P1D"; });
  daily.payment.key = "open-daily";
  ledger.submit(checked(daily));
  ledger.commit();
}

}  // namespace giro::test
