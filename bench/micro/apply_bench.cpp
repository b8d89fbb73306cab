// Deciding: State::apply of plain payments that all apply, in memory, without a store. The keys are
// not looked up: that is keys_bench.cpp.
//
//   accounts         how many there are; the payments go to random ones of them
//   looked_ahead   1: as the daemon does it, the accounts' names some payments ahead, in three steps; 0:
//                  not at all
//
// Items are payments.
#include <array>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "bench/store_payments.hpp"

namespace giro::bench {
namespace {

// Enough that their accounts and they themselves don't stay in a core's cache.
constexpr std::size_t kPayments = 65'536;

struct Decided {
  explicit Decided(std::uint64_t accounts) {
    for (std::uint64_t number = 0; number < accounts; ++number) {
      (void)ledger.apply(make_account(number), now(), 0, nullptr);
    }
    std::mt19937_64 random(1);
    payments = make_payments(random, kPayments, accounts);
  }

  State ledger;
  std::vector<CheckedPayment> payments;
};

// The steps of store::LookAhead on a state alone.
class NamesAhead {
 public:
  NamesAhead(const State& state, const std::vector<CheckedPayment>& payments)
      : state_(state), payments_(payments) {}

  [[nodiscard]] const LegHashes& at(std::size_t i) {
    while (begun_ <= i + 3 * kStep) advance(begun_++);
    return slot(i).hashes;
  }

 private:
  static constexpr std::size_t kStep = 4;
  struct Slot {
    LegHashes hashes;
    LegAccounts likely;
  };

  void advance(std::size_t first) {
    slot(first).hashes = state_.hashes_of(payments_[first % kPayments].leg());
    state_.prefetch_slots(slot(first).hashes);
    if (first < 2 * kStep) return;
    Slot& second = slot(first - kStep);
    second.likely = state_.prefetch_accounts(second.hashes);
    state_.prefetch_names(slot(first - 2 * kStep).likely);
  }
  [[nodiscard]] Slot& slot(std::size_t i) { return slots_[i % slots_.size()]; }

  const State& state_;
  const std::vector<CheckedPayment>& payments_;
  std::array<Slot, 16> slots_{};
  std::size_t begun_ = 0;
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
    NamesAhead names(ledger, payments);
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
      const LegHashes* hashes = looked_ahead ? &names.at(next) : nullptr;
      const Entry entry = ledger.apply(payments[next++ % kPayments], time, 0, hashes);
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
