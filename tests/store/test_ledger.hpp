// A ledger in a scratch folder, that keeps in memory what it was told to keep on disk.
//
//   TestLedger ledger;
//   ledger.open("world", without_floor);
//   ledger.pay("k1", eur("world", "ada", 100));
//   ledger.commit();
//   ledger.crash_and_reopen();
#pragma once

#include <deque>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "engine/ledger.hpp"
#include "ledger/store/history/reader.hpp"
#include "ledger/store/sqlite/checked_vfs.hpp"
#include "ledger/store/verify/verify.hpp"
#include "tests/ledger/builders.hpp"
#include "tests/store/scratch.hpp"

namespace giro::test {

template <class Value>
Value must_open(std::expected<Value, std::string> opened) {
  if (!opened) throw std::runtime_error(opened.error());
  return std::move(*opened);
}

// Everything that verify() says against a ledger, a line a problem; "" when it is whole.
inline std::string problems_in(const store::VerifyReport& report) {
  std::string all;
  for (const store::Problem& problem : report.problems) {
    all += "seq " + std::to_string(problem.seq) + ": " + problem.what + "\n";
  }
  return all;
}
inline std::string problems_of(const std::filesystem::path& ledger_file) {
  return problems_in(store::verify(ledger_file, [] { return false; }));
}

// A connection that changes what is in a ledger's file and keeps the checksums of its pages: what it did is told by
// what the file says then.
inline SQLite::Database open_to_change(const std::filesystem::path& ledger_file) {
  return {ledger_file.string(), SQLite::OPEN_READWRITE, 0, store::checked_vfs({})};
}

// The key of payment `i`: unlike its neighbours'.
inline std::string key_of(std::size_t i) {
  return "payment-" + std::to_string(i * 7'919);
}

class TestLedger {
 public:
  static constexpr std::uint32_t kUid = 1000;

  // Without a directory in the options: in a folder of its own.
  explicit TestLedger(store::StoreOptions options = {}) : options_(std::move(options)) {
    if (options_.directory.empty()) options_.directory = own_folder_.emplace().path() / "ledger";
    reopen();
  }

  [[nodiscard]] store::Store& store() { return ledger_->store(); }
  [[nodiscard]] Ledger& ledger() { return *ledger_; }
  [[nodiscard]] const State& state() const { return ledger_->state(); }
  [[nodiscard]] store::AccountPoint point(AccountNumber account) const {
    return ledger_->account_point(account);
  }
  // Of what the key decided; 0: unknown. Throws when that can't be told.
  [[nodiscard]] Seq seq_of(const PaymentKey& key) {
    const auto entry = ledger_->find_payment(key);
    return entry.value() == nullptr ? 0 : entry.value()->seq;
  }
  [[nodiscard]] const store::StoreOptions& options() const { return options_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return options_.directory; }
  [[nodiscard]] std::filesystem::path file() const { return options_.directory / "ledger.db"; }
  [[nodiscard]] std::unique_ptr<store::Reader> reader() const {
    return must_open(store::Reader::open({file(), options_.surroundings.vfs}));
  }
  // Every entry that a commit acknowledged since this object was made, by seq.
  [[nodiscard]] const std::deque<Entry>& journal() const { return journal_; }

  template <class Change = decltype(unchanged)>
  Outcome open(std::string_view id, Change change = {}) {
    return ledger_->decide(checked(account(id, change)), tick(), kUid);
  }
  template <class Change = decltype(unchanged)>
  Outcome pay(std::string_view key, const LegRequest& leg, Change change = {}) {
    return submit(key, payment(leg, change));
  }
  template <class Change = decltype(unchanged)>
  Outcome pay_all(std::string_view key, const std::vector<LegRequest>& legs, Change change = {}) {
    return submit(key, payment(legs, change));
  }
  Outcome submit(std::string_view key, PaymentRequest request) {
    request.key = key;
    return submit(checked(request));
  }
  Outcome submit(const Command& request) { return ledger_->decide(request, tick(), kUid); }

  // Throws unless it is committed.
  void commit() {
    if (store().commit() != store::CommitResult::committed) {
      throw std::runtime_error("a commit failed: " + store().failure());
    }
    for (Entry& entry : store().take_group()) journal_.push_back(std::move(entry));
  }
  // Runs upkeep to its end; how many steps it took.
  std::size_t settle() {
    std::size_t steps = 0;
    while (store().idle_step() == store::Store::Idle::more) ++steps;
    return steps;
  }

  void crash() { ledger_.reset(); }
  void close() {
    store().close();
    ledger_.reset();
  }
  void reopen() { ledger_ = must_open(Ledger::open(options_)); }
  // Errors: why it doesn't start.
  [[nodiscard]] std::expected<void, std::string> try_to_reopen() {
    auto opened = Ledger::open(options_);
    if (!opened) return std::unexpected(std::move(opened.error()));
    ledger_ = std::move(*opened);
    return {};
  }
  void crash_and_reopen() { crash(), reopen(); }
  void close_and_reopen() { close(), reopen(); }

  Timestamp now{1'000'000'000'000'000'000};

 private:
  Timestamp tick() { return now = Timestamp{now.ns + 1'000}; }

  std::optional<ScratchFolder> own_folder_;
  store::StoreOptions options_;
  std::unique_ptr<Ledger> ledger_;
  std::deque<Entry> journal_;
};

// An account that pays, and two that it pays to; already committed.
inline void open_few_accounts(TestLedger& ledger) {
  ledger.open("world", without_floor);
  ledger.open("ada");
  ledger.open("bob");
  ledger.commit();
}

}  // namespace giro::test
