// What would become of a file's rows, decided by nobody: `giro import --check`.
//
// What always holds: nothing is kept, every request is a dry run. Each row is judged by itself against the ledger as it is
// now; where some would be rejected and the file is small enough for one group, again in their order, each after those
// before it.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "cli/import/import_rows.hpp"
#include "cli/output/progress.hpp"
#include "cli/session.hpp"
#include "cli/submit/pipeline.hpp"

namespace giro::cli {

struct ControlTotal {
  std::uint64_t movements = 0;
  Int128 sum = 0;
};

struct CheckReport {
  std::uint64_t applicable = 0;
  std::uint64_t replays = 0;                        // Decided before, either way:
  std::uint64_t replays_rejected = 0;               // so many of them were rejected.
  std::map<std::string, std::uint64_t> rejections;  // By code.
  std::uint64_t errors = 0;
  std::uint64_t left_out = 0;
  bool in_order = false;                       // Judged one after the other.
  std::map<std::string, ControlTotal> totals;  // By currency.
  std::set<std::string> unknown_accounts;      // Of many, the first.
  bool more_unknown_accounts = false;

  [[nodiscard]] bool all_fine() const {
    return rejections.empty() && errors + replays_rejected == 0;
  }
};

class Checker {
 public:
  // Both must outlive it.
  Checker(Session& session, ImportRows& rows, bool quiet);
  [[nodiscard]] Result<CheckReport> run();

 private:
  struct Job {
    Row row;
    [[nodiscard]] std::string params() const;
  };
  using Jobs = Pipeline<Job>;

  [[nodiscard]] Result<std::optional<Job>> next(bool may_wait);
  [[nodiscard]] Result<void> judge_now(const Row& row);
  [[nodiscard]] Result<Jobs::Again> settle(Job& job, Jobs::Answer answer);
  void note_outcome(const Row& row, const boost::json::object& outcome);
  void note_error(std::uint64_t line, std::string words);
  void note_rejection(const Row& row, const boost::json::object& outcome);
  void add_totals(const Row& row);
  void keep(const Row& row);
  [[nodiscard]] Result<void> judge_in_order();
  void tell();

  Session& session_;
  ImportRows& rows_;
  bool quiet_;
  CheckReport report_;
  Progress progress_;
  std::uint64_t judged_ = 0;
  std::vector<Row> kept_;  // What wasn't decided before, as long as a group holds all of it.
  bool keeps_ = true;
  std::multimap<std::uint64_t, std::string> remarks_;  // By line.
  Jobs jobs_;
};

}  // namespace giro::cli
