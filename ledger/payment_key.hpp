// What a client names a payment by, for ever: 1 to 128 bytes of text. Empty: none.
//
// Up to 64 bytes live inside their owner, so that millions of payments pass the queue each second without
// touching the heap; composite keys are longer, and pay for their own memory. A field of 128 bytes in
// every payment and every entry took 8% of the daemon's processor time. Values: any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace giro {

class PaymentKey {
 public:
  static constexpr std::size_t kBytesMax = 128;

  PaymentKey() = default;
  // Throws std::length_error when the text is longer than a key can be: it wasn't checked, or a file was
  // changed.
  explicit PaymentKey(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    if (text.size() > kBytesMax) throw std::length_error("a text is longer than its field");
    if (is_long()) {
      put_outside(text);
    } else {
      text.copy(bytes_.data(), bytes_.size());
    }
  }
  PaymentKey(const PaymentKey& other) : size_(other.size_), bytes_(other.bytes_) {
    if (is_long()) put_outside(other.view());
  }
  PaymentKey(PaymentKey&& other) noexcept : size_(other.size_), bytes_(other.bytes_) {
    if (is_long()) other.size_ = 0;
  }
  PaymentKey& operator=(PaymentKey other) noexcept {
    std::swap(size_, other.size_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~PaymentKey() {
    if (is_long()) delete[] outside();
  }

  [[nodiscard]] std::string_view view() const {
    return {is_long() ? outside() : bytes_.data(), size_};
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t bytes_outside() const { return is_long() ? size_ : 0; }

  friend bool operator==(const PaymentKey& a, const PaymentKey& b) { return a.view() == b.view(); }
  friend auto operator<=>(const PaymentKey& a, const PaymentKey& b) {
    return a.view() <=> b.view();
  }

 private:
  static constexpr std::size_t kBytesInside = 64;

  [[nodiscard]] bool is_long() const { return size_ > kBytesInside; }
  [[nodiscard]] char* outside() const {
    char* bytes = nullptr;
    std::memcpy(static_cast<void*>(&bytes), bytes_.data(), sizeof bytes);
    return bytes;
  }
  void put_outside(std::string_view text) {
    char* bytes = new char[text.size()];
    text.copy(bytes, text.size());
    std::memcpy(bytes_.data(), static_cast<const void*>(&bytes), sizeof bytes);
  }

  std::uint8_t size_ = 0;
  // Copied whole: a fixed size is copied in a few instructions. Of a long key, its bytes' address.
  std::array<char, kBytesInside> bytes_{};
};

}  // namespace giro
