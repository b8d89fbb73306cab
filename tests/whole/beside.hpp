// A real ledger, with its file, and the second model beside it: both are told the same at the same times, and
// whatever they say must be equal.
//
//   Beside beside(seed);
//   beside.run(50'000);
//   beside.wrong()   "" or what differed first, at which operation
//
// Thread: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/store/test_ledger.hpp"
#include "tests/whole/model.hpp"
#include "tests/whole/random_operations.hpp"

namespace giro::test {

// What did occur.
struct Coverage {
  std::map<Rejection, std::uint64_t> codes;
  std::map<EntryKind, std::uint64_t> applied;
  std::uint64_t replays = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t keys_of_others = 0;  // Conflicts with one.
  std::uint64_t rehearsals = 0;
  std::uint64_t groups_applied = 0;
  std::uint64_t groups_rejected = 0;
  std::uint64_t groups_replayed = 0;
  std::uint64_t groups_in_conflict = 0;
  std::uint64_t crossed = 0;
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;  // Some of them lost what wasn't committed.
  std::uint64_t questions = 0;

  void add(const Coverage& other);
};

// What decides what happens.
struct Course {
  std::string name;  // For a person, who wants it again.
  Chance chance;
  // Of thousands of operations most keys are found in runs. The directory is its own.
  store::StoreOptions options = {.keys_in_run = 1'024};
};

class Beside {
 public:
  explicit Beside(Course course);
  explicit Beside(std::uint64_t seed)
      : Beside({.name = "seed " + std::to_string(seed), .chance = chance_of(seed)}) {}

  void run(std::uint64_t operations) {
    run_while([this, operations] { return operation_ < operations; });
  }
  // Operations as long as that holds; then looks at everything once more.
  void run_while(const std::function<bool()>& goes_on);
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  // The audit chain's, after the run: the same for the same seed.
  [[nodiscard]] const std::string& digest() const { return digest_; }

 private:
  void one_operation();
  [[nodiscard]] std::uint32_t some_uid();
  [[nodiscard]] std::string some_node();
  void decide(const Operation& operation);
  void decide_group(const std::vector<Operation>& members, bool dry_run);
  void decide_due();
  void compare(const Outcome& outcome, const Answer& answer, const std::string& what);
  void compare_conflict(const Outcome& outcome, const Answer& answer, const std::string& what);
  void compare_new_entries(const std::string& what);
  void compare_accounts();
  void compare_past();
  void compare_statement(store::Reader& reader, AccountNumber account);
  void compare_effective_statement(store::Reader& reader, AccountNumber account);
  void compare_open(store::Reader& reader);
  void compare_totals(store::Reader& reader, Seq seq);
  void compare_payments(store::Reader& reader);
  void commit();
  void restart();
  // On a copy of the files, as they lie there while the ledger is open.
  void crash();
  void fail(const std::string& what);

  // Of this life.
  [[nodiscard]] store::StoreOptions options() const;

  const std::string name_;
  const store::StoreOptions options_;
  ScratchFolder folder_{folder_in_memory()};
  int lives_ = 0;
  std::unique_ptr<TestLedger> ledger_;
  WholeModel model_;
  RandomOperations random_;
  WholeModel::Mark committed_;
  std::size_t compared_ = 0;  // Of the model's journal.
  Timestamp now_{1'795'000'000'000'000'000};
  std::uint64_t operation_ = 0;
  Coverage coverage_;
  std::string wrong_;
  std::string digest_;
};

}  // namespace giro::test
