// A connection to an etcd member over its Unix socket, driven by hand: calls are started, step() does what can be done
// without waiting, and calls that ended are taken out. It makes itself anew when it is lost.
//
//   Connection etcd({.socket = "/run/giro-etcd/client.sock"});
//   const CallId id = etcd.start(TxnRequest{...}, now + 1s);
//   etcd.step(now);
//   while (auto finished = etcd.take()) ...
//   poll() on fd() for reading, and for writing if wants_write(), until next_step() at the latest; then step() again
//
// What always holds:
//   - Each call ends once: with etcd's answer, etcd's refusal, or a failure that says what may have become of it.
//     No later than at the first step() behind its deadline, whatever etcd does. etcd is told the deadline, too.
//   - Calls that wait for a connection go out on the next one; one that was on a connection that is lost ends, and is
//     never sent again by itself.
//   - Calls of one connection keep no order among each other: etcd carries out each by itself. One that must come
//     after another is started when the other has ended.
//   - The watch is a doorbell and no more: it tells that there is something, never what. It is set up anew when it
//     ends; between `ended` and `began` it may miss something, so that `began` rings, too.
// The caller bounds how many calls it starts. A lost connection raises no SIGPIPE. Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/etcd/failure.hpp"
#include "queue/etcd/grpc_session.hpp"
#include "queue/etcd/messages.hpp"

namespace giro::etcd {

using Clock = std::chrono::steady_clock;
using CallId = std::uint64_t;  // Rises.

struct ConnectionOptions {
  std::string socket;
  SessionLimits limits = {};
  // Between two attempts to connect, or to watch. The member is on this machine.
  std::chrono::milliseconds retry_every{100};
};

struct Finished {
  CallId call = 0;
  std::expected<Answer, Failure> answer;  // Of its request's index.
};

struct Bell {
  enum class What : std::uint8_t {
    began,     // It watches what comes after `revision`.
    rang,      // There is something, up to `revision`.
    progress,  // There is nothing, up to `revision`.
    ended,     // `reason`: the connection was lost, or etcd ended it.
  };
  What what = What::rang;
  Revision revision = 0;
  std::string reason = {};
};

class Connection {
 public:
  explicit Connection(ConnectionOptions options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  CallId start(const Request& request, Clock::time_point deadline);
  // Of one key; from then on, for as long as the connection is used. Once.
  void watch(std::string key);

  // Never waits.
  void step(Clock::time_point now);
  // In the order of their ends.
  [[nodiscard]] std::optional<Finished> take();
  [[nodiscard]] std::optional<Bell> take_bell();

  // -1: there is none at the moment.
  [[nodiscard]] int fd() const { return socket_; }
  [[nodiscard]] bool wants_write() const { return socket_ >= 0 && wants_write_; }
  // When to step() even if nothing happens at fd(): a deadline, an attempt to connect. Nothing: never.
  [[nodiscard]] std::optional<Clock::time_point> next_step() const;
  [[nodiscard]] std::size_t unfinished() const { return calls_.size(); }

 private:
  struct Call {
    std::size_t index = 0;  // Of the request.
    std::string_view path;
    std::string body;  // Until it has a stream.
    Clock::time_point deadline;
    std::optional<StreamId> stream = {};
    std::optional<std::string> answer = {};
  };
  using Calls = std::map<CallId, Call>;

  void connect(Clock::time_point now);
  void lose(Clock::time_point now, const std::string& reason);
  void read_some(Clock::time_point now);
  void write_some(Clock::time_point now);
  void take_events(Clock::time_point now);
  void take_message(Clock::time_point now, StreamMessage message);
  void take_end(Clock::time_point now, StreamEnd end);
  void take_watch_answer(Clock::time_point now, const WatchAnswer& answer);
  void end_watch(Clock::time_point now, std::string reason);
  void end_overdue(Clock::time_point now);
  void open_streams(Clock::time_point now);
  void replace_if_spent(Clock::time_point now);
  Calls::iterator finish(Calls::iterator call, std::expected<Answer, Failure> answer);
  [[nodiscard]] std::string absence() const;
  [[nodiscard]] bool is_wanted() const { return !calls_.empty() || watched_key_; }

  const ConnectionOptions options_;
  int socket_ = -1;
  std::unique_ptr<GrpcSession> session_;  // As long as there is a socket.
  std::string absent_because_;
  Clock::time_point connect_at_ = Clock::time_point::min();
  bool wants_write_ = false;
  std::vector<char> input_;

  CallId last_id_ = 0;
  Calls calls_;
  std::map<StreamId, CallId> streams_;  // Of calls.
  std::deque<Finished> finished_;

  std::optional<std::string> watched_key_;
  std::optional<StreamId> watch_stream_;
  Clock::time_point watch_at_ = Clock::time_point::min();
  std::deque<Bell> bells_;
};

}  // namespace giro::etcd
