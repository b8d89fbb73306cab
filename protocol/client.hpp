// A client's connection to girod: JSON-RPC 2.0, one value a line, over a Unix stream socket.
//
//   auto connection = client::Connection::open("/run/giro/giro.sock", std::chrono::seconds(5));
//   auto answer = connection->call("payments.get", R"({"key":"inv-17"})");
//
// Requests pipeline: start() several, then take the replies as they come. What always holds:
//   - Every wait writes and reads at once, so that a daemon that waits for us to read never waits
//     for ever while we wait for it to read.
//   - Replies and notifications that arrive while something else is awaited are kept, in order.
//   - An error without a request's id belongs to the only request that is unanswered, if one is.
//   - A reply longer than kReplyBytesMax ends the connection: memory is bounded.
//   - Numbers within metadata come as marked text (protocol/number_text.hpp): take_marks_off() what is
//     written from an answer.
// Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json.hpp>

namespace giro::client {

using RequestId = std::int64_t;
using Clock = std::chrono::steady_clock;
inline constexpr Clock::time_point kNoDeadline = Clock::time_point::max();
inline constexpr std::size_t kReplyBytesMax = std::size_t{64} << 20;
// A daemon that is alive says by then that it doesn't know: it waits so long itself, for a quorum or for `min_seq`. Who
// knows another node goes there then.
inline constexpr std::chrono::seconds kSilenceMax{10};

// The daemon's `error`: this request decided nothing, unless its name says otherwise (docs/PROTOCOL.md).
struct RpcError {
  int code = 0;
  std::string name;        // error.data.code, e.g. "busy"; empty where the daemon gave none.
  std::string message;     // For a person.
  std::string field = {};  // error.data.field: what it is about; empty where the daemon names none.
};

// The connection itself is of no use (any more). What was sent and not answered is open.
struct TransportError {
  enum class Kind {
    connect,      // No daemon there, or no permission: see error_number. Nothing was sent.
    untrusted,    // Another user's, who may have put it there: see detail. Nothing was sent.
    lost,         // It closed, or failed with error_number (0: the daemon closed it).
    timed_out,    // The deadline passed; the connection still works.
    interrupted,  // wake_on()'s descriptor can be read; the connection still works.
    nonsense,     // What came isn't the protocol.
  };
  Kind kind = Kind::lost;
  int error_number = 0;
  std::string detail;
};

struct Reply {
  RequestId id = 0;
  std::expected<boost::json::value, RpcError> answer;
};

struct Notification {
  std::string method;
  boost::json::value params;
};

using CallError = std::variant<RpcError, TransportError>;

// Of an answer to ledger.status: it is a cluster's node that doesn't reach the others. No events come there.
[[nodiscard]] bool is_isolated(const boost::json::object& status);

// A socket that is connected to the daemon there, which may be trusted (protocol/server_trust.hpp). It
// doesn't block, and is the caller's to close.
[[nodiscard]] std::expected<int, TransportError> connect_to(const std::string& socket_path,
                                                            Clock::time_point deadline);

class Connection {
 public:
  static std::expected<Connection, TransportError> open(const std::string& socket_path,
                                                        Clock::time_point deadline = kNoDeadline);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Queues a request, which later waits write. `params` is the text of one JSON object without line
  // ends. The caller bounds how many it starts before it takes replies.
  RequestId start(std::string_view method, std::string_view params);

  // For who waits for several things at once: where it is readable, a wait whose deadline has passed takes what
  // is there.
  [[nodiscard]] int descriptor() const { return socket_; }

  // Writes of that what the socket takes at once; what fails here shows at the next wait.
  void write_what_fits();
  // All that was started was given to the socket: else the daemon can't have seen the last request whole.
  [[nodiscard]] bool wrote_everything() const { return sent_ == unsent_.size(); }

  // Waits end with Kind::interrupted as long as this descriptor can be read; -1: none does. It stays the caller's.
  void wake_on(int descriptor) { wake_ = descriptor; }

  // The next reply, whichever request it answers.
  std::expected<Reply, TransportError> next_reply(Clock::time_point deadline = kNoDeadline);
  std::expected<Notification, TransportError> next_notification(
      Clock::time_point deadline = kNoDeadline);
  // To wait for it among others. It may be readable and bring nothing yet: the end of a line is missing.
  [[nodiscard]] int handle() const { return socket_; }
  // One is here already: the next one needs no waiting.
  [[nodiscard]] bool has_reply() const { return !replies_.empty(); }
  [[nodiscard]] bool has_notification() const { return !notifications_.empty(); }

  // start() and the wait for its reply.
  std::expected<boost::json::value, CallError> call(std::string_view method,
                                                    std::string_view params,
                                                    Clock::time_point deadline = kNoDeadline);

 private:
  explicit Connection(int socket) : socket_(socket) {}

  std::expected<void, TransportError> exchange(Clock::time_point deadline);
  std::expected<void, TransportError> write_some();
  std::expected<void, TransportError> read_some();
  std::expected<void, TransportError> take_lines();
  std::expected<void, TransportError> take_line(std::string_view line);
  [[nodiscard]] std::optional<RequestId> request_of(const boost::json::object& reply) const;

  int socket_ = -1;
  int wake_ = -1;
  RequestId last_id_ = 0;
  bool may_write_ = true;  // False after EPIPE: last replies may still be there to read.
  std::string unsent_;
  std::size_t sent_ = 0;  // How much of unsent_ is gone.
  std::string received_;  // The beginning of a line.
  std::set<RequestId> unanswered_;
  std::deque<Reply> replies_;
  std::deque<Notification> notifications_;
};

}  // namespace giro::client
