#include "daemon/server.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "daemon/dispatcher.hpp"
#include "daemon/refusals.hpp"

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

Server::Server(asio::io_context& io, const Listener& listener, Connections& connections,
               const ConnectionEvents& events, std::shared_ptr<const Rules> rules,
               std::size_t connections_max)
    : acceptor_(io, asio::local::stream_protocol(), listener.socket),
      retry_(io),
      listener_(listener),
      connections_(connections),
      events_(events),
      rules_(std::move(rules)),
      connections_max_(connections_max) {}

void Server::accept() {
  acceptor_.async_accept([this](const error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error == asio::error::no_descriptors || error.value() == ENFILE ||
        error == asio::error::no_buffer_space || error == asio::error::no_memory) {
      return accept_later(error);
    }
    if (const auto failed = std::exchange(failed_accepts_, 0); failed > 0) {
      spdlog::warn("connections are accepted again, after {} tries that failed", failed);
    }
    if (!error) welcome(std::move(socket));  // Other errors: that client left again.
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

void Server::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  if (listener_.own_file) ::unlink(listener_.path.c_str());
}

void Server::set_rules(std::shared_ptr<const Rules> rules) {
  rules_ = std::move(rules);
  for (const auto& connection : connections_.all()) {
    connection->set_access(Access(rules_, connection->peer()));
  }
}

}  // namespace giro
