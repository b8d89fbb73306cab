// The socket of one session: moves its bytes, and has the clock for it. Plain callbacks, no coroutines:
// the usual wake costs one read, one write and no allocation.
//
// What always holds:
//   - a client that takes nothing for 30 seconds is cut off;
//   - an idle connection has no timer;
//   - a client whose line was refused gets to read why: what it still sends is read and dropped, for a
//     moment.
// Thread: the I/O thread. Kept alive by Sessions, which has its session, and by a handler that runs.
#pragma once

#include <array>
#include <memory>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "session/session.hpp"
#include "session/sessions.hpp"

namespace giro {

class Connection final : public Pump, public std::enable_shared_from_this<Connection> {
 public:
  // Of a Unix socket, or of TCP.
  using Socket = boost::asio::generic::stream_protocol::socket;

  // In `sessions` from here until it is closed and all that it asked is decided.
  static void start(Socket socket, Client client, const SessionParts& parts, Sessions& sessions);

  void wake() override;

 private:
  using Error = boost::system::error_code;
  // What still comes after a line was refused.
  struct Dropped {
    std::array<char, 16'384> bytes;
    std::size_t count = 0;
  };

  Connection(Socket socket, Client client, const SessionParts& parts, Sessions& sessions);

  void read_more();
  void on_read(const Error& error, std::size_t count, bool filled);
  void read_what_waits();
  void drop(std::size_t count);
  // Writes as much as the client takes.
  void write();
  void wait_until_writable();
  void watch_line();
  void linger();
  void cut_off();
  void close();

  Socket socket_;
  Sessions& sessions_;
  Session session_;
  std::unique_ptr<boost::asio::steady_timer>
      stalled_;                                      // While the client doesn't take its replies.
  std::unique_ptr<boost::asio::steady_timer> slow_;  // Since a line wasn't complete.
  std::unique_ptr<Dropped> dropped_;                 // While it lingers.
  bool reading_ = false;                             // An asynchronous read is under way.
  bool closed_ = false;
};

}  // namespace giro
