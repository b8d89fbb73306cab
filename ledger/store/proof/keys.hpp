// The Ed25519 keys that checkpoints are signed with, as PEM files like those of `openssl genpkey -algorithm ed25519`
// and `openssl pkey -pubout`.
//
// What always holds: a key to sign with is read only from a file that nobody else can read, and is made as one.
// Errors: a clause for the operator that begins with the file's name. Thread: any.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's.

namespace giro::store {

using Ed25519Signature = std::array<std::uint8_t, 64>;

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

class PublicKey {
 public:
  static std::expected<PublicKey, std::string> read(const std::filesystem::path& file);
  // REQUIRES: an Ed25519 key.
  explicit PublicKey(const evp_pkey_st* key);

  [[nodiscard]] bool holds(std::string_view text, const Ed25519Signature& signature) const;
  // What a signed note calls this key by, under this name (c2sp.org/signed-note).
  [[nodiscard]] std::array<std::uint8_t, 4> id(std::string_view name) const;
  [[nodiscard]] std::string pem() const;

 private:
  KeyHandle key_;
  std::array<std::uint8_t, 32> raw_{};
};

class SigningKey {
 public:
  static std::expected<SigningKey, std::string> read(const std::filesystem::path& file);
  // Into a new file, which nobody else can read.
  static std::expected<SigningKey, std::string> make(const std::filesystem::path& file);

  [[nodiscard]] PublicKey public_key() const { return PublicKey(key_.get()); }
  [[nodiscard]] Ed25519Signature sign(std::string_view text) const;

 private:
  explicit SigningKey(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

}  // namespace giro::store
