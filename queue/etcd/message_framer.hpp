// gRPC's frames of messages within a stream: a byte that says whether it is compressed, the length, the message.
// A message longer than the bound is refused as soon as its length is there. Values: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace giro::etcd {

class MessageFramer {
 public:
  enum class Damage : std::uint8_t { none, compressed, too_large };
  static constexpr std::size_t kPrefixBytes = 5;

  explicit MessageFramer(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // Takes off `bytes` what belongs to the message at hand, and gives it once it is whole. Nothing: all of `bytes` is
  // taken and more must come, or it is damaged, which it stays.
  [[nodiscard]] std::optional<std::string> take(std::string_view& bytes) {
    if (damage_ != Damage::none) return std::nullopt;
    fill(prefix_, kPrefixBytes, bytes);
    if (prefix_.size() < kPrefixBytes || !look_at_prefix()) return std::nullopt;
    fill(message_, length_, bytes);
    if (message_.size() < length_) return std::nullopt;
    prefix_.clear();
    return std::exchange(message_, {});
  }

  [[nodiscard]] Damage damage() const { return damage_; }
  // Of the message that is too large.
  [[nodiscard]] std::size_t length() const { return length_; }

  // Writes the prefix of the message that lies behind room for it.
  static void frame(std::string& bytes) {
    const std::size_t length = bytes.size() - kPrefixBytes;
    for (std::size_t i = 0; i < 4; ++i) bytes[4 - i] = static_cast<char>(length >> (8 * i));
  }

 private:
  static void fill(std::string& part, std::size_t size, std::string_view& bytes) {
    const std::string_view more = bytes.substr(0, size - part.size());
    part.append(more);
    bytes.remove_prefix(more.size());
  }
  bool look_at_prefix() {
    length_ = 0;
    for (std::size_t i = 1; i < kPrefixBytes; ++i) {
      length_ = length_ << 8U | static_cast<unsigned char>(prefix_[i]);
    }
    if (prefix_[0] != 0) damage_ = Damage::compressed;  // Nobody asked for that.
    if (length_ > message_bytes_max_) damage_ = Damage::too_large;
    return damage_ == Damage::none;
  }

  const std::size_t message_bytes_max_;
  std::string prefix_;
  std::size_t length_ = 0;
  std::string message_;
  Damage damage_ = Damage::none;
};

}  // namespace giro::etcd
