// Balances and statements by effective date, as a reader thread finds them: one account with a million payments, all of
// which count on another day than they were decided on, spread over twenty years. The file is in the operating
// system's cache.
//
//   balance       the account's balance by effective date at the end of a random day
//   page          a page of 100 lines by effective date, from a random day on
//
// `p99_us` is the time that 99 of 100 questions stay below. Answering in JSON is not in it.
#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "bench/scratch_folder.hpp"
#include "bench/store_payments.hpp"
#include "ledger/store/history/reader.hpp"

namespace giro::bench::effective {
namespace {

constexpr std::uint64_t kAccounts = 1'000;
constexpr std::uint64_t kPayments = 1'000'000;
constexpr std::int32_t kDays = 20 * 365;
constexpr std::uint32_t kPageLines = 100;

// A ledger that was closed, and a reader of it.
class DatedHistory {
 public:
  DatedHistory() {
    auto ledger = Ledger::open({.directory = folder_.path()});
    if (!ledger) throw std::runtime_error(ledger.error());
    open_accounts(**ledger, kAccounts);
    first_day_ = {date_of(now()).days - kDays / 2};
    pay(**ledger);
    account_ = (*ledger)->state().find("acct:0");
    head_ = (*ledger)->account_point(account_);
    head_seq_ = (*ledger)->state().seq();
    (*ledger)->store().close();
    auto reader = store::Reader::open((*ledger)->store().ledger_file());
    if (!reader) throw std::runtime_error(reader.error());
    reader_ = std::move(*reader);
  }

  [[nodiscard]] Int128 balance(Date day) {
    return reader_->effective_balance(account_, head_, head_seq_, day);
  }
  [[nodiscard]] store::EffectivePage page(Date from) {
    return reader_->effective_statement({.account = account_,
                                         .head = head_,
                                         .head_seq = head_seq_,
                                         .from = from,
                                         .to = kLastDate,
                                         .limit = kPageLines,
                                         .newest_first = false,
                                         .after = {}});
  }
  [[nodiscard]] Date random_day(std::mt19937_64& random) const {
    return {first_day_.days + static_cast<std::int32_t>(random() % kDays)};
  }

 private:
  void pay(Ledger& ledger) {
    std::mt19937_64 random(1);
    std::vector<Command> payments;
    for (std::uint64_t i = 0; i < kPayments; ++i) {
      payments.emplace_back(dated_payment(random, i));
      if (payments.size() < kGroup && i + 1 < kPayments) continue;
      commit(ledger, payments);
      payments.clear();
    }
  }
  [[nodiscard]] CheckedPayment dated_payment(std::mt19937_64& random, std::uint64_t number) const {
    const std::string key = "dated-" + std::to_string(number);
    const std::string to = "acct:" + std::to_string(1 + random() % (kAccounts - 1));
    const std::string day = format_date(random_day(random));
    PaymentRequest request;
    request.key = key;
    request.leg = {.from = "acct:0", .to = to, .amount = 1, .currency = "EUR"};
    request.effective_date = day;
    return std::move(CheckedPayment::check(request).value());
  }

  ScratchFolder folder_;
  std::unique_ptr<store::Reader> reader_;
  AccountNumber account_ = 0;
  store::AccountPoint head_;
  Seq head_seq_ = 0;
  Date first_day_;
};

DatedHistory& shared_history() {
  static DatedHistory history;
  return history;
}

// Asks about random days, each on the clock by itself.
template <class Ask>
void ask(benchmark::State& state, Ask ask_about) {
  guarded(state, [&] {
    DatedHistory& history = shared_history();
    std::mt19937_64 random(2);
    std::vector<double> times;
    for ([[maybe_unused]] auto _ : state) {
      const Date day = history.random_day(random);
      const auto start = std::chrono::steady_clock::now();
      ask_about(history, day);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      state.SetIterationTime(taken.count());
      times.push_back(taken.count() * 1e6);
    }
    const auto p99 = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
    std::ranges::nth_element(times, p99);
    state.counters["p99_us"] = *p99;
  });
}

void balance(benchmark::State& state) {
  ask(state, [](DatedHistory& history, Date day) {
    require(history.balance(day) <= 0, "the balance is another one");
  });
}
BENCHMARK(balance)->Name("effective/balance")->UseManualTime()->Unit(benchmark::kMicrosecond);

void page(benchmark::State& state) {
  ask(state, [](DatedHistory& history, Date day) {
    const store::EffectivePage page = history.page(day);
    require(!page.lines.empty() && page.lines.front().day >= day, "the page is another one");
  });
}
BENCHMARK(page)->Name("effective/page")->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace giro::bench::effective
