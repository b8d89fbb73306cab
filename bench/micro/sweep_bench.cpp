// Writing changed accounts back to their table: Sweeper::sweep of 4,096 accounts, as many as the idle
// daemon writes at a time, each changed by a payment since it was last written.
//
//   neighbours   accounts of one stretch, whose rows share pages
//   scattered    accounts spread evenly over all of them: among a million each row is on a page of
//                its own
//   without_commit   sweep() alone, in a transaction that is open
//   with_commit      BEGIN, sweep(), COMMIT with its sync; the checkpoint after it left out
//
// Items are accounts written; the CPU column is of no use, as it has the changes, too. The ledger lies
// in $GIRO_BENCH_DIR, or the system's temporary folder.
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "bench/micro/ledger_file.hpp"
#include "bench/micro/measuring.hpp"
#include "bench/store_payments.hpp"
#include "ledger/store/accounts/sweeper.hpp"

namespace giro::bench::sweep {
namespace {

constexpr std::uint64_t kSwept = 4'096;

LedgerFile& shared_ledger(std::uint64_t accounts) {
  static std::map<std::uint64_t, std::unique_ptr<LedgerFile>> all;  // A million takes a while.
  std::unique_ptr<LedgerFile>& ledger = all[accounts];
  if (ledger == nullptr) ledger = std::make_unique<LedgerFile>(accounts);
  return *ledger;
}

enum class Which { neighbours, scattered };

// Changes kSwept accounts; every call takes others, so that all of the table is used in turn.
class Changes {
 public:
  Changes(LedgerFile& ledger, Which which)
      : ledger_(ledger),
        accounts_(ledger.state().account_count()),
        stride_(which == Which::scattered ? accounts_ / kSwept : 1) {}

  void make(store::Sweeper& sweeper) {
    std::vector<Command> payments;
    payments.reserve(kSwept / 2);
    for (std::uint64_t i = 0; i < kSwept; i += 2) {
      payments.emplace_back(make_payment(random_, account(i), account(i + 1)));
    }
    for (const Entry& entry : ledger_.decide(payments)) sweeper.note(entry);
    first_ += stride_ == 1 ? kSwept : 1;
  }

 private:
  [[nodiscard]] std::uint64_t account(std::uint64_t i) const {
    return (first_ + i * stride_) % accounts_;
  }

  LedgerFile& ledger_;
  std::uint64_t accounts_;
  std::uint64_t stride_;
  std::uint64_t first_ = 0;
  std::mt19937_64 random_{1};
};

void sweep(benchmark::State& state, Which which, bool with_commit) {
  guarded(state, [&] {
    LedgerFile& ledger = shared_ledger(static_cast<std::uint64_t>(state.range(0)));
    store::VelocityRows velocities(ledger.db());
    store::Sweeper sweeper(ledger.db(), ledger.newest_marks(), velocities);
    Changes changes(ledger, which);
    for ([[maybe_unused]] auto _ : state) {
      changes.make(sweeper);
      if (!with_commit) ledger.begin();
      on_clock(state, [&] {
        if (with_commit) ledger.begin();
        sweeper.sweep(kSwept, ledger.state());
        if (with_commit) ledger.commit();
      });
      if (!with_commit) ledger.commit();
      require(!sweeper.dirty(), "not all accounts were swept");
      ledger.checkpoint_if_due();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSwept));
  });
}

void with_sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("accounts")
      ->Arg(10'000)
      ->Arg(1'000'000)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

void neighbours_without_commit(benchmark::State& state) {
  sweep(state, Which::neighbours, false);
}
BENCHMARK(neighbours_without_commit)->Name("sweep/neighbours_without_commit")->Apply(with_sizes);

void neighbours_with_commit(benchmark::State& state) {
  sweep(state, Which::neighbours, true);
}
BENCHMARK(neighbours_with_commit)->Name("sweep/neighbours_with_commit")->Apply(with_sizes);

void scattered_without_commit(benchmark::State& state) {
  sweep(state, Which::scattered, false);
}
BENCHMARK(scattered_without_commit)->Name("sweep/scattered_without_commit")->Apply(with_sizes);

void scattered_with_commit(benchmark::State& state) {
  sweep(state, Which::scattered, true);
}
BENCHMARK(scattered_with_commit)->Name("sweep/scattered_with_commit")->Apply(with_sizes);

}  // namespace
}  // namespace giro::bench::sweep
