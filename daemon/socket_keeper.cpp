#include "daemon/socket_keeper.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/log.hpp"

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

void tell_of_socket(Severity severity, std::string text) {
  log_notice({.severity = severity, .event = Event::socket_lost, .text = std::move(text)});
}

}  // namespace

SocketKeeper::SocketKeeper(asio::io_context& io, Listener listener, Config config,
                           std::function<void(int socket)> listen_on)
    : inotify_(io),
      retry_(io),
      listener_(std::move(listener)),
      config_(std::move(config)),
      listen_on_(std::move(listen_on)) {}

void SocketKeeper::stop() {
  error_code ignored;
  inotify_.close(ignored);
  retry_.cancel();
  remove_own_file(listener_);
}

// The file itself is watched, since its folder may be full of others' coming and going: a file that loses
// its last name has changed its attributes.
void SocketKeeper::watch() {
  constexpr std::uint32_t kMoved = IN_MOVE_SELF | IN_DELETE_SELF;
  error_code ignored;
  inotify_.close(ignored);
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify >= 0) inotify_.assign(inotify);
  const auto folder = listener_.path.parent_path();
  const bool watched =
      inotify >= 0 &&
      ::inotify_add_watch(inotify, listener_.path.c_str(), IN_ATTRIB | kMoved) >= 0 &&
      ::inotify_add_watch(inotify, folder.c_str(), IN_ONLYDIR | kMoved) >= 0;
  const int cause = errno;
  // It may have gone before the watch was there.
  if (find_file(listener_) != SocketFile::ours) return look_later();
  if (watched) return wait();
  tell_of_socket(
      Severity::warning,
      fmt::format("the socket file {} can't be watched: {}; clients connect as long as it is "
                  "there, but should somebody remove it, girod needs a restart",
                  listener_.path.string(), std::strerror(cause)));
}

void SocketKeeper::wait() {
  inotify_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error || !inotify_.is_open()) return;
    std::array<char, 4'096> events;  // What they say is seen at the file itself.
    while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) {
    }
    look();
  });
}

void SocketKeeper::look() {
  if (find_file(listener_) == SocketFile::ours) return wait();  // Its mode or owner was changed.
  if (listener_.own_file) {
    make_again();
  } else {
    report_lost();
  }
}

void SocketKeeper::look_later() {
  constexpr std::chrono::seconds kPause{1};
  retry_.expires_after(kPause);
  retry_.async_wait([this](const error_code& error) {
    if (!error) look();
  });
}

void SocketKeeper::make_again() {
  auto made = open_listener(config_);
  if (!made) {
    if (std::exchange(trouble_, made.error()) != made.error()) {
      tell_of_socket(
          Severity::error,
          fmt::format("the socket file {} was removed or replaced, and no new one can be made: "
                      "{}. Clients that are connected are served, others can't connect. It is "
                      "tried again every second",
                      listener_.path.string(), made.error()));
    }
    return look_later();
  }
  trouble_.clear();
  listener_ = std::move(*made);
  listen_on_(listener_.socket);
  tell_of_socket(
      Severity::warning,
      fmt::format("the socket file {} was removed or replaced; it was made again, and clients can "
                  "connect. Find out what removes it",
                  listener_.path.string()));
  watch();
}

void SocketKeeper::report_lost() {
  error_code ignored;
  inotify_.close(ignored);
  tell_of_socket(
      Severity::error,
      fmt::format("the socket file {} was removed or replaced, and it is systemd's to make. "
                  "Clients that are connected are served, others can't connect. Restart "
                  "girod.socket",
                  listener_.path.string()));
}

}  // namespace giro
