// A file or stdin, read forwards through a buffer that its user looks into: constant memory for any
// length of input, and no waiting for input that isn't there unless asked to.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/failure.hpp"

namespace giro::cli {

class ByteSource {
 public:
  // "-": stdin.
  [[nodiscard]] static Result<ByteSource> open(const std::string& path);
  // REQUIRES: `handle` is open for reading; it is closed with this unless it is stdin.
  explicit ByteSource(int handle) : handle_(handle) {}
  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&&) = delete;
  ~ByteSource();

  // What was read and not consumed. Valid until the next fill() or consume().
  [[nodiscard]] std::string_view view() const { return std::string_view(buffer_).substr(begin_); }
  [[nodiscard]] bool at_end() const { return at_end_; }  // Nothing comes after view().
  // fill() would wait: a pipe or terminal that has nothing for now.
  [[nodiscard]] bool would_wait() const;
  // Reads more behind view(), or finds the end.
  [[nodiscard]] Result<void> fill();
  // REQUIRES: bytes <= view().size().
  void consume(std::size_t bytes);

  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }
  [[nodiscard]] std::optional<std::uint64_t> size() const;  // Of a regular file.

 private:
  int handle_ = -1;
  bool at_end_ = false;
  std::string buffer_;
  std::size_t begin_ = 0;  // What lies before it in buffer_ is consumed.
  std::uint64_t consumed_ = 0;
};

// The next line without its end (LF or CRLF), or nothing when the source has none left; waits only
// if `may_wait`, and then `waiting` says that nothing meant "not yet".
// Usage failures: a line longer than `bytes_max`, and a last one without its end, of which nobody
// knows whether it is whole.
struct LineResult {
  std::optional<std::string> line;
  bool waiting = false;
};
[[nodiscard]] Result<LineResult> next_line(ByteSource& source, bool may_wait,
                                           std::size_t bytes_max);

}  // namespace giro::cli
