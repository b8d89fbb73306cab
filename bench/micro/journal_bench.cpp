// Writing the journal: JournalWriter::append of groups of plain payments among 10,000 accounts, with
// their marks and the audit chain. Deciding them is not in it, nor is the checkpoint, for which no
// payment waits.
//
//   append_without_commit   append() alone, in a transaction that is open
//   append_with_commit      BEGIN, append(), COMMIT with its sync: what a group waits for. The
//                           ledger lies in $GIRO_BENCH_DIR, or the system's temporary folder
//
// Items are payments, each a row; `entries` is how many of them a group has. The CPU column is of no
// use: it has the deciding, too.
#include <memory>
#include <random>
#include <vector>

#include "bench/micro/ledger_file.hpp"
#include "bench/micro/measuring.hpp"
#include "bench/store_payments.hpp"

namespace giro::bench::journal {
namespace {

constexpr std::uint64_t kAccounts = 10'000;

LedgerFile& shared_ledger() {
  static LedgerFile ledger(kAccounts);
  return ledger;
}

void with_sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("entries")->Arg(1)->Arg(100)->Arg(kGroup);
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}

void append_without_commit(benchmark::State& state) {
  guarded(state, [&] {
    LedgerFile& ledger = shared_ledger();
    std::mt19937_64 random(1);
    const auto size = static_cast<std::size_t>(state.range(0));
    std::size_t uncommitted = 0;
    ledger.begin();
    for ([[maybe_unused]] auto _ : state) {
      const std::vector<Entry> entries = ledger.decide(make_payments(random, size, kAccounts));
      on_clock(state, [&] { ledger.append(entries); });
      uncommitted += size;
      if (uncommitted < kGroup) continue;
      // Not on the clock, and seldom, so that small groups don't take minutes of syncs.
      ledger.commit();
      ledger.checkpoint_if_due();
      ledger.begin();
      uncommitted = 0;
    }
    ledger.commit();
    state.SetItemsProcessed(state.iterations() * state.range(0));
  });
}
BENCHMARK(append_without_commit)->Name("journal/append_without_commit")->Apply(with_sizes);

void append_with_commit(benchmark::State& state) {
  guarded(state, [&] {
    LedgerFile& ledger = shared_ledger();
    std::mt19937_64 random(2);
    const auto size = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] auto _ : state) {
      const std::vector<Entry> entries = ledger.decide(make_payments(random, size, kAccounts));
      on_clock(state, [&] {
        ledger.begin();
        ledger.append(entries);
        ledger.commit();
      });
      ledger.checkpoint_if_due();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
  });
}
BENCHMARK(append_with_commit)->Name("journal/append_with_commit")->Apply(with_sizes);

}  // namespace
}  // namespace giro::bench::journal
