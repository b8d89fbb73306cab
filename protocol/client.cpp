#include "protocol/client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/number_text.hpp"
#include "protocol/server_trust.hpp"

namespace giro::client {
namespace {

namespace json = boost::json;
using Kind = TransportError::Kind;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kSentBytesKept = std::size_t{1} << 20;
// A question's answer may wrap metadata deeper than the 32 levels that a request may have.
constexpr std::size_t kNestingMax = 64;

std::unexpected<TransportError> failed(Kind kind, int error_number, std::string detail = {}) {
  return std::unexpected(TransportError{kind, error_number, std::move(detail)});
}

// For poll(): milliseconds, rounded up so that it doesn't spin before the deadline; -1: for ever.
int poll_timeout_ms(Clock::time_point deadline) {
  if (deadline == kNoDeadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

RpcError rpc_error_of(const json::value& error) {
  RpcError result;
  const json::object* fields = error.if_object();
  if (fields == nullptr) return result;
  if (const json::value* code = fields->if_contains("code"); code != nullptr && code->is_int64()) {
    result.code = static_cast<int>(code->get_int64());
  }
  if (const json::value* text = fields->if_contains("message"); text && text->is_string()) {
    result.message = text->get_string();
  }
  const json::value* data = fields->if_contains("data");
  if (data == nullptr || !data->is_object()) return result;
  if (const json::value* name = data->get_object().if_contains("code"); name && name->is_string()) {
    result.name = name->get_string();
  }
  if (const json::value* field = data->get_object().if_contains("field");
      field != nullptr && field->is_string()) {
    result.field = field->get_string();
  }
  return result;
}

}  // namespace

bool is_isolated(const json::object& status) {
  const json::value* cluster = status.if_contains("cluster");
  if (cluster == nullptr || !cluster->is_object()) return false;
  const json::value* state = cluster->get_object().if_contains("state");
  return state != nullptr && *state == "isolated";
}

std::expected<int, TransportError> connect_to(const std::string& socket_path,
                                              Clock::time_point deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return failed(Kind::connect, ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return failed(Kind::connect, errno);
  const auto give_up = [handle](TransportError error) {
    close(handle);
    return std::unexpected(std::move(error));
  };
  while (connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    // EAGAIN: the daemon is there, and its backlog of connections is full for the moment.
    if (errno != EAGAIN && errno != EINTR) return give_up({Kind::connect, errno, {}});
    if (Clock::now() >= deadline) return give_up({Kind::connect, EAGAIN, {}});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // Who made the socket listen, which no rename of files can change.
  ucred server{};
  socklen_t size = sizeof server;
  if (getsockopt(handle, SOL_SOCKET, SO_PEERCRED, &server, &size) != 0) {
    return give_up({Kind::connect, errno, {}});
  }
  if (!may_be_trusted(socket_path, server.uid)) {
    return give_up({Kind::untrusted, 0, std::to_string(server.uid)});
  }
  return handle;
}

std::expected<Connection, TransportError> Connection::open(const std::string& socket_path,
                                                           Clock::time_point deadline) {
  const auto handle = connect_to(socket_path, deadline);
  if (!handle) return std::unexpected(handle.error());
  return Connection(*handle);
}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      wake_(other.wake_),
      last_id_(other.last_id_),
      may_write_(other.may_write_),
      unsent_(std::move(other.unsent_)),
      sent_(other.sent_),
      received_(std::move(other.received_)),
      unanswered_(std::move(other.unanswered_)),
      replies_(std::move(other.replies_)),
      notifications_(std::move(other.notifications_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(socket_, other.socket_);
  wake_ = other.wake_;
  last_id_ = other.last_id_;
  may_write_ = other.may_write_;
  unsent_ = std::move(other.unsent_);
  sent_ = other.sent_;
  received_ = std::move(other.received_);
  unanswered_ = std::move(other.unanswered_);
  replies_ = std::move(other.replies_);
  notifications_ = std::move(other.notifications_);
  return *this;
}

Connection::~Connection() {
  if (socket_ >= 0) close(socket_);
}

RequestId Connection::start(std::string_view method, std::string_view params) {
  if (sent_ > kSentBytesKept) unsent_.erase(0, std::exchange(sent_, 0));
  const RequestId id = ++last_id_;
  unanswered_.insert(id);
  unsent_ += R"({"jsonrpc":"2.0","id":)";
  unsent_ += std::to_string(id);
  unsent_ += R"(,"method":)";
  unsent_ += json::serialize(json::string_view(method.data(), method.size()));
  unsent_ += R"(,"params":)";
  unsent_ += params;
  unsent_ += "}\n";
  return id;
}

void Connection::write_what_fits() {
  if (!may_write_ || sent_ == unsent_.size()) return;
  // What fails here, the next wait runs into as well.
  if (auto written = write_some(); !written) return;
}

std::expected<Reply, TransportError> Connection::next_reply(Clock::time_point deadline) {
  while (replies_.empty()) {
    if (auto done = exchange(deadline); !done) return std::unexpected(std::move(done).error());
  }
  Reply reply = std::move(replies_.front());
  replies_.pop_front();
  return reply;
}

std::expected<Notification, TransportError> Connection::next_notification(
    Clock::time_point deadline) {
  while (notifications_.empty()) {
    if (auto done = exchange(deadline); !done) return std::unexpected(std::move(done).error());
  }
  Notification notification = std::move(notifications_.front());
  notifications_.pop_front();
  return notification;
}

std::expected<json::value, CallError> Connection::call(std::string_view method,
                                                       std::string_view params,
                                                       Clock::time_point deadline) {
  const RequestId id = start(method, params);
  const auto mine = [id](const Reply& reply) { return reply.id == id; };
  auto found = replies_.end();
  while ((found = std::find_if(replies_.begin(), replies_.end(), mine)) == replies_.end()) {
    if (auto done = exchange(deadline); !done) {
      return std::unexpected(CallError(std::move(done).error()));
    }
  }
  auto answer = std::move(found->answer);
  replies_.erase(found);
  if (!answer) return std::unexpected(CallError(std::move(answer).error()));
  return std::move(*answer);
}

// Waits until something can be written or read, and does it.
std::expected<void, TransportError> Connection::exchange(Clock::time_point deadline) {
  const bool writing = may_write_ && sent_ < unsent_.size();
  // poll() passes over a negative descriptor.
  std::array<pollfd, 2> both{
      pollfd{.fd = socket_,
             .events = static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN),
             .revents = 0},
      pollfd{.fd = wake_, .events = POLLIN, .revents = 0}};
  const pollfd& interest = both[0];
  const int ready = poll(both.data(), both.size(), poll_timeout_ms(deadline));
  if (ready < 0) {
    if (errno == EINTR) return {};
    return failed(Kind::lost, errno);
  }
  if (ready == 0) return failed(Kind::timed_out, 0);
  if (interest.revents == 0) return failed(Kind::interrupted, 0);
  if (writing && (interest.revents & POLLOUT) != 0) {
    if (auto written = write_some(); !written) return written;
  }
  if ((interest.revents & (POLLIN | POLLHUP | POLLERR)) != 0) return read_some();
  return {};
}

std::expected<void, TransportError> Connection::write_some() {
  const ssize_t count = send(socket_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return {};
    if (errno != EPIPE && errno != ECONNRESET) return failed(Kind::lost, errno);
    may_write_ = false;
    return {};
  }
  sent_ += static_cast<std::size_t>(count);
  if (sent_ == unsent_.size()) {
    unsent_.clear();
    sent_ = 0;
  }
  return {};
}

std::expected<void, TransportError> Connection::read_some() {
  const std::size_t before = received_.size();
  if (before > kReplyBytesMax) return failed(Kind::nonsense, 0, "a reply without an end");
  received_.resize(before + kReadBytes);
  const ssize_t count = recv(socket_, received_.data() + before, kReadBytes, 0);
  const int error_number = errno;
  received_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0 && (error_number == EAGAIN || error_number == EINTR)) return {};
  if (count <= 0) return failed(Kind::lost, count < 0 ? error_number : 0);
  return take_lines();
}

std::expected<void, TransportError> Connection::take_lines() {
  std::size_t begin = 0;
  // Only the last read can have brought a line's end, but the line may begin before it.
  std::size_t from = received_.size() > kReadBytes ? received_.size() - kReadBytes : 0;
  for (;;) {
    const std::size_t end = received_.find('\n', from);
    if (end == std::string::npos) break;
    auto taken = take_line(std::string_view(received_).substr(begin, end - begin));
    if (!taken) return taken;
    begin = from = end + 1;
  }
  received_.erase(0, begin);
  return {};
}

std::expected<void, TransportError> Connection::take_line(std::string_view line) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kNestingMax;
  std::string kept;
  protocol::keep_numbers(line, kept, protocol::Doubled::everywhere);
  json::value message = json::parse(kept, error, {}, options);
  json::object* fields = message.if_object();
  if (error || fields == nullptr) {
    return failed(Kind::nonsense, 0, std::string(line.substr(0, 100)));
  }
  if (json::value* method = fields->if_contains("method"); method && method->is_string()) {
    notifications_.push_back({std::string(method->get_string()), std::move((*fields)["params"])});
    return {};
  }
  const json::value* refusal = fields->if_contains("error");
  const std::optional<RequestId> id = request_of(*fields);
  if (!id) {
    // The daemon couldn't tell which request it was, so neither can we.
    const std::string why =
        refusal == nullptr ? std::string(line.substr(0, 100)) : rpc_error_of(*refusal).message;
    return failed(Kind::nonsense, 0, why);
  }
  unanswered_.erase(*id);
  if (refusal != nullptr) {
    replies_.push_back({*id, std::unexpected(rpc_error_of(*refusal))});
  } else {
    replies_.push_back({*id, std::move((*fields)["result"])});
  }
  return {};
}

std::optional<RequestId> Connection::request_of(const json::object& reply) const {
  const json::value* id = reply.if_contains("id");
  if (id != nullptr && id->is_int64()) return id->get_int64();
  if (unanswered_.size() == 1 && reply.contains("error")) return *unanswered_.begin();
  return std::nullopt;
}

}  // namespace giro::client
