#include "ledger/store/surroundings.hpp"

#include <sodium/randombytes.h>

namespace giro::store {

void random_bytes(std::span<std::uint8_t> bytes) {
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace giro::store
