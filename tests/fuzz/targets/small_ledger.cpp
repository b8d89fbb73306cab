#include "tests/fuzz/targets/small_ledger.hpp"

#include "tests/fuzz/targets/options.hpp"

namespace giro::fuzz {
namespace {

constexpr int kCommits = 3;            // Between two stops.
constexpr std::size_t kRequests = 12;  // At most, in a commit.

Files files_in(const std::filesystem::path& folder) {
  Files files;
  for (const char* name : {"ledger.db", "ledger.db-wal", "anchor"}) {
    files[name] = test::read_file(folder / name);
  }
  return files;
}

}  // namespace

const SmallLedger& SmallLedger::instance() {
  static const SmallLedger ledger;
  return ledger;
}

store::StoreOptions SmallLedger::options_in(const std::filesystem::path& folder) {
  store::StoreOptions options = options_of_an_input();
  options.directory = folder;
  return options;
}

const SmallLedger::Moment* SmallLedger::moment_at(Seq seq) const {
  const auto found = moments_.find(seq);
  return found == moments_.end() ? nullptr : &found->second;
}

SmallLedger::SmallLedger() {
  const test::ScratchFolder folder(test::folder_in_memory());
  test::TestLedger ledger(options_in(folder.path() / "ledger"));
  workload_.open_accounts(ledger, 2);
  test::pay_with_long_texts(ledger, 2);
  note(ledger);
  work(ledger);
  ledger.close_and_reopen();
  earlier_files_ = files_in(ledger.directory());
  test::open_holds_and_a_schedule(ledger, 3);
  note(ledger);
  work(ledger);
  ledger.close_and_reopen();
  work(ledger);
  files_ = files_in(ledger.directory());
  ledger.crash();
}

void SmallLedger::work(test::TestLedger& ledger) {
  for (int i = 0; i < kCommits; ++i) {
    workload_.decide(ledger, 1 + workload_.pick(kRequests));
    ledger.commit();
    note(ledger);
    if (i + 1 < kCommits) ledger.settle();
  }
}

void SmallLedger::note(test::TestLedger& ledger) {
  const Seq seq = ledger.state().seq();
  moments_[seq] = {.answers = test::AllAnswers(ledger, seq).ask(), .sent = sent().size()};
}

}  // namespace giro::fuzz
