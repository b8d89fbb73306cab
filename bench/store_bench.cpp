// The single-thread rate of deciding and storing: random 32-digit keys, groups of 8,189 payments, each
// group one synced SQLite transaction, everything that the daemon writes for them written.
//
// Counters: payments/s over the whole run, over its first and its last tenth (does it slow down as the
// ledger grows?), bytes of ledger file a payment, seconds of the start-up after it.
// The ledger lies in $GIRO_BENCH_DIR, or the system's temporary folder: it should be a real disk.
#include <chrono>
#include <random>
#include <utility>

#include <benchmark/benchmark.h>

#include "bench/scratch_folder.hpp"
#include "bench/store_payments.hpp"

namespace giro::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Arguments: payments, accounts.
void decide_and_store(benchmark::State& state) {
  const auto accounts = static_cast<std::uint64_t>(state.range(1));
  const std::uint64_t groups = static_cast<std::uint64_t>(state.range(0)) / kGroup;
  for ([[maybe_unused]] auto _ : state) {
    const ScratchFolder folder;
    const store::StoreOptions options{.directory = folder.path()};
    auto ledger = std::move(*Ledger::open(options));
    open_accounts(*ledger, accounts);
    std::mt19937_64 random(1);
    double total = 0;
    double first = 0;
    double last = 0;
    for (std::uint64_t g = 0; g < groups; ++g) {
      const auto payments = make_payments(random, kGroup, accounts);  // Not on the clock.
      const auto start = Clock::now();
      commit(*ledger, payments);
      const double seconds = seconds_since(start);
      total += seconds;
      if (g < groups / 10) first += seconds;
      if (g >= groups - groups / 10) last += seconds;
    }
    state.SetIterationTime(total);
    const auto rate = [](std::uint64_t count, double seconds) {
      return static_cast<double>(count * kGroup) / seconds;
    };
    state.counters["payments/s"] = rate(groups, total);
    state.counters["first_tenth/s"] = rate(groups / 10, first);
    state.counters["last_tenth/s"] = rate(groups / 10, last);
    state.counters["bytes/payment"] = static_cast<double>(ledger->store().figures().ledger_bytes) /
                                      static_cast<double>(groups * kGroup);
    ledger.reset();  // As a crash leaves it.
    const auto start = Clock::now();
    ledger = std::move(*Ledger::open(options));
    state.counters["start_up_s"] = seconds_since(start);
  }
}
BENCHMARK(decide_and_store)
    ->Args({2'000'000, 10'000})
    ->Args({2'000'000, 1'000'000})
    ->ArgNames({"payments", "accounts"})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->Iterations(1);

}  // namespace
}  // namespace giro::bench

BENCHMARK_MAIN();
