#include "ledger/store/proof/keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/backup/durable_file.hpp"
#include "ledger/store/journal/sha256.hpp"

namespace giro::store {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4'096;  // A PEM of Ed25519 has some 120.
constexpr char kEd25519Mark = 1;                 // Of its kind, in the id of a key.

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioHandle = std::unique_ptr<BIO, FreeBio>;

struct FreeMd {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MdHandle = std::unique_ptr<EVP_MD_CTX, FreeMd>;

std::unexpected<std::string> wrong(const std::filesystem::path& file, std::string_view how) {
  return std::unexpected(fmt::format("{} {}", file.string(), how));
}

// systemd gives a credential to the service's user by an access list, which looks like a right of the group.
bool is_credential(const std::filesystem::path& file) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && file.parent_path() == std::filesystem::path(folder);
}

enum class Secrecy : std::uint8_t { secret, open };

// Why others may have read it; nothing: they can't.
std::optional<std::string> seen_by_others(const std::filesystem::path& file,
                                          const struct stat& status) {
  const mode_t others = is_credential(file) ? S_IRWXO : S_IRWXG | S_IRWXO;
  if ((status.st_mode & others) != 0) {
    return fmt::format(
        "can be used by others (mode {:04o}): whoever has read it can sign in the ledger's name. "
        "Make a new key, or `chmod 600` this one if nobody has",
        status.st_mode & 07777U);
  }
  if (!is_credential(file) && status.st_uid != ::geteuid() && status.st_uid != 0 &&
      ::geteuid() != 0) {
    return fmt::format("belongs to another user ({}), who can sign in the ledger's name",
                       status.st_uid);
  }
  return std::nullopt;
}

std::expected<std::string, std::string> content_of(const std::filesystem::path& file,
                                                   Secrecy secrecy) {
  const OwnedDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (opened.number() < 0 || ::fstat(opened.number(), &status) != 0) {
    return wrong(file, fmt::format("can't be read: {}", std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return wrong(file, "is no file");
  if (secrecy == Secrecy::secret) {
    if (const auto seen = seen_by_others(file, status)) return wrong(file, *seen);
  }
  std::string content(kKeyFileBytesMax, '\0');
  const ssize_t size = ::read(opened.number(), content.data(), content.size());
  if (size < 0) return wrong(file, fmt::format("can't be read: {}", std::strerror(errno)));
  content.resize(static_cast<std::size_t>(size));
  return content;
}

// Nobody is asked for a passphrase.
int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

BioHandle bio_of(const std::string& content) {
  return BioHandle(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

bool is_ed25519(const evp_pkey_st* key) {
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
}

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

PublicKey::PublicKey(const evp_pkey_st* key) {
  std::size_t size = raw_.size();
  if (EVP_PKEY_get_raw_public_key(key, raw_.data(), &size) == 1) {
    key_.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_.data(), raw_.size()));
  }
  if (key_ == nullptr) throw std::runtime_error("Ed25519 is not available from OpenSSL");
}

std::expected<PublicKey, std::string> PublicKey::read(const std::filesystem::path& file) {
  const auto content = content_of(file, Secrecy::open);
  if (!content) return std::unexpected(content.error());
  const KeyHandle key(PEM_read_bio_PUBKEY(bio_of(*content).get(), nullptr, no_passphrase, nullptr));
  if (!is_ed25519(key.get())) return wrong(file, "has no public key of Ed25519 in PEM");
  return PublicKey(key.get());
}

bool PublicKey::holds(std::string_view text, const Ed25519Signature& signature) const {
  const MdHandle context(EVP_MD_CTX_new());
  const auto bytes = bytes_of(text);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(),
                          bytes.size()) == 1;
}

std::array<std::uint8_t, 4> PublicKey::id(std::string_view name) const {
  const char marks[] = {'\n', kEd25519Mark};
  const Digest digest = Sha256().add(name).add({marks, sizeof marks}).add(raw_).finish();
  std::array<std::uint8_t, 4> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string PublicKey::pem() const {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) {
    throw std::runtime_error("a public key can't be written as PEM");
  }
  return text_of(bio.get());
}

std::expected<SigningKey, std::string> SigningKey::read(const std::filesystem::path& file) {
  auto content = content_of(file, Secrecy::secret);
  if (!content) return std::unexpected(content.error());
  KeyHandle key(PEM_read_bio_PrivateKey(bio_of(*content).get(), nullptr, no_passphrase, nullptr));
  OPENSSL_cleanse(content->data(), content->size());
  if (!is_ed25519(key.get())) {
    return wrong(file, "has no key of Ed25519 in PEM, or one under a passphrase");
  }
  return SigningKey(std::move(key));
}

std::expected<SigningKey, std::string> SigningKey::make(const std::filesystem::path& file) {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  if (key == nullptr || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    throw std::runtime_error("Ed25519 is not available from OpenSSL");
  }
  const OwnedDescriptor made(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (made.number() < 0) {
    return wrong(file, errno == EEXIST ? "is there already, and a key is never overwritten"
                                       : fmt::format("can't be made: {}", std::strerror(errno)));
  }
  std::string text = text_of(bio.get());
  const bool is_written =
      write_all(made.number(), text) && ::fsync(made.number()) == 0 && sync_folder(folder_of(file));
  const int cause = errno;
  OPENSSL_cleanse(text.data(), text.size());
  if (is_written) return SigningKey(std::move(key));
  ::unlink(file.c_str());
  return wrong(file, fmt::format("can't be written: {}", std::strerror(cause)));
}

Ed25519Signature SigningKey::sign(std::string_view text) const {
  const MdHandle context(EVP_MD_CTX_new());
  const auto bytes = bytes_of(text);
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL can't sign by Ed25519");
  }
  return signature;
}

}  // namespace giro::store
