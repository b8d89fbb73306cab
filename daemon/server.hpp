// Accepts clients and gives each a Connection.
//
// What always holds: it listens from start() to stop_accepting(), one accept at a time, whichever socket
// it is given meanwhile; there are at most `connections` of them, or as many as LimitNOFILE leaves room for, of
// each user at most its share, and one
// client too many gets `busy` and is closed; the last 32 descriptors are never theirs, so that the
// ledger's own files can be opened; running out of descriptors never ends or spins it, it accepts again a
// moment later. Thread: the I/O thread.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include "daemon/cause_log.hpp"
#include "daemon/connection.hpp"

namespace giro {

// Where clients come in.
struct Door {
  int socket = -1;  // It listens.
  int family = AF_UNIX;
  // Of TCP: as whom they are taken, and what they must show. Outlives the server.
  std::optional<Peer> stranger = {};
  const http::Gate* gate = nullptr;
};

class Server {
 public:
  // Takes over the listening socket.
  Server(boost::asio::io_context& io, Door door, Sessions& sessions, const SessionParts& parts,
         std::shared_ptr<const Rules> rules, UserShares& shares, CauseLog& log);

  void start() { accept(); }
  // Goes on with another listening socket: clients that wait at the old one are taken first.
  void listen_on(int listening_socket);
  void stop_accepting();
  // For the clients to come.
  void set_rules(std::shared_ptr<const Rules> rules) { rules_ = std::move(rules); }
  // So many clients LimitNOFILE leaves room for, beside what was open when this was made.
  [[nodiscard]] std::size_t room() const { return room_; }

 private:
  using Socket = Connection::Socket;

  void accept();
  void welcome(Socket socket);
  void refuse(Socket& socket, std::string_view why);
  void refuse_for_descriptors(Socket& socket);
  void accept_later(const boost::system::error_code& cause);

  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
  boost::asio::steady_timer retry_;
  const Door door_;
  Sessions& sessions_;
  const SessionParts& parts_;
  std::shared_ptr<const Rules> rules_;
  UserShares& shares_;
  const int first_kept_descriptor_;
  const std::size_t room_;
  CauseLog& log_;
  std::uint64_t failed_accepts_ = 0;  // Since the last connection: no descriptor, or no memory.
};

}  // namespace giro
