// What systemd would hear from a daemon. Thread: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/client.hpp"

namespace giro::test {

// The socket that systemd would listen on for sd_notify(3).
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : path_(path.string()), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no socket at " + path_);
    }
  }
  ~NotifySocket() { ::close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] std::string environment() const { return "NOTIFY_SOCKET=" + path_; }

  // Whether a message with this word comes in time.
  [[nodiscard]] bool hears(const std::string& word,
                           std::chrono::milliseconds patience = std::chrono::seconds(10)) const {
    const auto deadline = client::Clock::now() + patience;
    while (client::Clock::now() < deadline) {
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 100) <= 0) continue;
      char bytes[4096];
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      const std::string message(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (message.find(word) != std::string::npos) return true;
    }
    return false;
  }

 private:
  std::string path_;
  int socket_;
};

}  // namespace giro::test
