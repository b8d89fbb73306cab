#include "protocol/line_framer.hpp"

#include <algorithm>
#include <cstring>

namespace giro::protocol {

std::size_t LineFramer::capacity_wanted() const {
  if (capacity_ == 0) return kBytesIdle;
  // Moving what waits is cheap where it is the smaller half; otherwise the buffer doubles, so that a
  // byte is moved a constant number of times on average. The largest buffer holds any line.
  if (end_ < capacity_ || waiting() <= capacity_ / 2) return capacity_;
  return std::min(std::max(kBytesBusy, capacity_ * 2), kBytesMax);
}

std::span<char> LineFramer::space() {
  if (end_ == capacity_) move_to(capacity_wanted());
  return {bytes_.get() + end_, capacity_ - end_};
}

void LineFramer::move_to(std::size_t capacity) {
  const std::size_t waiting = end_ - begin_;
  if (capacity == capacity_) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, waiting);
  } else {
    auto moved = std::make_unique_for_overwrite<char[]>(capacity + kPaddingBytes);
    if (waiting > 0) std::memcpy(moved.get(), bytes_.get() + begin_, waiting);
    // simdjson looks at the padding but not into it; set so that no tool sees unset bytes.
    std::memset(moved.get() + capacity, 0, kPaddingBytes);
    bytes_ = std::move(moved);
    capacity_ = capacity;
  }
  scanned_ -= begin_;
  end_ = waiting;
  begin_ = 0;
}

LineFramer::Next LineFramer::next(std::string_view& line) {
  const void* found =
      scanned_ == end_ ? nullptr : std::memchr(bytes_.get() + scanned_, '\n', end_ - scanned_);
  if (found == nullptr) {
    scanned_ = end_;
    return end_ - begin_ > kLineBytesMax ? Next::too_long : Next::none;
  }
  const auto feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.get());
  line = {bytes_.get() + begin_, feed - begin_};
  begin_ = scanned_ = feed + 1;
  return line.size() > kLineBytesMax ? Next::too_long : Next::line;
}

std::string_view LineFramer::rest() {
  const std::string_view line(bytes_.get() + begin_, end_ - begin_);
  begin_ = scanned_ = end_;
  return line;
}

void LineFramer::relax() {
  if (!empty()) return;
  begin_ = scanned_ = end_ = 0;
  if (capacity_ > kBytesIdle) {
    bytes_.reset();
    capacity_ = 0;
  }
}

}  // namespace giro::protocol
