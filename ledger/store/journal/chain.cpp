#include "ledger/store/journal/chain.hpp"

#include "ledger/store/journal/canonical.hpp"

namespace giro::store {

Digest digest_of(const Digest& before, std::span<const std::uint8_t> bytes) {
  static thread_local Sha256 sha256;
  return sha256.add(before).add(bytes).finish();
}

std::span<const std::uint8_t> Chain::add(const Entry& entry, const EntryTexts& texts) {
  const std::size_t before = bytes_.size();
  append_canonical(entry, texts, bytes_);
  return std::span<const std::uint8_t>(bytes_).subspan(before);
}

const Digest& Chain::close() {
  head_ = digest_of(head_, bytes_);
  bytes_.clear();
  return head_;
}

}  // namespace giro::store
