#include "ledger/store/journal/chain.hpp"

#include <bit>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace giro::store {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are hashed as they lie");

// Writes at a place that has room; keeps the loop over millions of entries free of checks.
class Packer {
 public:
  explicit Packer(std::uint8_t* out) : out_(out) {}

  template <class Integer>
  void put(Integer value) {
    std::memcpy(out_, &value, sizeof value);
    out_ += sizeof value;
  }
  void put(std::string_view text) {
    if (!text.empty()) std::memcpy(out_, text.data(), text.size());
    out_ += text.size();
  }
  void put(const Posting& posting) {
    put(posting.from);
    put(posting.to);
    put(posting.amount);
    put(posting.from_after);
    put(posting.to_after);
  }
  [[nodiscard]] const std::uint8_t* end() const { return out_; }

 private:
  std::uint8_t* out_;
};

constexpr std::size_t kPostingBytes = 2 * sizeof(AccountNumber) + 3 * sizeof(Amount);
constexpr std::size_t kFixedBytes = 8 + 8 + 1 + 1 + 4 + 1 + kPostingBytes + 12;

}  // namespace

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void Chain::add(const Entry& entry, std::string_view details, std::string_view metadata) {
  const auto* payment = std::get_if<PaymentBody>(&entry.body);  // Nearly all are.
  const Legs* several = payment == nullptr ? entry.legs() : nullptr;
  const auto legs = several == nullptr || several->postings.size() < 2
                        ? std::span<const Posting>()
                        : std::span<const Posting>(several->postings);
  const std::size_t before = bytes_.size();
  bytes_.resize(before + kFixedBytes + entry.key.size() + legs.size() * kPostingBytes +
                details.size() + metadata.size());
  Packer packer(bytes_.data() + before);
  packer.put(entry.seq);
  packer.put(entry.at.ns);
  packer.put(static_cast<std::uint8_t>(entry.kind()));
  packer.put(static_cast<std::uint8_t>(entry.outcome));
  packer.put(entry.uid);
  packer.put(static_cast<std::uint8_t>(entry.key.size()));
  packer.put(entry.key.view());
  if (payment != nullptr) {
    packer.put(payment->posting);
  } else {
    packer.put(entry.row_posting());
  }
  packer.put(static_cast<std::uint32_t>(legs.size()));
  for (const Posting& leg : legs) packer.put(leg);
  packer.put(static_cast<std::uint32_t>(details.size()));
  packer.put(details);
  packer.put(static_cast<std::uint32_t>(metadata.size()));
  packer.put(metadata);
}

const Digest& Chain::close() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const bool done = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), head_.data(), head_.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes_.data(), bytes_.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), head_.data(), nullptr) == 1;
  if (!done) throw std::runtime_error("SHA-256 is not available from OpenSSL");
  bytes_.clear();
  return head_;
}

}  // namespace giro::store
