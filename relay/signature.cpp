#include "relay/signature.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium/utils.h>

namespace giro::relay {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kDigestBytes = 32;

std::string base64(std::span<const unsigned char> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero.
  text.resize(
      static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                               bytes.data(), static_cast<int>(bytes.size()))));
  return text;
}

}  // namespace

// libsodium's decoder refuses what OpenSSL's lets pass: blanks, and padding in the middle.
std::optional<Secret> parse_secret(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  Secret secret(kSecretBytesMax);
  std::size_t size = 0;
  if (sodium_base642bin(secret.data(), secret.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  if (size < kSecretBytesMin) return std::nullopt;
  secret.resize(size);
  return secret;
}

std::string sign(std::span<const Secret> secrets, std::string_view id, std::int64_t timestamp_s,
                 std::string_view body) {
  const std::string content = fmt::format("{}.{}.{}", id, timestamp_s, body);
  std::string signatures;
  for (const Secret& secret : secrets) {
    std::array<unsigned char, kDigestBytes> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data(),
         &size);
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + base64(digest);
  }
  return signatures;
}

}  // namespace giro::relay
