#include "queue/etcd/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace giro::etcd {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::size_t kReadsAStep = 64;  // Deadlines have their turn, however much comes.

// `write` appends the message to what it is given.
template <class Write>
std::string framed(const Write& write) {
  std::string bytes(MessageFramer::kPrefixBytes, '\0');
  write(bytes);
  MessageFramer::frame(bytes);
  return bytes;
}

// Nothing: errno says why.
std::optional<int> connected_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return std::nullopt;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return std::nullopt;
  if (::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return handle;
  const int error = errno;
  ::close(handle);
  errno = error;
  return std::nullopt;
}

}  // namespace

Connection::Connection(ConnectionOptions options)
    : options_(std::move(options)), input_(kReadBytes) {}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

CallId Connection::start(const Request& request, Clock::time_point deadline) {
  std::string body = framed([&request](std::string& out) { append(out, request); });
  const CallId id = ++last_id_;
  // etcd would refuse it with a code that may mean something else, too.
  if (body.size() > MessageFramer::kPrefixBytes + kRequestBytesMax) {
    finished_.push_back(
        {id, std::unexpected(Failure{.code = Code::invalid_argument,
                                     .message = "the request has " + std::to_string(body.size()) +
                                                " bytes, and etcd takes " +
                                                std::to_string(kRequestBytesMax),
                                     .fate = Fate::not_sent})});
    return id;
  }
  calls_.emplace(id, Call{.index = request.index(),
                          .path = path_of(request),
                          .body = std::move(body),
                          .deadline = deadline});
  wants_write_ = true;
  return id;
}

void Connection::watch(std::string key) {
  watched_key_ = std::move(key);
  wants_write_ = true;
}

void Connection::step(Clock::time_point now) {
  if (socket_ < 0 && is_wanted() && now >= connect_at_) connect(now);
  if (socket_ >= 0) read_some(now);
  // Behind what came in time.
  end_overdue(now);
  if (socket_ >= 0) {
    open_streams(now);
    write_some(now);
    replace_if_spent(now);
  }
}

std::optional<Finished> Connection::take() {
  if (finished_.empty()) return std::nullopt;
  Finished finished = std::move(finished_.front());
  finished_.pop_front();
  return finished;
}

std::optional<Bell> Connection::take_bell() {
  if (bells_.empty()) return std::nullopt;
  Bell bell = std::move(bells_.front());
  bells_.pop_front();
  return bell;
}

std::optional<Clock::time_point> Connection::next_step() const {
  Clock::time_point next = Clock::time_point::max();
  for (const auto& [id, call] : calls_) next = std::min(next, call.deadline);
  if (socket_ < 0 && is_wanted()) next = std::min(next, connect_at_);
  if (socket_ >= 0 && watched_key_ && !watch_stream_) next = std::min(next, watch_at_);
  if (next == Clock::time_point::max()) return std::nullopt;
  return next;
}

// --- the socket ---

void Connection::connect(Clock::time_point now) {
  connect_at_ = now + options_.retry_every;
  const auto handle = connected_socket(options_.socket);
  if (!handle) {
    absent_because_ = std::strerror(errno);
    return;
  }
  socket_ = *handle;
  session_ = std::make_unique<GrpcSession>(options_.limits);
}

// What waits for its stream goes out on the next connection.
void Connection::lose(Clock::time_point now, const std::string& reason) {
  absent_because_ = reason;
  for (const auto& [stream, id] : std::exchange(streams_, {})) {
    const bool is_gone = session_->departure(stream) == Departure::gone;
    finish(calls_.find(id),
           std::unexpected(Failure{.code = Code::unavailable,
                                   .message = "the connection to etcd was lost: " + reason,
                                   .fate = is_gone ? Fate::unknown : Fate::not_sent}));
  }
  if (watch_stream_) end_watch(now, "the connection to etcd was lost: " + reason);
  watch_at_ = now;
  session_.reset();
  ::close(std::exchange(socket_, -1));
}

void Connection::read_some(Clock::time_point now) {
  for (std::size_t i = 0; i < kReadsAStep && socket_ >= 0; ++i) {
    const ssize_t count = ::recv(socket_, input_.data(), input_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) return lose(now, std::strerror(errno));
    if (count == 0) return lose(now, "etcd closed it");
    const bool usable = session_->receive({input_.data(), static_cast<std::size_t>(count)});
    take_events(now);
    if (!usable) return lose(now, "what came isn't HTTP/2: " + session_->error());
    if (static_cast<std::size_t>(count) < input_.size()) return;
  }
}

void Connection::write_some(Clock::time_point now) {
  wants_write_ = true;
  for (std::string_view output = session_->output(); !output.empty(); output = session_->output()) {
    const ssize_t count = ::send(socket_, output.data(), output.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) {
      const std::string reason = std::strerror(errno);
      // Last answers may be there to read.
      read_some(now);
      if (socket_ >= 0) lose(now, reason);
      return;
    }
    session_->wrote(static_cast<std::size_t>(count));
  }
  wants_write_ = false;
  if (!session_->error().empty()) lose(now, session_->error());
}

