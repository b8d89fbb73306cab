// Reading an account's history back, as a reader thread does: one account with 10,000 entries, among
// 1,000 accounts and 320,000 payments. So one payment in 32 is the account's, and nearly each of its
// entries is on a page of its own. The file is in the operating system's cache.
//
//   page_newest       a page of 100 lines, from the newest on
//   page_middle       a page of 100 lines from the middle of the history: 56 more entries are walked
//                     to it from the next mark
//   balance_at_time   where the account stood at a random time: that time's seq, then the account then
//
// Items are lines, of balance_at_time balances. Answering in JSON is not in it.
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "bench/scratch_folder.hpp"
#include "bench/store_payments.hpp"
#include "ledger/store/history/reader.hpp"

namespace giro::bench::statement {
namespace {

constexpr std::uint64_t kAccounts = 1'000;
constexpr std::uint64_t kEntries = 10'000;
constexpr std::uint64_t kPaymentsAnEntry = 32;
constexpr std::uint32_t kPageLines = 100;

// A ledger that was closed, and a reader of it.
class History {
 public:
  History() {
    auto ledger = Ledger::open({.directory = folder_.path()});
    if (!ledger) throw std::runtime_error(ledger.error());
    open_accounts(**ledger, kAccounts);
    first_time_ = (*ledger)->state().at();
    pay(**ledger);
    const State& state = (*ledger)->state();
    account_ = state.find(kAccountId);
    head_ = (*ledger)->account_point(account_);
    head_seq_ = state.seq();
    last_time_ = state.at();
    (*ledger)->store().close();
    auto reader = store::Reader::open((*ledger)->store().ledger_file());
    if (!reader) throw std::runtime_error(reader.error());
    reader_ = std::move(*reader);
  }

  [[nodiscard]] store::Reader& reader() { return *reader_; }
  // The account with the history, and where it stands at the end.
  [[nodiscard]] AccountNumber account() const { return account_; }
  [[nodiscard]] const store::AccountPoint& head() const { return head_; }
  [[nodiscard]] Seq head_seq() const { return head_seq_; }

  [[nodiscard]] Timestamp random_time(std::mt19937_64& random) const {
    const auto span = static_cast<std::uint64_t>(last_time_.ns - first_time_.ns);
    return {first_time_.ns + static_cast<std::int64_t>(random() % span)};
  }

 private:
  static constexpr std::string_view kAccountId = "acct:0";

  static void pay(Ledger& ledger) {
    std::mt19937_64 random(1);
    std::vector<Command> payments;
    for (std::uint64_t i = 0; i < kEntries * kPaymentsAnEntry; ++i) {
      const std::uint64_t from = 1 + random() % (kAccounts - 2);
      const std::uint64_t to = i % kPaymentsAnEntry == 0 ? 0 : from + 1;
      payments.emplace_back(make_payment(random, from, to));
      if (payments.size() < kGroup && i + 1 < kEntries * kPaymentsAnEntry) continue;
      commit(ledger, payments);
      payments.clear();
    }
  }

  ScratchFolder folder_;
  std::unique_ptr<store::Reader> reader_;
  AccountNumber account_ = 0;
  store::AccountPoint head_;
  Seq head_seq_ = 0;
  Timestamp first_time_;
  Timestamp last_time_;
};

History& shared_history() {
  static History history;
  return history;
}

void read_pages(benchmark::State& state, std::uint64_t until_entry) {
  History& history = shared_history();
  const store::StatementQuery query{.account = history.account(),
                                    .head = history.head(),
                                    .after_entry = 0,
                                    .until_entry = until_entry,
                                    .limit = kPageLines,
                                    .newest_first = true};
  for ([[maybe_unused]] auto _ : state) {
    const auto lines = history.reader().statement(query);
    require(lines.size() == kPageLines && lines.front().entry_number == until_entry,
            "the page isn't the one that was asked for");
  }
  state.SetItemsProcessed(state.iterations() * kPageLines);
}

void page_newest(benchmark::State& state) {
  guarded(state, [&] { read_pages(state, kEntries); });
}
BENCHMARK(page_newest)->Name("statement/page_newest")->Unit(benchmark::kMicrosecond);

void page_middle(benchmark::State& state) {
  guarded(state, [&] { read_pages(state, kEntries / 2); });
}
BENCHMARK(page_middle)->Name("statement/page_middle")->Unit(benchmark::kMicrosecond);

void balance_at_time(benchmark::State& state) {
  guarded(state, [&] {
    History& history = shared_history();
    std::mt19937_64 random(2);
    for ([[maybe_unused]] auto _ : state) {
      const Seq seq = history.reader().seq_at(history.random_time(random), history.head_seq());
      const auto point = history.reader().account_at(history.account(), history.head(), seq);
      require(point.last_seq <= seq && point.version <= kEntries, "the balance is of another time");
    }
    state.SetItemsProcessed(state.iterations());
  });
}
BENCHMARK(balance_at_time)->Name("statement/balance_at_time")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace giro::bench::statement
