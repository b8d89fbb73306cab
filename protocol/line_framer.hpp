// Bytes in, lines out. Lines are views into the buffer that the bytes were read into.
//
//   read into space(), tell received(n), then take lines with next() until it says `none`
//
// What always holds:
//   - every line has kPaddingBytes readable bytes after it, as simdjson needs them;
//   - each byte is looked at once and moved a bounded number of times, however it arrives;
//   - the buffer is never larger than kBytesMax, and with nothing waiting it is kBytesIdle, so that idle
//     connections cost next to nothing.
// Thread: one at a time. A line is valid until the next call of space() or relax().
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace giro::protocol {

inline constexpr std::size_t kLineBytesMax = std::size_t{16} << 20;

class LineFramer {
 public:
  static constexpr std::size_t kPaddingBytes = 64;
  static constexpr std::size_t kBytesIdle = 2'048;
  static constexpr std::size_t kBytesBusy = std::size_t{64} << 10;
  static constexpr std::size_t kBytesMax = kLineBytesMax + kBytesBusy;

  enum class Next { line, none, too_long };

  // What capacity() will be after the next call of space().
  [[nodiscard]] std::size_t capacity_wanted() const;
  // Where to read to: at least one byte, unless next() would say `too_long`.
  [[nodiscard]] std::span<char> space();
  // REQUIRES: count <= space().size().
  void received(std::size_t count) { end_ += count; }

  // The next line without its line feed. `too_long`: there is no way to go on.
  [[nodiscard]] Next next(std::string_view& line);
  // What is left without a line feed: the last line of a client that doesn't end it.
  [[nodiscard]] std::string_view rest();
  // What waits, whatever its lines, and how to take some of it.
  [[nodiscard]] std::string_view peek() const { return {bytes_.get() + begin_, waiting()}; }
  void skip(std::size_t count) { begin_ = scanned_ = begin_ + count; }
  // Gives memory back when nothing waits.
  void relax();

  [[nodiscard]] bool empty() const { return begin_ == end_; }
  // Bytes received and not handed out.
  [[nodiscard]] std::size_t waiting() const { return end_ - begin_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;  // Without the padding.
  std::size_t begin_ = 0;     // Of the line that is next.
  std::size_t scanned_ = 0;   // No line feed in [begin_, scanned_).
  std::size_t end_ = 0;       // Of what was received.
};

}  // namespace giro::protocol
