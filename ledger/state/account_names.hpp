// Account ids to account numbers and back: a hash table of numbers over one arena of text.
// 32 to 48 bytes an account beside its id. Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ledger/hash.hpp"

namespace giro {

class AccountNames {
 public:
  explicit AccountNames(const HashSecret& secret);

  // The next number, counted from 1. REQUIRES: find(id) == 0.
  std::uint32_t add(std::string_view id);
  // Takes the last one back, as if it had never been added. REQUIRES: there is one.
  void remove_last();
  // 0: unknown.
  [[nodiscard]] std::uint32_t find(std::string_view id) const { return find(id, hash_of(id)); }
  // The same in steps, so that many look-ups can wait for memory together. Each step reads what the one
  // before it asked the processor to fetch: prefetch_slot, prefetch_entry, prefetch_text, find.
  [[nodiscard]] std::uint64_t hash_of(std::string_view id) const { return hash(secret_, id); }
  void prefetch_slot(std::uint64_t hashed) const;
  // The number that the hash most likely belongs to; 0: none.
  [[nodiscard]] std::uint32_t prefetch_entry(std::uint64_t hashed) const;
  void prefetch_text(std::uint32_t likely) const;
  [[nodiscard]] std::uint32_t find(std::string_view id, std::uint64_t hashed) const;
  // REQUIRES: 1 <= number <= size().
  [[nodiscard]] std::string_view name(std::uint32_t number) const;
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  struct Slot {
    std::uint32_t tag = 0;     // The hash's upper half: most misses end here, without the text.
    std::uint32_t number = 0;  // 0: empty.
  };

  void place(std::uint64_t hashed, std::uint32_t number);
  void grow();

  HashSecret secret_;
  std::vector<Slot> slots_;              // A power of two; at most half full; linear probing.
  std::vector<std::string_view> texts_;  // By number - 1, into the arena.
  std::vector<std::unique_ptr<char[]>> arena_;
  std::size_t arena_left_ = 0;
};

}  // namespace giro
