// Bytes that wait to be sent to a client. With none, it has no more than a few KiB of memory.
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace giro {

class Outbox {
 public:
  // What is appended here is sent after what waits already.
  [[nodiscard]] std::string& text() { return text_; }
  [[nodiscard]] std::string_view unsent() const { return std::string_view(text_).substr(sent_); }
  // What it takes in memory, with what is sent already.
  [[nodiscard]] std::size_t size() const { return text_.size(); }

  // REQUIRES: count <= unsent().size().
  void sent(std::size_t count) {
    sent_ += count;
    if (sent_ == text_.size()) return clear();
    // Each byte is moved once at most on average: only the smaller half ever is.
    if (sent_ > text_.size() / 2) text_.erase(0, std::exchange(sent_, 0));
  }
  void clear() {
    constexpr std::size_t kKept = 4'096;
    sent_ = 0;
    text_.clear();
    if (text_.capacity() > kKept) std::string().swap(text_);
  }

 private:
  std::string text_;
  std::size_t sent_ = 0;
};

}  // namespace giro
