// The single-thread rate of deciding and storing: random 32-digit keys, groups of 8,189 payments, each
// group one synced SQLite transaction, everything that the daemon writes for them written.
//
// Counters: payments/s over the whole run, over its first and its last tenth (does it slow down as the
// ledger grows?), bytes of ledger file a payment, seconds of the start-up after it.
// The ledger lies in $GIRO_BENCH_DIR, or the system's temporary folder: it should be a real disk.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "ledger/store/store.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using namespace giro;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kGroup = 8'189;

class ScratchFolder {
 public:
  ScratchFolder() {
    const char* base = std::getenv("GIRO_BENCH_DIR");
    std::filesystem::path parent = base == nullptr ? std::filesystem::temp_directory_path() : base;
    path_ = parent / ("giro-bench-" + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Timestamp now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()};
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string account_id(std::uint64_t number) {
  return "acct:" + std::to_string(number);
}

void open_accounts(store::Store& store, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::string id = account_id(number);
    const auto open = CheckedOpenAccount::check({.id = id,
                                                 .currency = "EUR",
                                                 .scale = {},
                                                 .floor = std::nullopt,
                                                 .ceiling = {},
                                                 .metadata = {}});
    (void)store.decide(*open, now(), 0);
    if (number % kGroup == 0) (void)store.commit(), (void)store.take_group();
  }
  (void)store.commit();
  (void)store.take_group();
}

// A group made ahead of the clock: what the I/O thread would have done.
std::vector<CheckedPayment> make_group(std::mt19937_64& random, std::uint64_t accounts) {
  std::vector<CheckedPayment> group;
  for (std::size_t i = 0; i < kGroup; ++i) {
    char key[33];
    std::snprintf(key, sizeof key, "%016lx%016lx", random(), random());
    const std::uint64_t from = random() % accounts;
    const std::string from_id = account_id(from);
    const std::string to_id = account_id((from + 1 + random() % (accounts - 1)) % accounts);
    PaymentRequest request;
    request.key = key;
    request.leg = {.from = from_id,
                   .to = to_id,
                   .amount = 1 + static_cast<Amount>(random() % 10'000),
                   .currency = "EUR"};
    group.push_back(std::move(*CheckedPayment::check(request)));
  }
  return group;
}

double commit_group(store::Store& store, const std::vector<CheckedPayment>& group) {
  constexpr std::size_t kAhead = 8;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (i + kAhead < group.size()) store.prefetch(group[i + kAhead]);
    benchmark::DoNotOptimize(store.decide(group[i], now(), 0));
  }
  if (store.commit() != store::CommitResult::committed) std::abort();
  benchmark::DoNotOptimize(store.take_group());
  return seconds_since(start);
}

// Arguments: payments, accounts.
void apply_and_store(benchmark::State& state) {
  const auto payments = static_cast<std::uint64_t>(state.range(0));
  const auto accounts = static_cast<std::uint64_t>(state.range(1));
  const std::uint64_t groups = payments / kGroup;
  for (auto _ : state) {
    const ScratchFolder folder;
    const store::StoreOptions options{.directory = folder.path()};
    auto store = std::move(*store::Store::open(options));
    open_accounts(*store, accounts);
    std::mt19937_64 random(1);
    double total = 0;
    double first = 0;
    double last = 0;
    for (std::uint64_t g = 0; g < groups; ++g) {
      const auto group = make_group(random, accounts);
      const double seconds = commit_group(*store, group);
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
    state.counters["bytes/payment"] =
        static_cast<double>(store->figures().ledger_bytes) / static_cast<double>(groups * kGroup);
    store.reset();  // As a crash leaves it.
    const auto start = Clock::now();
    store = std::move(*store::Store::open(options));
    state.counters["start_up_s"] = seconds_since(start);
  }
}
BENCHMARK(apply_and_store)
    ->Args({2'000'000, 10'000})
    ->ArgNames({"payments", "accounts"})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
