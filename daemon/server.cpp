#include "daemon/server.hpp"

#include <algorithm>
#include <climits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/peer.hpp"
#include "engine/refusals.hpp"

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// For the ledger, its log and anchor, and the readers. Descriptors are given out from the lowest.
constexpr int kDescriptorsKept = 32;
// Of these some are opened before clients come, and have lower numbers.
constexpr int kDescriptorsToCome = 8;

int descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX) return INT_MAX;
  return static_cast<int>(limit.rlim_cur);
}

int lowest_free_descriptor(int open_one) {
  const int free = ::fcntl(open_one, F_DUPFD_CLOEXEC, 0);
  if (free >= 0) ::close(free);
  return free;
}

}  // namespace

Server::Server(asio::io_context& io, Door door, Sessions& sessions, const SessionParts& parts,
               std::shared_ptr<const Rules> rules, UserShares& shares, CauseLog& log)
    : acceptor_(io, asio::generic::stream_protocol(door.family, 0), door.socket),
      retry_(io),
      door_(std::move(door)),
      sessions_(sessions),
      parts_(parts),
      rules_(std::move(rules)),
      shares_(shares),
      first_kept_descriptor_(descriptor_limit() - kDescriptorsKept),
      room_(static_cast<std::size_t>(std::max(
          1, first_kept_descriptor_ - lowest_free_descriptor(door_.socket) - kDescriptorsToCome))),
      log_(log) {}

void Server::accept() {
  acceptor_.async_accept([this](const error_code& error, Socket socket) {
    if (!acceptor_.is_open()) return;
    if (error == asio::error::no_descriptors || error.value() == ENFILE ||
        error == asio::error::no_buffer_space || error == asio::error::no_memory) {
      return accept_later(error);
    }
    if (const auto failed = std::exchange(failed_accepts_, 0); failed > 0) {
      spdlog::warn("connections are accepted again, after {} tries that failed", failed);
    }
    // Other errors: that client left again, or there is another socket to listen on.
    if (!error) welcome(std::move(socket));
    accept();
  });
}

void Server::accept_later(const error_code& cause) {
  if (failed_accepts_++ == 0) {
    spdlog::warn(
        "no connection can be accepted: {}; clients that come wait, those that are connected are "
        "served. Raise LimitNOFILE, or lower `connections` in the configuration",
        cause.message());
  }
  constexpr std::chrono::milliseconds kPause{100};
  retry_.expires_after(kPause);
  retry_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

void Server::welcome(Socket socket) {
  if (socket.native_handle() >= first_kept_descriptor_) return refuse_for_descriptors(socket);
  auto peer = door_.stranger ? door_.stranger : peer_of(socket.native_handle());
  if (!peer) return;
  UserShares::User& user = shares_.of(peer->uid);
  Holding place(user, Bound::connections);
  if (!place.resize(1)) {
    if (room_ < parts_.limits.connections) return refuse_for_descriptors(socket);
    log_.warn("connections",
              {.severity = Severity::warning,
               .event = Event::sent_away,
               .text = fmt::format(
                   "a client of user {} was sent away: all {} connections are in use, or this "
                   "user's share of them. Raise limits.connections, which a reload takes over",
                   peer->uid, sessions_.size()),
               .uid = peer->uid});
    return refuse(socket, "girod has as many connections as it may, or as this user may have");
  }
  error_code ignored;
  if (door_.gate != nullptr) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  Access access(rules_, *peer);
  Connection::start(std::move(socket),
                    Client{.id = sessions_.new_id(),
                           .peer = std::move(*peer),
                           .access = std::move(access),
                           .user = user,
                           .place = std::move(place),
                           .gate = door_.gate},
                    parts_, sessions_);
}

void Server::refuse_for_descriptors(Socket& socket) {
  log_.warn("descriptors", {.severity = Severity::warning,
                            .event = Event::sent_away,
                            .text = "a client was sent away: LimitNOFILE leaves no more room "
                                    "beside the ledger's own files and other users. Raise it"});
  refuse(socket,
         "girod has as many connections as LimitNOFILE leaves room for, or as this user may have "
         "of them");
}

void Server::refuse(Socket& socket, std::string_view why) {
  std::string line;
  protocol::write_error(line, "null", protocol::error_of(busy(why)));
  line.push_back('\n');
  if (door_.gate != nullptr) {
    line.insert(0,
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                "Retry-After: 1\r\nConnection: close\r\n\r\n");
  }
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(line), ignored);
}

// The accept that is under way is aborted, and begins anew on the new socket.
void Server::listen_on(int listening_socket) {
  error_code error;
  acceptor_.non_blocking(true, error);
  while (!error) {
    Socket socket(acceptor_.get_executor());
    acceptor_.accept(socket, error);
    if (!error) welcome(std::move(socket));
  }
  acceptor_.close(error);
  acceptor_.assign(asio::generic::stream_protocol(door_.family, 0), listening_socket);
}

void Server::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

}  // namespace giro
