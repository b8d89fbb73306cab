// Deciding: State::apply of plain payments that all apply, in memory, without a store. The keys are
// not looked up: that is keys_bench.cpp.
//
//   accounts         how many there are; the payments go to random ones of them
//   looked_ahead   1: as the daemon does it, the accounts' names some payments ahead, in three steps; 0:
//                  not at all
//
// Items are payments.
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "bench/store_payments.hpp"
#include "engine/look_ahead.hpp"

namespace giro::bench {
namespace {

// Enough that their accounts and they themselves don't stay in a core's cache.
constexpr std::size_t kPayments = 65'536;

struct Decided {
  explicit Decided(std::uint64_t accounts) {
    for (std::uint64_t number = 0; number < accounts; ++number) {
      (void)ledger.apply(make_account(number), {}, now(), 0);
    }
    std::mt19937_64 random(1);
    payments = make_payments(random, kPayments, accounts);
  }

  State ledger;
  std::vector<Command> payments;
};

// Makes the look-ups of a state alone, without keys.
class NameLookups {
 public:
  explicit NameLookups(const State& state) : state_(state) {}

  [[nodiscard]] Lookup look_up(const Command& command) const {
    const LegHashes hashes = state_.hashes_of(std::get<CheckedPayment>(command).leg());
    state_.prefetch_slots(hashes);
    return {.key = 0, .leg = hashes, .likely = {}};
  }
  void fetch_accounts(Lookup& lookup) const {
    lookup.likely = state_.prefetch_accounts(lookup.leg);
  }
  void fetch_names(const Lookup& lookup) const { state_.prefetch_names(lookup.likely); }

 private:
  const State& state_;
};

Decided& decided_among(std::uint64_t accounts) {
  static std::map<std::uint64_t, std::unique_ptr<Decided>> all;  // A million takes a while.
  std::unique_ptr<Decided>& decided = all[accounts];
  if (decided == nullptr) decided = std::make_unique<Decided>(accounts);
  return *decided;
}

void apply_plain_payment(benchmark::State& state) {
  guarded(state, [&] {
    auto& [ledger, payments] = decided_among(static_cast<std::uint64_t>(state.range(0)));
    const bool looked_ahead = state.range(1) != 0;
    const Timestamp time = now();
    const NameLookups names(ledger);
    LookAhead ahead(names, std::numeric_limits<std::size_t>::max(),
                    [&](std::size_t i) { return &payments[i % kPayments]; });
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
      const LegHashes* hashes = looked_ahead ? &ahead.at(next).leg : nullptr;
      const Entry entry = ledger.apply(payments[next++ % kPayments], {.hashes = hashes}, time, 0);
      require(entry.applied(), "a payment was rejected");
    }
    state.SetItemsProcessed(state.iterations());
  });
}
BENCHMARK(apply_plain_payment)
    ->Name("apply/plain_payment")
    ->ArgNames({"accounts", "looked_ahead"})
    ->Args({10'000, 0})
    ->Args({10'000, 1})
    ->Args({1'000'000, 0})
    ->Args({1'000'000, 1});

}  // namespace
}  // namespace giro::bench
