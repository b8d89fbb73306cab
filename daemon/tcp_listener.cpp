#include "daemon/tcp_listener.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace giro {
namespace {

using boost::asio::ip::tcp;
using Failure = std::unexpected<std::string>;

constexpr int kBacklog = 4'096;
constexpr std::size_t kTokenBytesMin = 16;

std::expected<tcp::endpoint, std::string> endpoint_of(int socket) {
  tcp::endpoint at;
  auto size = static_cast<socklen_t>(at.capacity());
  if (::getsockname(socket, at.data(), &size) != 0) {
    return Failure("the name of systemd's TCP socket can't be read");
  }
  at.resize(size);
  if (at.address().is_loopback()) return at;
  return Failure(fmt::format(
      "systemd handed over a socket that listens on {}, which isn't the loopback. HTTP has no "
      "encryption "
      "here: let girod-http.socket listen on 127.0.0.1, and put a proxy with TLS before it",
      text_of(at)));
}

TcpListener listener_of(int socket, const tcp::endpoint& at) {
  return {.socket = socket, .family = at.protocol().family(), .address = text_of(at)};
}

std::expected<std::optional<TcpListener>, std::string> adopt() {
  constexpr int kListening = 1;
  std::optional<TcpListener> adopted;
  for (int i = 0; i < ::sd_listen_fds(0); ++i) {
    const int socket = SD_LISTEN_FDS_START + i;
    if (::sd_is_socket_inet(socket, AF_UNSPEC, SOCK_STREAM, kListening, 0) <= 0) continue;
    if (adopted)
      return Failure(
          "systemd handed over two TCP sockets. girod-http.socket must have one ListenStream");
    const auto at = endpoint_of(socket);
    if (!at) return Failure(at.error());
    adopted = listener_of(socket, *at);
  }
  return adopted;
}

std::expected<std::optional<TcpListener>, std::string> listen_at(const tcp::endpoint& at) {
  const int socket =
      ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int yes = 1;
  if (socket >= 0 && ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      ::bind(socket, at.data(), static_cast<socklen_t>(at.size())) == 0 &&
      ::listen(socket, kBacklog) == 0) {
    const auto bound = endpoint_of(socket);  // Port 0 has become a number.
    if (!bound) return Failure(bound.error());
    return listener_of(socket, *bound);
  }
  const int error = errno;
  if (socket >= 0) ::close(socket);
  return Failure(fmt::format(
      "can't listen on {} (http.listen): {}. Nothing was decided; choose another port, or see "
      "who has it by ss -ltnp",
      text_of(at), std::strerror(error)));
}

}  // namespace

std::expected<std::optional<TcpListener>, std::string> open_tcp_listener(const Config& config) {
  auto adopted = adopt();
  if (!adopted || *adopted || !config.http.listen) return adopted;
  return listen_at(*config.http.listen);
}

std::expected<std::string, std::string> read_token(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  const auto wrong = [&file](std::string_view what) {
    return Failure(
        fmt::format("the token in {} (http.token_file) can't be used: {}", file.string(), what));
  };
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0)
    return wrong("there is no such file, or girod may not look at it");
  constexpr mode_t kOthers = 0007;
  constexpr mode_t kGroupWrites = 0020;
  if ((status.st_mode & (kOthers | kGroupWrites)) != 0) {
    return wrong("others may read or change it. Give it to girod's user alone: chmod 600");
  }
  std::string token;
  std::ifstream in(file);
  std::getline(in, token);
  if (in.bad() || token.size() < kTokenBytesMin ||
      token.find_first_of(" \t\r") != std::string::npos) {
    return wrong(
        "its first line must be a token of at least 16 characters without blanks, such as openssl "
        "rand -hex 32 makes");
  }
  return token;
}

}  // namespace giro
