// Looking a key up: has it decided a payment before? KeyIndex::find, without the journal row that
// confirms a hit.
//
//   find_new_key   one that was never used: what every new payment pays
//   find_old_key   one that was, any of them with the same chance, so that with runs it is nearly
//                  always in one of those: it reads a block, in a read transaction of its own as the
//                  store does. The file is in the operating system's cache
//
//   runs_wanted    as many sealed runs should stand beside each other
//   keys_in_run    keys are sealed into a run at this count: 262,144 in the daemon, less here where
//                  making so many would take long: their filters miss a core's cache less often
//   prefetched     1: as the daemon does it, some keys ahead; 0: not at all
//
// Counters: `runs`, how many stand: never more than merging lets stand, whatever was wanted; `keys`,
// how many there are in all, because some of the runs were merged of smaller ones. Each run takes one
// new key in a thousand for an old one and reads a block for it: with 100 runs that counts. Items are
// keys looked up.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "bench/micro/ledger_file.hpp"
#include "bench/micro/measuring.hpp"
#include "engine/look_ahead.hpp"
#include "ledger/store/keys/key_index.hpp"
#include "ledger/store/schema/schema.hpp"

namespace giro::bench {
namespace {

constexpr std::size_t kLookUps = 65'536;  // Different ones, in turn.

// An index whose keys come faster than their runs can be merged: so runs stand beside each other, as
// they do in a busy daemon, only more of them.
class BusyIndex {
 public:
  BusyIndex(std::uint64_t runs_wanted, std::size_t keys_in_run)
      : ledger_(0),
        index_(ledger_.db(), ledger_.path(), store::read_secret(ledger_.db()),
               {.keys_in_run = keys_in_run}) {
    ledger_.db().exec("PRAGMA synchronous = OFF");  // Nothing is measured yet.
    if (runs_wanted == 0) add(keys_in_run / 2);
    for (int steps = 0; steps < kStepsMax && index_.run_count() < runs_wanted; ++steps) {
      // Only as fast as they are sealed, so that runs have the size that they should have.
      if (index_.recent_count() < 2 * keys_in_run) add(kKeysInStep);
      ledger_.begin();
      index_.step(1, added_.size());
      ledger_.commit();
      ledger_.checkpoint_if_due();
    }
  }

  [[nodiscard]] store::KeyIndex& index() { return index_; }
  [[nodiscard]] const std::vector<std::uint64_t>& added() const { return added_; }

 private:
  static constexpr int kStepsMax = 100'000;
  static constexpr std::size_t kKeysInStep = 336;  // As many as a step writes.

  void add(std::size_t keys) {
    for (; keys > 0; --keys) {
      added_.push_back(random_());
      index_.add(added_.back(), added_.size());
    }
  }

  LedgerFile ledger_;
  store::KeyIndex index_;
  std::mt19937_64 random_{1};
  std::vector<std::uint64_t> added_;
};

BusyIndex& shared_index(const benchmark::State& state) {
  static std::map<std::pair<std::int64_t, std::int64_t>, std::unique_ptr<BusyIndex>> all;
  std::unique_ptr<BusyIndex>& index = all[{state.range(0), state.range(1)}];
  if (index == nullptr) {
    index = std::make_unique<BusyIndex>(static_cast<std::uint64_t>(state.range(0)),
                                        static_cast<std::size_t>(state.range(1)));
  }
  return *index;
}

void find(benchmark::State& state, BusyIndex& busy, const std::vector<std::uint64_t>& keys,
          bool expected) {
  store::KeyIndex& index = busy.index();
  const bool prefetched = state.range(2) != 0;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (prefetched) index.prefetch(keys[(next + kLookAhead) % kLookUps]);
    const bool found = index.find(keys[next], [](Seq) { return true; });
    require(found == expected, expected ? "an old key wasn't found" : "a new key was found");
    next = (next + 1) % kLookUps;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["runs"] = static_cast<double>(index.run_count());
  state.counters["keys"] = static_cast<double>(busy.added().size());
}

void find_new_key(benchmark::State& state) {
  guarded(state, [&] {
    std::mt19937_64 random(2);
    std::vector<std::uint64_t> keys(kLookUps);
    std::ranges::generate(keys, std::ref(random));
    find(state, shared_index(state), keys, false);
  });
}
BENCHMARK(find_new_key)
    ->Name("keys/find_new_key")
    ->ArgNames({"runs_wanted", "keys_in_run", "prefetched"})
    ->Args({0, 262'144, 0})
    ->Args({0, 262'144, 1})
    ->Args({10, 262'144, 0})
    ->Args({10, 262'144, 1})
    ->Args({100, 32'768, 0})
    ->Args({100, 32'768, 1});

void find_old_key(benchmark::State& state) {
  guarded(state, [&] {
    BusyIndex& busy = shared_index(state);
    std::mt19937_64 random(3);
    std::vector<std::uint64_t> keys(kLookUps);
    std::ranges::generate(keys, [&] { return busy.added()[random() % busy.added().size()]; });
    find(state, busy, keys, true);
  });
}
BENCHMARK(find_old_key)
    ->Name("keys/find_old_key")
    ->ArgNames({"runs_wanted", "keys_in_run", "prefetched"})
    ->Args({0, 262'144, 1})
    ->Args({10, 262'144, 1})
    ->Args({100, 32'768, 1});

}  // namespace
}  // namespace giro::bench
