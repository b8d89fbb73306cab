// Sealed runs: the keys of old payments, on disk, found without an index.
//
// A run holds (fingerprint, seq) of a range of payments, sorted, 336 to a block, a block to a row.
// In memory it keeps a Bloom filter and each block's first fingerprint, so that a key which isn't
// there costs one cache miss, and one that is there costs one row. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/store/bloom_filter.hpp"
#include "ledger/store/key_table.hpp"
#include "ledger/store/sqlite.hpp"

namespace giro::store {

// 12 bytes each: the fingerprint and seq - first_seq, which therefore must fit 32 bits. 336 of them
// and their row fill one 4 KiB page without an overflow page.
inline constexpr std::size_t kKeysInBlock = 336;
inline constexpr std::size_t kKeyBytes = 12;

struct KeyRun {
  std::uint32_t run = 0;  // Its number; rises with time, never used again.
  int level = 0;          // How often its keys were merged.
  Seq first_seq = 0;
  Seq last_seq = 0;
  std::uint64_t keys = 0;
  std::vector<std::uint64_t> fences;
  BloomFilter filter;
};

// The block's bytes. REQUIRES: sorted, at most kKeysInBlock.
[[nodiscard]] std::vector<std::uint8_t> encode_block(std::span<const KeyEntry> entries,
                                                     Seq first_seq);
[[nodiscard]] std::vector<KeyEntry> decode_block(std::span<const std::uint8_t> bytes,
                                                 Seq first_seq);

[[nodiscard]] inline std::int64_t block_id(std::uint32_t run, std::uint64_t block) {
  return static_cast<std::int64_t>((std::uint64_t{run} << 32) | block);
}

class KeyRunReader {
 public:
  explicit KeyRunReader(const SQLite::Database& db);

  // All runs, in order of seq.
  [[nodiscard]] std::vector<KeyRun> load();
  [[nodiscard]] std::vector<KeyEntry> block(const KeyRun& run, std::uint64_t block);
  // Calls `use(seq)` for each entry of the fingerprint until it says true; tells whether it did.
  // REQUIRES: run.filter says maybe (otherwise it costs a row for nothing).
  template <class Use>
  bool find(const KeyRun& run, std::uint64_t fingerprint, Use use) {
    for (std::uint64_t b = first_block(run, fingerprint); b < run.fences.size(); ++b) {
      if (run.fences[b] > fingerprint) return false;
      for (const KeyEntry& entry : block(run, b)) {
        if (entry.fingerprint == fingerprint && use(entry.seq)) return true;
      }
    }
    return false;
  }

 private:
  // The first block that can hold the fingerprint.
  [[nodiscard]] static std::uint64_t first_block(const KeyRun& run, std::uint64_t fingerprint);

  Statement select_runs_;
  Statement select_block_;
};

}  // namespace giro::store
