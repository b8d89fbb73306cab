// One client: bytes in, lines to the dispatcher, replies out. Plain callbacks, no coroutines: the
// usual wake costs one read, one write and no allocation.
//
// What always holds:
//   - nothing is read while the window is full, or while the client doesn't take its replies: a
//     client that sends more than it reads waits, nobody else does;
//   - replies go out in the order in which they were made, each whole;
//   - a client that takes nothing for 30 seconds, lets 64 MiB pile up, or more than its user's share of
//     reply_bytes, is cut off;
//   - a line that needs more than its user's share of line_bytes, or grows too slowly, is refused and the
//     connection closed: the one that asks for more, since what others have sent is paid for;
//   - the requests of an array are taken on one by one, as the window has room; until the last of them
//     is, nothing else is read;
//   - an idle connection has no timer, and a few KiB of memory;
//   - after the end of its input a connection stays until what it asked is answered.
// Thread: the I/O thread. Owned by Connections; a handler that runs keeps it alive.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"
#include "session/authorization.hpp"
#include "session/pending.hpp"

namespace giro {

class Connection;

// What a connection tells the rest of the daemon; one for all connections, outlives them.
struct ConnectionEvents {
  std::function<void(Connection&, std::string_view line)> line;
  std::function<void(Connection&)> room;  // What was to be written has been.
  std::function<void(Connection&)> closed;
  // One request of the array that begin_array() was told of.
  std::function<void(Connection&, std::string_view member, const std::shared_ptr<ArrayReply>&)>
      member;
  std::size_t window = 1'024;
  std::chrono::seconds line_time{30};
};

struct Subscription {
  Seq next = 1;              // The first seq that wasn't sent.
  std::uint32_t number = 0;  // Tells it from the connection's earlier ones.
  bool loading = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // `place`: this connection's, of its user's share.
  Connection(Socket socket, std::uint64_t id, Peer peer, Access access,
             const ConnectionEvents& events, UserShares::User& user, Holding place);

  void start() { read_more(); }
  // The line at hand is an array: its members follow, each when there is room for it.
  void begin_array(std::string_view line);
  void close();

  // --- replies: made now, written by settle() ---
  // `write(json)` writes the result's value.
  template <class Write>
  void reply(const ReplyTo& to, Write write) {
    if (!to.id.empty()) {
      std::string& out = to.array ? to.array->text : outbox_;
      protocol::begin_result(out, to.id);
      protocol::JsonWriter json(out);
      write(json);
      protocol::end_reply(out);
      if (!to.array) out.push_back('\n');
    }
    settle_array(to);
  }
  void refuse(const ReplyTo& to, const protocol::RpcError& error);
  // `write(json)` writes the params' value.
  template <class Write>
  void notify(std::string_view method, Write write) {
    protocol::JsonWriter json(outbox_);
    json.begin_object().field("jsonrpc", "2.0").field("method", method).key("params");
    write(json);
    json.end_object();
    outbox_.push_back('\n');
  }
  // A member of an array has its reply, or the array was read to its end.
  void settle_array(const ReplyTo& to);
  // After replies: writes them, and reads on if that was waited for.
  void settle();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Peer& peer() const { return peer_; }
  [[nodiscard]] const Access& access() const { return access_; }
  void set_access(Access access) { access_ = std::move(access); }
  [[nodiscard]] UserShares::User& user() { return user_; }
  // Of the replies to arrays that aren't complete.
  [[nodiscard]] std::size_t array_bytes() const { return array_bytes_; }
  [[nodiscard]] SlotTable& slots() { return slots_; }
  [[nodiscard]] std::optional<Subscription>& subscription() { return subscription_; }
  // Room for more events.
  [[nodiscard]] bool has_room() const { return !closed_ && unsent() < kHighWaterBytes; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  // Everything asked is answered and written.
  [[nodiscard]] bool is_idle() const { return slots_.used() == 0 && unsent() == 0; }

  bool in_flush_list = false;  // Answers' own mark: it flushes each connection once a group.

 private:
  static constexpr std::size_t kHighWaterBytes = std::size_t{1} << 20;
  static constexpr std::size_t kUnsentBytesMax = std::size_t{64} << 20;
  static constexpr std::size_t kReadBytesAWake = std::size_t{256} << 10;
  static constexpr std::chrono::seconds kStalledMax{30};
  static constexpr std::chrono::seconds kLingerMax{5};
  static constexpr std::size_t kLineProgress = std::size_t{64} << 10;  // In line_time.

  [[nodiscard]] std::size_t unsent() const { return outbox_.size() - sent_; }
  [[nodiscard]] bool is_blocked() const {
    return closed_ || slots_.weight() >= events_.window || unsent() >= kHighWaterBytes;
  }
  void read_more();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void read_what_waits();
  // True: it stopped because there was no room for what the next line asks.
  bool handle_lines();
  void handle_member();
  // False: the buffer may not grow as far as its next space() needs.
  [[nodiscard]] bool take_line_bytes();
  void give_line_bytes_back();
  void watch_line();
  void look_at_line();
  void refuse_line(ErrorCode code, std::string_view message);
  void flush();
  void wait_until_writable();
  // Counts the replies that wait; cuts the client off where they are too many.
  void hold_replies();
  void settle_closed();
  void close_when_done();
  void linger();
  void drop_input();

  Socket socket_;
  const std::uint64_t id_;
  const Peer peer_;
  Access access_;
  const ConnectionEvents& events_;
  UserShares::User& user_;
  Holding place_;
  Holding line_bytes_;
  Holding reply_bytes_;
  protocol::LineFramer framer_;
  std::shared_ptr<ArrayReply> array_;  // That is being read.
  std::string_view members_;           // The rest of it, in the framer's buffer.
  std::size_t array_bytes_ = 0;
  SlotTable slots_;
  std::string outbox_;
  std::size_t sent_ = 0;  // Bytes of the outbox that are written.
  std::optional<Subscription> subscription_;
  std::unique_ptr<boost::asio::steady_timer>
      stalled_;                                      // While the client doesn't take its replies.
  std::unique_ptr<boost::asio::steady_timer> slow_;  // Since a line wasn't complete.
  std::uint64_t lines_ = 0;                          // Begun so far.
  std::uint64_t watched_line_ = 0;                   // As it was when slow_ was set.
  std::size_t watched_bytes_ = 0;
  bool reading_ = false;   // An asynchronous read is under way.
  bool handling_ = false;  // handle_lines is under way: settle() mustn't start it again.
  bool input_ended_ = false;
  bool refusing_ = false;  // A line was refused: write, drop what still comes, then close.
  // While it lingers.
  struct Dropped {
    std::array<char, 16'384> bytes;
    std::size_t count = 0;
  };
  std::unique_ptr<Dropped> dropped_;
  bool closed_ = false;
};

}  // namespace giro
