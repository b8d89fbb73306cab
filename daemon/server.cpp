#include "daemon/server.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/dispatcher.hpp"
#include "daemon/refusals.hpp"

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

Server::Server(asio::io_context& io, int listening_socket, Connections& connections,
               const ConnectionEvents& events, std::shared_ptr<const Rules> rules,
               std::size_t connections_max, CauseLog& log)
    : acceptor_(io, asio::local::stream_protocol(), listening_socket),
      retry_(io),
      connections_(connections),
      events_(events),
      rules_(std::move(rules)),
      connections_max_(connections_max),
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
  if (connections_.size() >= connections_max_) {
    log_.warn("connections",
              fmt::format("a client was sent away: all {} connections are in use. Raise "
                          "limits.connections, which a reload takes over",
                          connections_max_));
    return refuse(socket, "girod has as many connections as it may");
  }
  auto peer = peer_of(socket.native_handle());
  if (!peer) return;
  Access access(rules_, *peer);
  auto connection = std::make_shared<Connection>(std::move(socket), ++last_id_, std::move(*peer),
                                                 std::move(access), events_);
  connections_.add(connection);
  connection->start();
}

void Server::refuse(Socket& socket, std::string_view why) {
  std::string line;
  protocol::write_error(line, "null", protocol::error_of(busy(why)));
  line.push_back('\n');
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
  acceptor_.assign(asio::local::stream_protocol(), listening_socket);
}

void Server::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void Server::set_rules(std::shared_ptr<const Rules> rules) {
  rules_ = std::move(rules);
  for (const auto& connection : connections_.all()) {
    connection->set_access(Access(rules_, connection->peer()));
  }
}

}  // namespace giro
