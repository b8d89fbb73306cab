// Integers and texts as bytes, and back: integers little-endian, a text behind its length. A reader that
// meets its end early, or a text that is too long, fails for good: what it gives then means nothing, so
// that one look at ok() in the end is enough. Values: any thread.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace giro {

static_assert(std::endian::native == std::endian::little, "integers are copied as they lie");

class ByteWriter {
 public:
  // Appends to `out`.
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <std::integral Integer>
  void put(Integer value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  // REQUIRES: the size fits a Length.
  template <std::unsigned_integral Length>
  void put_text(std::string_view text) {
    put(static_cast<Length>(text.size()));
    out_.append(text);
  }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <std::integral Integer>
  [[nodiscard]] Integer get() {
    Integer value{};
    const std::string_view bytes = take(sizeof value);
    if (ok_) bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  // A view into what is read; longer than `bytes_max`: fails.
  template <std::unsigned_integral Length>
  [[nodiscard]] std::string_view get_text(std::size_t bytes_max) {
    const auto size = static_cast<std::size_t>(get<Length>());
    if (size > bytes_max) fail();
    return take(size);
  }

  void fail() { ok_ = false; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  [[nodiscard]] std::string_view take(std::size_t count) {
    if (count > rest_.size()) fail();
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace giro
