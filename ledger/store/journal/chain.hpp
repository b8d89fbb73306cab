// The audit chain: every commit's digest is SHA-256(previous digest, canonical bytes of its
// entries), so that no past entry can be changed, dropped or swapped without changing every digest
// after it.
//
// Canonical bytes of an entry, integers little-endian, 64 bits unless said otherwise:
//   seq, at, kind (8 bits), outcome (8), uid (32), key length (8), key, from (32), to (32), amount,
//   from_after, to_after, number of legs (32), each leg's five posting fields, details length (32),
//   details, metadata length (32), metadata.
// What postings say of holds stands in the details.
// Links to previous entries follow from these, and verify() replays them.
// Thread: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry/entry.hpp"

namespace giro::store {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string to_hex(const Digest& digest);

class Chain {
 public:
  explicit Chain(const Digest& head = {}) : head_(head) {}

  // `details` and `metadata` are the texts of the journal's columns.
  void add(const Entry& entry, std::string_view details, std::string_view metadata);
  // Ends a commit: the new head.
  const Digest& close();
  [[nodiscard]] const Digest& head() const { return head_; }

 private:
  Digest head_;
  std::vector<std::uint8_t> bytes_;  // Of the commit's entries so far.
};

}  // namespace giro::store
