// The audit chain: every commit's digest is SHA-256(previous digest, canonical bytes of its
// entries), so that no past entry can be changed, dropped or swapped without changing every digest
// after it. Canonical bytes: ledger/store/journal/canonical.hpp.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/entry_texts.hpp"
#include "ledger/store/journal/sha256.hpp"

namespace giro::store {

// Of a commit with these canonical bytes, behind one of digest `before`.
[[nodiscard]] Digest digest_of(const Digest& before, std::span<const std::uint8_t> bytes);

class Chain {
 public:
  explicit Chain(const Digest& head = {}) : head_(head) {}

  // Returns the entry's canonical bytes, valid until the next call. REQUIRES: `texts` are the entry's.
  std::span<const std::uint8_t> add(const Entry& entry, const EntryTexts& texts);
  // Ends a commit: the new head.
  const Digest& close();
  [[nodiscard]] const Digest& head() const { return head_; }

 private:
  Digest head_;
  std::vector<std::uint8_t> bytes_;  // Of the commit's entries so far.
};

}  // namespace giro::store
