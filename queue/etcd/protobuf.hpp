// Protocol Buffers' wire format, as much of it as etcd's messages need: whole numbers, bytes, and messages within
// messages. Fields that aren't named are passed over, as the format asks.
//
//   ProtoWriter out(bytes);                     ProtoReader in(bytes);
//   out.bytes(1, key);                          while (in.next()) {
//   out.message(2, [&](auto& inner) {             switch (in.field()) {
//     inner.number(1, limit);                       case 1: key = in.bytes(kKeyBytesMax); break;
//   });                                           }
//                                               }
//                                               if (!in.ok()) ...
//
// What always holds: a reader never looks past its bytes and copies none; where they aren't the format, where a
// field is of another type than asked for, or longer than allowed, it ends for good and ok() is false, so that one
// look at the end is enough. Values: any thread.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace giro::etcd {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// How long what is written would be. A message lies behind its length, and is written only once this way.
class ProtoSize {
 public:
  void number(std::uint32_t field, std::integral auto value) {
    if (value != 0) size_ += tag_size(field) + varint_size(static_cast<std::uint64_t>(value));
  }
  void bytes(std::uint32_t field, std::string_view value) {
    if (!value.empty()) sized(field, value.size());
  }
  template <class Write>
  void message(std::uint32_t field, const Write& write) {
    ProtoSize inner;
    write(inner);
    sized(field, inner.size());
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static std::size_t varint_size(std::uint64_t value) {
    std::size_t size = 1;
    while ((value >>= 7U) != 0) ++size;
    return size;
  }
  static std::size_t tag_size(std::uint32_t field) {
    return varint_size(std::uint64_t{field} << 3U);
  }
  void sized(std::uint32_t field, std::size_t bytes) {
    size_ += tag_size(field) + varint_size(bytes) + bytes;
  }

  std::size_t size_ = 0;
};

// What is zero or empty isn't written, since that is what a field is that isn't there; a message always is.
class ProtoWriter {
 public:
  // Appends to `out`.
  explicit ProtoWriter(std::string& out) : out_(out) {}

  void number(std::uint32_t field, std::integral auto value) {
    if (value == 0) return;
    tag(field, WireType::varint);
    varint(static_cast<std::uint64_t>(value));
  }
  void bytes(std::uint32_t field, std::string_view value) {
    if (value.empty()) return;
    tag(field, WireType::bytes);
    varint(value.size());
    out_.append(value);
  }
  // `write` writes it to what it is given; it is called twice and writes the same.
  template <class Write>
  void message(std::uint32_t field, const Write& write) {
    ProtoSize inner;
    write(inner);
    tag(field, WireType::bytes);
    varint(inner.size());
    write(*this);
  }

 private:
  void tag(std::uint32_t field, WireType type) {
    varint((std::uint64_t{field} << 3U) | static_cast<std::uint64_t>(type));
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out_.push_back(static_cast<char>(value | 0x80U));
    out_.push_back(static_cast<char>(value));
  }

  std::string& out_;
};

class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : rest_(bytes) {}

  // False: there is none, or it is damaged.
  [[nodiscard]] bool next() {
    if (!ok_ || rest_.empty()) return false;
    const std::uint64_t tag = varint();
    if ((tag >> 3U) == 0 || (tag >> 3U) > kFieldMax) ok_ = false;
    field_ = static_cast<std::uint32_t>(tag >> 3U);
    type_ = static_cast<WireType>(tag & 7U);
    switch (type_) {
      case WireType::varint:
        number_ = varint();
        break;
      case WireType::fixed64:
        (void)take(8);
        break;
      case WireType::bytes:
        bytes_ = take(varint());
        break;
      case WireType::fixed32:
        (void)take(4);
        break;
      default:  // Groups, which no message of etcd has, and what was never defined.
        ok_ = false;
    }
    return ok_;
  }

  // Of the field that next() found.
  [[nodiscard]] std::uint32_t field() const { return field_; }
  [[nodiscard]] std::int64_t number() { return static_cast<std::int64_t>(id()); }
  [[nodiscard]] std::uint64_t id() {
    if (type_ != WireType::varint) fail();
    return ok_ ? number_ : 0;
  }
  [[nodiscard]] bool flag() { return id() != 0; }
  // A view into what is read.
  [[nodiscard]] std::string_view bytes(std::size_t bytes_max) {
    if (type_ != WireType::bytes || bytes_.size() > bytes_max) fail();
    return ok_ ? bytes_ : std::string_view();
  }
  [[nodiscard]] ProtoReader message() { return ProtoReader(bytes(std::string_view::npos)); }

  void fail() { ok_ = false; }
  // A message within is as good as its reader says: hand its ok() to this.
  void require(bool good) { ok_ = ok_ && good; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  static constexpr std::uint64_t kFieldMax = (std::uint64_t{1} << 29U) - 1;

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;  // More than 64 bits.
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) fail();
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  std::uint32_t field_ = 0;
  WireType type_ = WireType::varint;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace giro::etcd
