#include "daemon/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include "daemon/log.hpp"

namespace giro {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytesAWake = std::size_t{256} << 10;
constexpr std::chrono::seconds kStalledMax{30};
constexpr std::chrono::seconds kLingerMax{5};

}  // namespace

Connection::Connection(Socket socket, Client client, const SessionParts& parts, Sessions& sessions)
    : socket_(std::move(socket)), sessions_(sessions), session_(std::move(client), parts, this) {
  socket_.non_blocking(true);
}

void Connection::start(Socket socket, Client client, const SessionParts& parts,
                       Sessions& sessions) {
  const std::shared_ptr<Connection> connection(
      new Connection(std::move(socket), std::move(client), parts, sessions));
  sessions.add(std::shared_ptr<Session>(connection, &connection->session_));
  connection->read_more();
}

void Connection::wake() {
  if (closed_) return;
  do {
    session_.proceed();
    write();
    if (closed_) return;
  } while (session_.can_proceed());
  switch (session_.ending()) {
    case Session::Ending::complete:
      return close();
    case Session::Ending::cut_off:
      return cut_off();
    case Session::Ending::refused:
      linger();
      break;
    case Session::Ending::none:
      watch_line();
      break;
  }
  read_more();
}

void Connection::close() {
  closed_ = true;
  stalled_.reset();
  slow_.reset();
  Error ignored;
  socket_.close(ignored);
  session_.hang_up();
  sessions_.forget_if_done(session_);
}

void Connection::cut_off() {
  const CutOff& why = session_.why();
  log_notice({.severity = why.is_our_fault ? Severity::error : Severity::warning,
              .event = Event::cut_off,
              .text = why.why,
              .uid = session_.peer().uid});
  close();
}

// --- reading ---

void Connection::read_more() {
  if (reading_) return;
  const std::span<char> space = dropped_ ? std::span<char>(dropped_->bytes) : session_.space();
  if (space.empty()) return;
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(space.data(), space.size()),
      [self = shared_from_this(), size = space.size()](const Error& error, std::size_t count) {
        self->reading_ = false;
        if (!self->closed_) self->on_read(error, count, count == size);
      });
}

void Connection::on_read(const Error& error, std::size_t count, bool filled) {
  if (error && error != asio::error::eof) return close();
  if (dropped_) return error ? close() : drop(count);
  if (error) {
    session_.input_ended();
  } else {
    session_.received(count);
    if (filled) read_what_waits();
  }
  wake();
}

// The idle buffer is small: a busy client's bytes are fetched at once into a larger one.
void Connection::read_what_waits() {
  for (std::size_t total = 0; total < kReadBytesAWake;) {
    const std::span<char> space = session_.space();
    if (space.empty()) return;
    Error error;
    const std::size_t count = socket_.read_some(asio::buffer(space.data(), space.size()), error);
    session_.received(count);
    total += count;
    if (error == asio::error::eof) session_.input_ended();
    if (error || count < space.size()) return;  // Any other error comes again at the next read.
  }
}

// One timer at most in line_seconds, however many lines come in pieces.
void Connection::watch_line() {
  if (slow_ || !session_.has_unfinished_line()) return;
  session_.watch_line();
  slow_ = std::make_unique<asio::steady_timer>(socket_.get_executor(),
                                               std::chrono::seconds(session_.line_seconds()));
  slow_->async_wait([weak = weak_from_this()](const Error& error) {
    const auto self = weak.lock();
    if (error || !self || self->closed_) return;
    self->slow_.reset();
    self->session_.judge_line();
    self->wake();
  });
}

// --- writing ---

void Connection::write() {
  std::size_t count = 0;
  while (!stalled_) {
    const std::string_view left = session_.unsent().substr(count);
    if (left.empty()) break;
    Error error;
    count += socket_.write_some(asio::buffer(left.data(), left.size()), error);
    if (error == asio::error::would_block) {
      wait_until_writable();
    } else if (error) {
      return close();
    }
  }
  session_.sent(count);
}

void Connection::wait_until_writable() {
  stalled_ = std::make_unique<asio::steady_timer>(socket_.get_executor(), kStalledMax);
  stalled_->async_wait([weak = weak_from_this()](const Error& error) {
    const auto self = weak.lock();
    if (error || !self || self->closed_ || !self->stalled_) return;
    const auto uid = self->session_.peer().uid;
    log_notice({.severity = Severity::warning,
                .event = Event::cut_off,
                .text = fmt::format("connection {} of user {} has read nothing for 30 s, cut off",
                                    self->session_.id(), uid),
                .uid = uid});
    self->close();
  });
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const Error& error) {
    if (self->closed_) return;
    self->stalled_.reset();
    if (error) return self->close();
    self->wake();
  });
}

// --- the end ---

// Closing at once, with bytes unread, would reset the connection and take the refusal from the client,
// who still sends.
void Connection::linger() {
  if (dropped_) return;
  Error ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  dropped_ = std::make_unique<Dropped>();
  slow_ = std::make_unique<asio::steady_timer>(socket_.get_executor(), kLingerMax);
  slow_->async_wait([weak = weak_from_this()](const Error& error) {
    if (const auto self = weak.lock(); !error && self) self->close();
  });
}

void Connection::drop(std::size_t count) {
  dropped_->count += count;
  if (dropped_->count > protocol::kLineBytesMax) return close();
  read_more();
}

}  // namespace giro
