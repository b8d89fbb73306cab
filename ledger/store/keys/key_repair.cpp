#include "ledger/store/keys/key_repair.hpp"

#include <chrono>
#include <thread>

#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/keys/key_index.hpp"
#include "ledger/store/recovery/opening.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/checkpointer.hpp"
#include "ledger/store/store.hpp"

namespace giro::store {
namespace {

// A step writes as much as one beside so many decisions.
constexpr std::size_t kEntriesInStep = 8'192;
constexpr std::chrono::milliseconds kBetweenSteps{1};  // A run is in the making on its own thread.

std::expected<KeyRepair, std::string> repair(SQLite::Database& db,
                                             const std::filesystem::path& file) {
  Checkpointer checkpointer(db, StoreOptions{}.wal_pages_max);
  // Without their rows the runs are lost, and their pages are removed as leftovers.
  db.exec("DELETE FROM key_runs");
  const Seq head = JournalReader(db).head().seq;
  KeyIndex index(db, file, read_secret(db), {.filter_bytes_max = 0, .start_entries_max = 0});
  while (index.busy() || index.is_repairing()) {
    db.exec("BEGIN IMMEDIATE");
    index.step(kEntriesInStep, head);
    db.exec("COMMIT");
    if (checkpointer.is_due()) (void)checkpointer.run();
    if (!index.failure().empty()) return std::unexpected(index.failure());
    std::this_thread::sleep_for(kBetweenSteps);
  }
  (void)checkpointer.run_and_empty();
  return KeyRepair{.keys = index.sealed_count(), .runs = index.run_count()};
}

}  // namespace

std::expected<KeyRepair, std::string> repair_keys(const std::filesystem::path& directory) {
  auto opened = open_ledger({.directory = directory, .make = MakeLedger::never});
  if (!opened) return std::unexpected(opened.error());
  const auto failed = [&](const std::string& what) {
    return std::unexpected(
        "the keys of the ledger in " + directory.string() + " can't be made anew: " + what +
        ". The journal is as it was, and no payment is lost; see to the cause, and "
        "run this again");
  };
  try {
    auto repaired = repair(opened->db, directory / "ledger.db");
    if (!repaired) return failed(repaired.error());
    return repaired;
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace giro::store
