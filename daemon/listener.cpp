#include "daemon/listener.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace giro {
namespace {

constexpr int kBacklog = 4'096;

using Failure = std::unexpected<std::string>;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

Failure failed(const std::filesystem::path& path, std::string_view what) {
  const int error = errno;
  return Failure(
      fmt::format("can't listen on {}: {}: {}. Choose another path with --socket, or "
                  "see to its directory's permissions",
                  path.string(), what, std::strerror(error)));
}

std::expected<sockaddr_un, std::string> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return Failure(
        fmt::format("can't listen on {}: a socket's path has at most {} bytes. Choose a "
                    "shorter one with --socket",
                    path.string(), sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Listener listener_at(int socket, const std::filesystem::path& path, bool own_file) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) status.st_gid = ::getegid();
  return {.socket = socket,
          .path = path,
          .group = status.st_gid,
          .own_file = own_file,
          .file = {.device = status.st_dev, .inode = status.st_ino}};
}

std::expected<Listener, std::string> adopt_listener() {
  constexpr int kListening = 1;
  int socket = -1;
  bool strange = false;
  const int count = ::sd_listen_fds(1);
  for (int candidate = SD_LISTEN_FDS_START; candidate < SD_LISTEN_FDS_START + count; ++candidate) {
    if (::sd_is_socket_inet(candidate, AF_UNSPEC, SOCK_STREAM, kListening, 0) > 0) continue;
    const bool is_ours =
        ::sd_is_socket_unix(candidate, SOCK_STREAM, kListening, nullptr, 0) > 0 && socket < 0;
    strange = strange || !is_ours;
    socket = candidate;
  }
  if (socket < 0 || strange) {
    return Failure(
        "systemd handed over something else than one listening Unix stream socket, and one of TCP "
        "at most. See to girod.socket: it must have one ListenStream with a path");
  }
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return failed("systemd's socket", "its name can't be read");
  }
  return listener_at(socket, address.sun_path, false);
}

// Makes way for a new socket file, unless somebody listens or it is something else.
std::expected<void, std::string> clear_path(const std::filesystem::path& path,
                                            const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return Failure(
        fmt::format("can't listen on {}: there is a file that isn't a socket. It was "
                    "left alone; choose another path with --socket",
                    path.string()));
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A full backlog (EAGAIN) is somebody who listens.
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return Failure(
        fmt::format("another girod is listening on {}. It goes on undisturbed; stop it "
                    "first, or choose another path with --socket",
                    path.string()));
  }
  if (errno != ECONNREFUSED) return failed(path, "the old socket can't be tried");
  if (::unlink(path.c_str()) != 0) return failed(path, "the old socket can't be removed");
  return {};
}

std::expected<void, std::string> bind_to(int socket, const Config& config,
                                         const sockaddr_un& address) {
  // Nobody else may connect until the group is set. The file gets its mode from the socket: a umask
  // would be that of the threads which write the ledger, too.
  constexpr mode_t kOwnerOnly = 0600;
  if (::fchmod(socket, kOwnerOnly) != 0) return failed(config.socket, "its mode can't be set");
  if (::bind(socket, generic(address), sizeof address) != 0) return failed(config.socket, "bind");
  if (!config.socket_group.empty()) {
    const auto group = find_group(config.socket_group);
    if (!group || ::chown(config.socket.c_str(), static_cast<uid_t>(-1), *group) != 0) {
      return failed(config.socket, "its group can't be set to " + config.socket_group);
    }
  }
  if (::chmod(config.socket.c_str(), config.socket_mode) != 0) {
    return failed(config.socket, "its mode can't be set");
  }
  if (::listen(socket, kBacklog) != 0) return failed(config.socket, "listen");
  return {};
}

}  // namespace

std::expected<Listener, std::string> open_listener(const Config& config) {
  if (::sd_listen_fds(0) > 0) return adopt_listener();

  const auto address = address_of(config.socket);
  if (!address) return Failure(address.error());
  std::error_code error;
  std::filesystem::create_directories(config.socket.parent_path(), error);
  if (error) {
    errno = error.value();
    return failed(config.socket, "its directory can't be made");
  }
  if (auto clear = clear_path(config.socket, *address); !clear) return Failure(clear.error());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return failed(config.socket, "socket");
  if (auto bound = bind_to(socket.get(), config, *address); !bound) return Failure(bound.error());
  return listener_at(socket.release(), config.socket, true);
}

SocketFile find_file(const Listener& listener) {
  struct stat status{};
  if (::lstat(listener.path.c_str(), &status) != 0) return SocketFile::gone;
  const FileIdentity found{.device = status.st_dev, .inode = status.st_ino};
  return found == listener.file ? SocketFile::ours : SocketFile::another;
}

void remove_own_file(const Listener& listener) {
  if (listener.own_file && find_file(listener) == SocketFile::ours) ::unlink(listener.path.c_str());
}

}  // namespace giro
