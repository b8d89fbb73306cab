#include "daemon/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <spdlog/spdlog.h>

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(Socket socket, std::uint64_t id, Peer peer, Access access,
                       const ConnectionEvents& events)
    : socket_(std::move(socket)),
      id_(id),
      peer_(std::move(peer)),
      access_(std::move(access)),
      events_(events) {
  socket_.non_blocking(true);
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  stalled_.reset();
  error_code ignored;
  socket_.close(ignored);
  events_.closed(*this);
}

// --- input ---

void Connection::read_more() {
  if (reading_ || input_ended_ || refusing_ || is_blocked()) return;
  reading_ = true;
  const auto space = framer_.space();
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                            self->on_read(error, count);
                          });
}

void Connection::on_read(const error_code& error, std::size_t count) {
  reading_ = false;
  if (closed_) return;
  if (error == asio::error::eof) {
    input_ended_ = true;
  } else if (error) {
    return close();
  } else {
    const bool filled = count == framer_.space().size();
    framer_.received(count);
    if (filled) read_what_waits();
  }
  settle();
}

// The idle buffer is small: a busy client's bytes are fetched at once into a larger one.
void Connection::read_what_waits() {
  for (std::size_t total = 0; total < kReadBytesAWake;) {
    const auto space = framer_.space();
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(space.data(), space.size()), error);
    framer_.received(count);
    total += count;
    if (error == asio::error::eof) input_ended_ = true;
    if (error || count < space.size()) return;  // Any other error comes again at the next read.
  }
}

void Connection::handle_lines() {
  if (handling_ || reading_) return;
  handling_ = true;
  std::string_view line;
  while (!is_blocked() && !refusing_) {
    const auto next = framer_.next(line);
    if (next == protocol::LineFramer::Next::too_long) {
      refuse_long_line();
      break;
    }
    if (next == protocol::LineFramer::Next::none) {
      if (input_ended_ && !framer_.empty()) events_.line(*this, framer_.rest());
      break;
    }
    events_.line(*this, line);
  }
  if (!closed_) framer_.relax();
  handling_ = false;
}

void Connection::refuse_long_line() {
  refusing_ = true;
  refuse(ReplyTo{.id = "null", .array = nullptr},
         {.number = protocol::kInvalidRequest,
          .refusal = {.code = ErrorCode::too_large,
                      .field = {},
                      .message = "a line has over 16 MiB; nothing of it was decided, and the "
                                 "connection closes. Send less at once"}});
}

// --- output ---

void Connection::refuse(const ReplyTo& to, const protocol::RpcError& error) {
  if (!to.id.empty()) {
    std::string& out = to.array ? to.array->text : outbox_;
    protocol::write_error(out, to.id, error);
    if (!to.array) out.push_back('\n');
  }
  settle_array(to);
}

void Connection::settle_array(const ReplyTo& to) {
  if (!to.array || --to.array->open > 0) return;
  if (to.array->text.size() == 1) return;  // Notifications alone: no reply at all.
  outbox_.append(to.array->text).append("]\n");
}

void Connection::settle() {
  if (closed_ || handling_) return;
  handle_lines();
  flush();
  // Writing may have made room for lines that wait in the framer.
  if (!is_blocked() && !framer_.empty() && !reading_) {
    handle_lines();
    flush();
  }
  read_more();
  close_when_done();
}

void Connection::flush() {
  if (closed_) return;
  if (stalled_) return cut_off_if_over();
  while (unsent() > 0) {
    error_code error;
    sent_ += socket_.write_some(asio::buffer(outbox_.data() + sent_, unsent()), error);
    if (error == asio::error::would_block) return wait_until_writable();
    if (error) return close();
  }
  sent_ = 0;
  constexpr std::size_t kKept = 4'096;
  outbox_.clear();
  if (outbox_.capacity() > kKept) std::string().swap(outbox_);
}

void Connection::wait_until_writable() {
  outbox_.erase(0, std::exchange(sent_, 0));
  stalled_ = std::make_unique<asio::steady_timer>(socket_.get_executor(), kStalledMax);
  stalled_->async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->closed_ || !self->stalled_) return;
    spdlog::warn("connection {} of user {} has read nothing for 30 s, cut off", self->id_,
                 self->peer_.uid);
    self->close();
  });
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    if (self->closed_) return;
    self->stalled_.reset();
    if (error) return self->close();
    self->settle();
    if (self->has_room()) self->events_.room(*self);
  });
}

void Connection::cut_off_if_over() {
  if (unsent() <= kUnsentBytesMax) return;
  spdlog::warn("connection {} of user {} doesn't read its replies: {} bytes wait, cut off", id_,
               peer_.uid, unsent());
  close();
}

void Connection::close_when_done() {
  if (closed_ || !(input_ended_ || refusing_)) return;
  // Who has stopped sending may still wait for answers, but not for events without end.
  subscription_.reset();
  const bool all_handled = refusing_ || framer_.empty();
  if (all_handled && is_idle()) close();
}

}  // namespace giro
