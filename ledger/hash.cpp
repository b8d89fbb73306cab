#include "ledger/hash.hpp"

#include <cstring>

#include <sodium/crypto_shorthash_siphash24.h>

namespace giro {

std::uint64_t hash(const HashSecret& secret, std::string_view text) {
  std::array<unsigned char, crypto_shorthash_siphash24_BYTES> digest{};
  crypto_shorthash_siphash24(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size(), secret.data());
  std::uint64_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

}  // namespace giro
