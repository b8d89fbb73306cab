// One nonblocking connection to the daemon, for a loop that has many: bytes out, lines in.
//
// What always holds: neither flush() nor receive() ever waits; lines are handed on without a copy
// but for those that two reads share. Thread: one at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "bench/load/failure.hpp"

namespace giro::load {

class Channel {
 public:
  [[nodiscard]] static Result<Channel> open(const std::string& socket_path);
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&&) = delete;
  ~Channel();

  [[nodiscard]] int handle() const { return socket_; }
  // What is appended here is sent by the flushes that follow.
  [[nodiscard]] std::string& outgoing() { return outgoing_; }
  [[nodiscard]] bool all_sent() const { return sent_ == outgoing_.size(); }
  [[nodiscard]] Result<void> flush();

  // Reads what is there, at most a buffer full, and gives each whole line (without its end) to
  // `take`, until that fails.
  template <class Take>
  [[nodiscard]] Result<void> receive(std::span<char> buffer, Take take);

 private:
  explicit Channel(int socket) : socket_(socket) {}
  // Nothing was there: empty.
  [[nodiscard]] Result<std::string_view> read_some(std::span<char> buffer);

  int socket_ = -1;
  std::string outgoing_;
  std::size_t sent_ = 0;   // How much of outgoing_ is gone.
  std::string beginning_;  // Of a line.
};

template <class Take>
Result<void> Channel::receive(std::span<char> buffer, Take take) {
  auto bytes = read_some(buffer);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  while (!bytes->empty()) {
    const std::size_t end = bytes->find('\n');
    if (end == std::string_view::npos) {
      beginning_ += *bytes;
      break;
    }
    std::string_view line = bytes->substr(0, end);
    if (!beginning_.empty()) line = beginning_ += line;
    if (Result<void> taken = take(line); !taken) return taken;
    beginning_.clear();
    bytes->remove_prefix(end + 1);
  }
  return {};
}

}  // namespace giro::load
