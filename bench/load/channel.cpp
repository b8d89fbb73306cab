#include "bench/load/channel.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace giro::load {
namespace {

// Sent bytes are dropped when so many have gathered.
constexpr std::size_t kCompactAt = std::size_t{4} << 20;
// As much as the kernel allows (net.core.wmem_max): groups of payments are nearly a megabyte.
constexpr int kSendBuffer = 4 << 20;

bool must_wait(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

}  // namespace

Result<Channel> Channel::open(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return failed(fmt::format("the socket's path is too long: {}", socket_path),
                  "Run it with a --dir that has a shorter path.");
  }
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  Channel channel(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A connect() that doesn't wait would fail while the daemon's backlog is full.
  if (channel.socket_ < 0 || ::connect(channel.socket_, reinterpret_cast<const sockaddr*>(&address),
                                       sizeof address) != 0) {
    return failed(fmt::format("can't connect to {}: {}", socket_path, std::strerror(errno)),
                  "Is the daemon running, and does it allow so many connections?");
  }
  (void)::setsockopt(channel.socket_, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  return channel;
}

Channel::Channel(Channel&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      outgoing_(std::move(other.outgoing_)),
      sent_(other.sent_),
      beginning_(std::move(other.beginning_)) {}

Channel::~Channel() {
  if (socket_ >= 0) ::close(socket_);
}

Result<void> Channel::flush() {
  while (!all_sent()) {
    const ssize_t count = ::send(socket_, outgoing_.data() + sent_, outgoing_.size() - sent_,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && must_wait(errno)) break;
    if (count < 0) {
      return failed(fmt::format("can't send to the daemon: {}", std::strerror(errno)),
                    "The daemon ended or cut the connection off: see its log.");
    }
    sent_ += static_cast<std::size_t>(count);
  }
  if (all_sent()) {
    outgoing_.clear();
    sent_ = 0;
  } else if (sent_ > kCompactAt) {
    outgoing_.erase(0, sent_);
    sent_ = 0;
  }
  return {};
}

Result<std::string_view> Channel::read_some(std::span<char> buffer) {
  const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count > 0) return std::string_view(buffer.data(), static_cast<std::size_t>(count));
  if (count < 0 && must_wait(errno)) return std::string_view();
  return failed(count == 0 ? std::string("the daemon closed a connection in the middle of the work")
                           : fmt::format("can't read from the daemon: {}", std::strerror(errno)),
                "See the daemon's log.");
}

}  // namespace giro::load
