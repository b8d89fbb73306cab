#include "ledger/store/journal/sha256.hpp"

#include <stdexcept>

#include <openssl/evp.h>

#include "ledger/hex.hpp"

namespace giro::store {
namespace {

void require(int done) {
  if (done != 1) throw std::runtime_error("SHA-256 is not available from OpenSSL");
}

// Never freed: others may hash until the process ends.
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  return giro::to_hex(bytes);
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(EVP_DigestInit_ex(context_.get(), algorithm(), nullptr));
}

Sha256& Sha256::add(std::span<const std::uint8_t> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  return *this;
}

Digest Sha256::finish() {
  Digest digest{};
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr));
  return digest;
}

}  // namespace giro::store
