// Recent keys in memory: fingerprints to seqs, in a hash table that is made at its full size, so
// that no payment ever waits for it to grow. Two keys may share a fingerprint; both are kept.
// Thread: adding, one; reading beside a reader, any once nothing is added any more.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/state/prefetch.hpp"
#include "ledger/store/keys/zeroed_pages.hpp"

namespace giro::store {

struct KeyEntry {
  std::uint64_t fingerprint = 0;
  Seq seq = 0;

  friend auto operator<=>(const KeyEntry&, const KeyEntry&) = default;
};

class KeyTable {
 public:
  explicit KeyTable(std::size_t keys_max)
      : slots_(std::bit_ceil(keys_max * 2)), keys_max_(keys_max) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ >= keys_max_; }

  void add(std::uint64_t fingerprint, Seq seq) {
    if (size_ * 4 >= slots_.size() * 3) grow();
    place({.fingerprint = fingerprint, .seq = seq});
    ++size_;
  }

  // Calls `use(seq)` for each entry of the fingerprint until it says true; tells whether it did.
  template <class Use>
  bool find(std::uint64_t fingerprint, Use use) const {
    for (std::size_t i = home(fingerprint); slots_[i].seq != 0; i = next(i)) {
      if (slots_[i].fingerprint == fingerprint && use(slots_[i].seq)) return true;
    }
    return false;
  }

  void prefetch(std::uint64_t fingerprint) const { giro::prefetch(&slots_[home(fingerprint)]); }

  // In no order.
  [[nodiscard]] std::vector<KeyEntry> entries() const {
    std::vector<KeyEntry> all;
    all.reserve(size_);
    for (const KeyEntry& slot : slots_) {
      if (slot.seq != 0) all.push_back(slot);
    }
    return all;
  }

 private:
  [[nodiscard]] std::size_t home(std::uint64_t fingerprint) const {
    return static_cast<std::size_t>(fingerprint) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }

  void place(const KeyEntry& entry) {
    std::size_t i = home(entry.fingerprint);
    while (slots_[i].seq != 0) i = next(i);
    slots_[i] = entry;
  }

  // Only when sealing falls far behind; a bound that a slow disk could break would lose keys.
  void grow() {
    const std::vector<KeyEntry> all = entries();
    slots_.assign(slots_.size() * 2, KeyEntry{});
    for (const KeyEntry& entry : all) place(entry);
  }

  // A power of two; seq 0: empty; linear probing.
  std::vector<KeyEntry, ZeroedPages<KeyEntry>> slots_;
  std::size_t keys_max_;
  std::size_t size_ = 0;
};

}  // namespace giro::store