// --- streams ---

void Connection::open_streams(Clock::time_point now) {
  for (auto& [id, call] : calls_) {
    if (call.stream) continue;
    if (!session_->may_open()) return;
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(call.deadline - now);
    call.stream =
        session_->open({.path = call.path, .body = std::move(call.body), .timeout = timeout});
    streams_.emplace(*call.stream, id);
  }
  if (watched_key_ && !watch_stream_ && now >= watch_at_ && session_->may_open()) {
    std::string body = framed([this](std::string& out) { append_watch(out, *watched_key_); });
    watch_stream_ = session_->open({.path = kWatchPath,
                                    .body = std::move(body),
                                    .stays_open = true,
                                    .only_with_a_leader = true});
  }
}

// Calls that are on their way end first; a watch would stay for ever.
void Connection::replace_if_spent(Clock::time_point now) {
  if (socket_ < 0) return;
  if (streams_.empty() && !session_->may_open()) return lose(now, "it takes no more calls");
  if (session_->is_over()) lose(now, "what came isn't HTTP/2");
}

void Connection::end_overdue(Clock::time_point now) {
  for (auto call = calls_.begin(); call != calls_.end();) {
    if (call->second.deadline > now) {
      ++call;
      continue;
    }
    Failure failure{.code = Code::deadline_exceeded,
                    .message = "etcd didn't answer in time",
                    .fate = Fate::not_sent};
    if (const auto stream = call->second.stream) {
      if (session_->departure(*stream) != Departure::held) failure.fate = Fate::unknown;
      session_->reset(*stream);
      streams_.erase(*stream);
    } else if (socket_ < 0) {
      failure = {.code = Code::unavailable, .message = absence(), .fate = Fate::not_sent};
    }
    call = finish(call, std::unexpected(std::move(failure)));
  }
}

std::string Connection::absence() const {
  return "no etcd answers at " + options_.socket + ": " + absent_because_;
}

Connection::Calls::iterator Connection::finish(Calls::iterator call,
                                               std::expected<Answer, Failure> answer) {
  finished_.push_back({call->first, std::move(answer)});
  return calls_.erase(call);
}

// --- what comes ---

void Connection::take_events(Clock::time_point now) {
  for (StreamEvent& event : session_->take_events()) {
    if (auto* message = std::get_if<StreamMessage>(&event)) {
      take_message(now, std::move(*message));
    } else {
      take_end(now, std::get<StreamEnd>(std::move(event)));
    }
  }
}

void Connection::take_message(Clock::time_point now, StreamMessage message) {
  if (message.stream == watch_stream_) {
    const auto answer = read_watch_answer(message.bytes);
    if (answer) return take_watch_answer(now, *answer);
    session_->reset(message.stream);
    return end_watch(now, "etcd's answer can't be read");
  }
  if (const auto found = streams_.find(message.stream); found != streams_.end()) {
    calls_.at(found->second).answer = std::move(message.bytes);
  }
}

void Connection::take_end(Clock::time_point now, StreamEnd end) {
  if (end.stream == watch_stream_) return end_watch(now, std::move(end.status.message));
  const auto found = streams_.find(end.stream);
  if (found == streams_.end()) return;
  const auto call = calls_.find(found->second);
  streams_.erase(found);
  if (end.status.code != Code::ok) {
    finish(call, std::unexpected(std::move(end.status)));
    return;
  }
  auto answer =
      call->second.answer ? read_answer(call->second.index, *call->second.answer) : std::nullopt;
  if (answer) {
    finish(call, *std::move(answer));
  } else {
    finish(call, std::unexpected(
                     Failure{.code = Code::internal, .message = "etcd's answer can't be read"}));
  }
}

void Connection::take_watch_answer(Clock::time_point now, const WatchAnswer& answer) {
  if (answer.cancelled) {
    session_->reset(*watch_stream_);
    return end_watch(now, answer.compacted != 0 ? "what it watches is compacted" : answer.reason);
  }
  if (answer.created) {
    bells_.push_back({.what = Bell::What::began, .revision = answer.revision});
  } else if (answer.events == 0) {
    bells_.push_back({.what = Bell::What::progress, .revision = answer.revision});
  } else if (!bells_.empty() && bells_.back().what == Bell::What::rang) {
    bells_.back().revision = answer.revision;  // Nobody has heard the last one yet.
  } else {
    bells_.push_back({.what = Bell::What::rang, .revision = answer.revision});
  }
}

void Connection::end_watch(Clock::time_point now, std::string reason) {
  watch_stream_.reset();
  watch_at_ = now + options_.retry_every;
  bells_.push_back({.what = Bell::What::ended, .reason = std::move(reason)});
}

}  // namespace giro::etcd
