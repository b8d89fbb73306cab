// A small ledger with everything in it, as a crash leaves it: its newest commits are in its log alone. And what it said
// after each commit. Made once, and the same in every process.
// Thread: one at a time.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/store/all_answers.hpp"
#include "tests/store/workload.hpp"

namespace giro::fuzz {

// Bytes by name: ledger.db, ledger.db-wal, anchor.
using Files = std::map<std::string, std::string>;

class SmallLedger {
 public:
  static const SmallLedger& instance();

  // What it said, and what it had been sent, after a commit.
  struct Moment {
    test::Answers answers;
    std::size_t sent = 0;
  };

  // Of it in some folder.
  [[nodiscard]] static store::StoreOptions options_in(const std::filesystem::path& folder);
  [[nodiscard]] const Files& files() const { return files_; }
  // As they were some commits before, at a stop.
  [[nodiscard]] const Files& earlier_files() const { return earlier_files_; }
  [[nodiscard]] Seq head() const { return moments_.rbegin()->first; }
  // Null: no commit ends there.
  [[nodiscard]] const Moment* moment_at(Seq seq) const;
  [[nodiscard]] const std::vector<test::SentPayment>& sent() const { return workload_.sent(); }

 private:
  SmallLedger();
  void note(test::TestLedger& ledger);
  void work(test::TestLedger& ledger);

  test::Workload workload_{3};
  Files files_;
  Files earlier_files_;
  std::map<Seq, Moment> moments_;
};

}  // namespace giro::fuzz
