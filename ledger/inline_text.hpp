// Short text that lives inside its owner: no allocation, trivially copyable, at most kMax bytes.
// The tag makes an account id and a currency code two types that can't be mixed up.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace giro {

template <class Tag, std::size_t kMax>
class InlineText {
  static_assert(kMax <= 255, "the size is kept in one byte");

 public:
  static constexpr std::size_t kBytesMax = kMax;

  InlineText() = default;

  // Throws std::length_error when text.size() > kMax: the text wasn't checked, or a file was
  // changed.
  explicit InlineText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    if (text.size() > kMax) throw std::length_error("a text is longer than its field");
    text.copy(bytes_.data(), kMax);
  }

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  friend bool operator==(const InlineText& a, const InlineText& b) { return a.view() == b.view(); }
  friend auto operator<=>(const InlineText& a, const InlineText& b) {
    return a.view() <=> b.view();
  }

 private:
  std::uint8_t size_ = 0;
  std::array<char, kMax> bytes_{};  // Copied whole: a fixed size is copied in a few instructions.
};

using AccountId = InlineText<struct AccountIdTag, 64>;
using CurrencyCode = InlineText<struct CurrencyCodeTag, 12>;

}  // namespace giro
