// The Merkle tree over a list of leaves, as RFC 9162 (Certificate Transparency 2.0, section 2.1) has it, hashed
// from the first leaf to the last without keeping them.
//
//   MerkleTree tree(inclusion_path(5, 1'000));   // what a proof of leaf 5 needs, and nothing else
//   for (...) tree.append(leaf_hash(bytes));     // 1'000 times
//   tree.root(); tree.hash_of(range);
//
// What always holds: memory is one hash a level of the tree, and one a range that is wanted. Thread: one at a time.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/store/journal/sha256.hpp"

namespace giro::store {

[[nodiscard]] Digest leaf_hash(std::span<const std::uint8_t> bytes);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

// The leaves of a node: from `begin` up to, not including, `end`.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  // A node is hashed when its last leaf is, and after those below it.
  friend std::strong_ordering operator<=>(const LeafRange& a, const LeafRange& b) {
    return a.end != b.end ? a.end <=> b.end : b.begin <=> a.begin;
  }
  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

// The nodes whose hashes prove that a tree of `size` leaves has a leaf, from the leaf to the root (2.1.3.1).
// REQUIRES: index < size.
[[nodiscard]] std::vector<LeafRange> inclusion_path(std::uint64_t index, std::uint64_t size);
// Those that prove that it begins with a tree of `old_size` leaves (2.1.4.1). REQUIRES: 0 < old_size <= size.
[[nodiscard]] std::vector<LeafRange> consistency_path(std::uint64_t old_size, std::uint64_t size);

class MerkleTree {
 public:
  // `wanted`: nodes of the paths above, whose hashes are kept. All of them of one size, or hash_of() knows
  // those alone whose last leaf isn't the last of all.
  explicit MerkleTree(std::vector<LeafRange> wanted = {});

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const { return fold_from(0); }
  // REQUIRES: it was wanted, and the tree has the size that its path was for.
  [[nodiscard]] Digest hash_of(const LeafRange& range) const;

 private:
  void note(std::uint64_t width);
  [[nodiscard]] Digest fold_from(std::uint64_t begin) const;

  std::vector<LeafRange> wanted_;  // In the order in which they are hashed.
  std::vector<Digest> found_;      // Of those that were.
  std::vector<Digest>
      peaks_;  // The perfect trees that the leaves make, the largest first: size_ in binary.
  std::uint64_t size_ = 0;
};

}  // namespace giro::store
