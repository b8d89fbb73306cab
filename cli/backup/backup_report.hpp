// What giro backup, restore and verify --backup have in common: how far they are, what went wrong, what came of it.
// Thread: the main one.
#pragma once

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/output/progress.hpp"
#include "cli/session.hpp"
#include "ledger/store/backup/backup.hpp"

namespace giro::cli {

[[nodiscard]] std::unexpected<Failure> backup_failure(const store::BackupFailure& failure);

// As the fields of an answer: `head_seq`, `at`, `head_digest`.
[[nodiscard]] boost::json::object end_fields(const store::AnchorPoint& end, Timestamp at);

// Prints what was made or checked; in a table a line a field.
[[nodiscard]] Result<void> print_report(Session& session, const boost::json::object& report);

// Shows on a terminal how far it is.
class BackupProgressLine {
 public:
  [[nodiscard]] store::TellProgress tell();
  ~BackupProgressLine() { progress_.clear(); }

 private:
  Progress progress_;
};

}  // namespace giro::cli
