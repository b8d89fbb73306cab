// Sealed runs: the keys of old payments, on disk, found without an index. A run's filter tells most
// keys that it doesn't have, from memory where there is room for it, else by a page of the file; one
// that may be there costs one row more. Thread: that of the connection.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ledger/store/keys/key_pages.hpp"
#include "ledger/store/keys/run_filter.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

enum class KeyRunState : std::uint8_t {
  whole,    // As far as is known.
  damaged,  // A page of it can't be read; the others still answer.
  lost,     // There is nothing of it in the file: its keys are in the journal only.
};

struct KeyRun {
  explicit KeyRun(const KeyRunInfo& its) : info(its), filter(its.bloom_blocks()) {}

  KeyRunInfo info;
  RunFilter filter;
  KeyRunState state = KeyRunState::whole;
};

class KeyRunReader {
 public:
  explicit KeyRunReader(const SQLite::Database& db);

  struct Found {
    std::vector<KeyRunInfo> runs;         // In order of seq.
    std::vector<std::uint32_t> unusable;  // Whose row was changed.
  };
  [[nodiscard]] Found runs();

  // The entries of a block. Throws UnreadableKeys; so do those below.
  [[nodiscard]] std::vector<KeyEntry> block(const KeyRunInfo& run, std::uint64_t index);
  [[nodiscard]] std::vector<BloomBlock> filter_page(const KeyRunInfo& run, std::uint64_t index);

  // Calls `use(seq)` for each entry of the fingerprint until it says true; tells whether it did. What
  // `use` throws passes through.
  template <class Use>
  bool find(const KeyRun& run, const BloomProbe& probe, Use use) {
    candidates(run, probe, candidates_);
    return std::ranges::any_of(candidates_, use);
  }

 private:
  void candidates(const KeyRun& run, const BloomProbe& probe, std::vector<Seq>& seqs);
  [[nodiscard]] bool maybe(const KeyRun& run, const BloomProbe& probe);
  // Calls `use(bytes)` with what the page holds.
  template <class Use>
  void with_page(const KeyRunInfo& run, KeyPageKind kind, std::uint64_t index, Use use);

  Statement select_runs_;
  Statement select_block_;
  Statement select_filter_;
  std::vector<Seq> candidates_;
};

}  // namespace giro::store
