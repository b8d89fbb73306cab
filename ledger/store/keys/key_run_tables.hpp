// Writes the tables of key runs, within the store's open transaction, and removes what is left of runs
// that are no more, a few rows at a time. Thread: the store's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/store/keys/key_pages.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class KeyRunTables {
 public:
  explicit KeyRunTables(const SQLite::Database& db);

  void insert(const KeyPage& page);
  // The run is in force from now on. REQUIRES: all its pages are in.
  void insert(const KeyRunInfo& run);
  // The run isn't in force any more.
  void delete_row(std::uint32_t run);
  // Whatever is in the tables of this run goes with the next calls of remove_some().
  void remove_later(std::uint32_t run) { removed_.push_back(run); }

  // Notes the pages of no run (of one that was being written, or of one that was merged, when a crash
  // came) and returns the largest number that any run ever had. Changes nothing: a ledger must start
  // on a full disk as well.
  [[nodiscard]] std::uint32_t note_orphans(const SQLite::Database& db,
                                           std::span<const KeyRunInfo> runs);
  [[nodiscard]] bool has_removed() const { return !removed_.empty(); }
  // Removes at most so many pages.
  void remove_some(std::size_t pages_max);

 private:
  Statement insert_block_;
  Statement insert_filter_;
  Statement insert_run_;
  Statement delete_run_;
  Statement delete_blocks_;
  Statement delete_filters_;
  std::vector<std::uint32_t> removed_;
};

}  // namespace giro::store
