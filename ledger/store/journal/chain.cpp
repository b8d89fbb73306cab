#include "ledger/store/journal/chain.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "ledger/store/journal/canonical.hpp"

namespace giro::store {

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Digest digest_of(const Digest& before, std::span<const std::uint8_t> bytes) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Digest digest{};
  const bool done = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), before.data(), before.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  if (!done) throw std::runtime_error("SHA-256 is not available from OpenSSL");
  return digest;
}

void Chain::add(const Entry& entry, std::string_view details, std::string_view metadata) {
  append_canonical(entry, details, metadata, bytes_);
}

const Digest& Chain::close() {
  head_ = digest_of(head_, bytes_);
  bytes_.clear();
  return head_;
}

}  // namespace giro::store
