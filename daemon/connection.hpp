// One client: bytes in, lines to the dispatcher, replies out. Plain callbacks, no coroutines: the
// usual wake costs one read, one write and no allocation.
//
// What always holds:
//   - nothing is read while the window is full, or while the client doesn't take its replies: a
//     client that sends more than it reads waits, nobody else does;
//   - replies go out in the order in which they were made, each whole;
//   - a client that takes nothing for 30 seconds, or lets 64 MiB pile up, is cut off;
//   - an idle connection has no timer, and a few KiB of memory;
//   - after the end of its input a connection stays until what it asked is answered.
// Thread: the I/O thread. Owned by Connections; a handler that runs keeps it alive.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/authorization.hpp"
#include "daemon/pending.hpp"
#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"

namespace giro {

class Connection;

// What a connection tells the rest of the daemon; one for all connections, outlives them.
struct ConnectionEvents {
  std::function<void(Connection&, std::string_view line)> line;
  std::function<void(Connection&)> room;  // What was to be written has been.
  std::function<void(Connection&)> closed;
  std::size_t window = 1'024;
};

struct Subscription {
  Seq next = 1;              // The first seq that wasn't sent.
  std::uint32_t number = 0;  // Tells it from the connection's earlier ones.
  bool loading = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  Connection(Socket socket, std::uint64_t id, Peer peer, Access access,
             const ConnectionEvents& events);

  void start() { read_more(); }
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
  void append_lines(std::string_view lines) { outbox_.append(lines); }
  // A member of an array has its reply, or the array was read to its end.
  void settle_array(const ReplyTo& to);
  // After replies: writes them, and reads on if that was waited for.
  void settle();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Peer& peer() const { return peer_; }
  [[nodiscard]] const Access& access() const { return access_; }
  void set_access(Access access) { access_ = std::move(access); }
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

  [[nodiscard]] std::size_t unsent() const { return outbox_.size() - sent_; }
  [[nodiscard]] bool is_blocked() const {
    return closed_ || slots_.weight() >= events_.window || unsent() >= kHighWaterBytes;
  }
  void read_more();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void read_what_waits();
  void handle_lines();
  void refuse_long_line();
  void flush();
  void wait_until_writable();
  void cut_off_if_over();
  void close_when_done();

  Socket socket_;
  const std::uint64_t id_;
  const Peer peer_;
  Access access_;
  const ConnectionEvents& events_;
  protocol::LineFramer framer_;
  SlotTable slots_;
  std::string outbox_;
  std::size_t sent_ = 0;  // Bytes of the outbox that are written.
  std::optional<Subscription> subscription_;
  std::unique_ptr<boost::asio::steady_timer>
      stalled_;            // While the client doesn't take its replies.
  bool reading_ = false;   // An asynchronous read is under way.
  bool handling_ = false;  // handle_lines is under way: settle() mustn't start it again.
  bool input_ended_ = false;
  bool refusing_ = false;  // A line was too long: write, then close.
  bool closed_ = false;
};

}  // namespace giro
