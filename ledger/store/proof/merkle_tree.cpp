#include "ledger/store/proof/merkle_tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <utility>

namespace giro::store {
namespace {

constexpr std::array<std::uint8_t, 1> kLeafMark{0};
constexpr std::array<std::uint8_t, 1> kNodeMark{1};

Sha256& hasher() {
  thread_local Sha256 sha256;
  return sha256;
}

// Where the left part of a node ends: it has the largest power of two of leaves that isn't all of them.
std::uint64_t split(const LeafRange& node) {
  return node.begin + std::bit_floor(node.end - node.begin - 1);
}

}  // namespace

Digest leaf_hash(std::span<const std::uint8_t> bytes) {
  return hasher().add(kLeafMark).add(bytes).finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  return hasher().add(kNodeMark).add(left).add(right).finish();
}

std::vector<LeafRange> inclusion_path(std::uint64_t index, std::uint64_t size) {
  std::vector<LeafRange> path;
  for (LeafRange node{.begin = 0, .end = size}; node.end - node.begin > 1;) {
    const std::uint64_t middle = split(node);
    LeafRange left{.begin = node.begin, .end = middle};
    LeafRange right{.begin = middle, .end = node.end};
    if (index >= middle) std::swap(left, right);
    path.push_back(right);
    node = left;
  }
  std::ranges::reverse(path);
  return path;
}

std::vector<LeafRange> consistency_path(std::uint64_t old_size, std::uint64_t size) {
  std::vector<LeafRange> path;
  LeafRange node{.begin = 0, .end = size};
  while (node.end != old_size) {
    const std::uint64_t middle = split(node);
    LeafRange left{.begin = node.begin, .end = middle};
    LeafRange right{.begin = middle, .end = node.end};
    if (old_size > middle) std::swap(left, right);
    path.push_back(right);
    node = left;
  }
  // The old tree itself is known to whoever checks.
  if (node.begin > 0) path.push_back(node);
  std::ranges::reverse(path);
  return path;
}

MerkleTree::MerkleTree(std::vector<LeafRange> wanted) : wanted_(std::move(wanted)) {
  std::ranges::sort(wanted_);
  const auto again = std::ranges::unique(wanted_);
  wanted_.erase(again.begin(), again.end());
}

void MerkleTree::append(const Digest& leaf) {
  ++size_;
  peaks_.push_back(leaf);
  note(1);
  for (std::uint64_t width = 2; size_ % width == 0; width *= 2) {
    const Digest right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = node_hash(peaks_.back(), right);
    note(width);
  }
}

// The node of the last `width` leaves is hashed.
void MerkleTree::note(std::uint64_t width) {
  if (found_.size() == wanted_.size()) return;
  if (wanted_[found_.size()] != LeafRange{.begin = size_ - width, .end = size_}) return;
  found_.push_back(peaks_.back());
}

Digest MerkleTree::hash_of(const LeafRange& range) const {
  const auto found = std::ranges::lower_bound(wanted_, range);
  if (found == wanted_.end() || *found != range)
    throw std::logic_error("a node that nobody wanted");
  const auto place = static_cast<std::size_t>(found - wanted_.begin());
  if (place < found_.size()) return found_[place];
  if (range.end != size_) throw std::logic_error("a node of a tree of another size");
  return fold_from(range.begin);
}

// Of the peaks whose leaves are at `begin` or after it.
Digest MerkleTree::fold_from(std::uint64_t begin) const {
  if (size_ == 0) return hasher().finish();
  Digest hash = peaks_.back();
  std::uint64_t rest =
      size_ & (size_ - 1);  // Where the last peak begins, without its lowest digit.
  for (std::size_t i = peaks_.size() - 1; i > 0 && rest > begin; --i) {
    hash = node_hash(peaks_[i - 1], hash);
    rest &= rest - 1;
  }
  return hash;
}

}  // namespace giro::store
