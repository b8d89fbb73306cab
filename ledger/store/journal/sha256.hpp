// SHA-256 by OpenSSL, for millions of short texts: the algorithm is looked up once, not once a text.
// Thread: any; an object by one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's.

namespace giro::store {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

class Sha256 {
 public:
  Sha256();

  Sha256& add(std::span<const std::uint8_t> bytes);
  Sha256& add(std::string_view text) {
    return add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  // Of all that was added since the last time.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace giro::store
