#include "daemon/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <spdlog/spdlog.h>

namespace giro {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(Socket socket, std::uint64_t id, Peer peer, Access access,
                       const ConnectionEvents& events, UserShares::User& user, Holding place)
    : socket_(std::move(socket)),
      id_(id),
      peer_(std::move(peer)),
      access_(std::move(access)),
      events_(events),
      user_(user),
      place_(std::move(place)),
      line_bytes_(user, Bound::line_bytes),
      reply_bytes_(user, Bound::reply_bytes) {
  socket_.non_blocking(true);
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  stalled_.reset();
  slow_.reset();
  array_.reset();
  error_code ignored;
  socket_.close(ignored);
  events_.closed(*this);
}

// --- input ---

void Connection::read_more() {
  if (reading_ || input_ended_ || refusing_ || array_ || is_blocked()) return;
  if (!take_line_bytes()) {
    refuse_line(
        ErrorCode::busy,
        "the lines that aren't complete take as much memory as they may, or as this user "
        "may; nothing of this line was decided, and the connection closes. Send it again in "
        "a moment, or less at once");
    return flush();
  }
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
  for (std::size_t total = 0; total < kReadBytesAWake && take_line_bytes();) {
    const auto space = framer_.space();
    if (space.empty()) return;  // The buffer can't grow any more: its line is too long.
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(space.data(), space.size()), error);
    framer_.received(count);
    total += count;
    if (error == asio::error::eof) input_ended_ = true;
    if (error || count < space.size()) return;  // Any other error comes again at the next read.
  }
}

bool Connection::take_line_bytes() {
  const std::size_t capacity = framer_.capacity_wanted();
  return line_bytes_.resize(capacity > protocol::LineFramer::kBytesIdle ? capacity : 0);
}

void Connection::give_line_bytes_back() {
  if (array_) return;
  framer_.relax();
  if (framer_.empty()) (void)line_bytes_.resize(0);
}

bool Connection::handle_lines() {
  if (handling_ || reading_) return false;
  handling_ = true;
  std::string_view line;
  bool more = true;
  while (more && !is_blocked() && !refusing_) {
    if (array_) {
      handle_member();
      continue;
    }
    const auto next = framer_.next(line);
    if (next == protocol::LineFramer::Next::too_long) {
      refuse_line(ErrorCode::too_large,
                  "a line has over 16 MiB; nothing of it was decided, and the connection closes. "
                  "Send less at once");
    } else if (next == protocol::LineFramer::Next::line) {
      ++lines_;
      events_.line(*this, line);
    } else if (input_ended_ && !framer_.empty()) {
      events_.line(*this, framer_.rest());
    } else {
      more = false;
    }
  }
  if (!closed_) give_line_bytes_back();
  handling_ = false;
  return more;
}

void Connection::begin_array(std::string_view line) {
  array_ = std::make_shared<ArrayReply>();
  members_ = line.substr(line.find('[') + 1);
}

void Connection::handle_member() {
  const std::string_view member = protocol::take_member(members_);
  if (member.empty()) {
    settle_array(ReplyTo{.id = {}, .array = std::exchange(array_, nullptr)});
    return;
  }
  ++array_->open;
  events_.member(*this, member, array_);
}

// One timer at most in line_time, however many lines come in pieces.
void Connection::watch_line() {
  if (slow_ || closed_ || refusing_ || array_ || framer_.empty()) return;
  watched_line_ = lines_;
  watched_bytes_ = framer_.waiting();
  slow_ = std::make_unique<asio::steady_timer>(socket_.get_executor(), events_.line_time);
  slow_->async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->closed_) return;
    self->slow_.reset();
    self->look_at_line();
  });
}

void Connection::look_at_line() {
  const bool grew = lines_ != watched_line_ || framer_.waiting() >= watched_bytes_ + kLineProgress;
  if (!grew && !is_blocked() && !array_ && !framer_.empty()) {
    refuse_line(
        ErrorCode::too_large,
        "a line isn't complete and grew by less than 64 KiB in all the time that it has "
        "(line_seconds); nothing of it was decided, and the connection closes. Send it again "
        "as a whole");
  }
  settle();
}

void Connection::refuse_line(ErrorCode code, std::string_view message) {
  refusing_ = true;
  const int number =
      code == ErrorCode::too_large ? protocol::kInvalidRequest : protocol::number_of(code);
  refuse(
      ReplyTo{.id = "null", .array = nullptr},
      {.number = number, .refusal = {.code = code, .field = {}, .message = std::string(message)}});
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
  if (!to.array) return;
  ArrayReply& array = *to.array;
  array_bytes_ += array.text.size() - std::exchange(array.counted, array.text.size());
  if (--array.open > 0) return;
  array_bytes_ -= array.counted;
  if (array.text.size() == 1) return;  // Notifications alone: no reply at all.
  outbox_.append(array.text).append("]\n");
}

void Connection::settle() {
  if (closed_) return settle_closed();
  if (handling_) return;
  bool more = true;
  while (more && !refusing_ && !is_blocked()) {
    more = handle_lines();
    flush();  // Which may have made room for what waits.
  }
  flush();
  read_more();
  watch_line();
  close_when_done();
}

// What was asked is decided all the same, and holds its place until then.
void Connection::settle_closed() {
  std::string().swap(outbox_);
  if (slots_.used() == 0) events_.closed(*this);
}

void Connection::flush() {
  if (closed_) return;
  if (!stalled_) {
    while (unsent() > 0) {
      error_code error;
      sent_ += socket_.write_some(asio::buffer(outbox_.data() + sent_, unsent()), error);
      if (error == asio::error::would_block) {
        wait_until_writable();
        break;
      }
      if (error) return close();
    }
  }
  if (unsent() == 0) {
    sent_ = 0;
    constexpr std::size_t kKept = 4'096;
    outbox_.clear();
    if (outbox_.capacity() > kKept) std::string().swap(outbox_);
  }
  hold_replies();
}

void Connection::wait_until_writable() {
  // Each byte is moved once at most on average: only the smaller half ever is.
  if (sent_ > outbox_.size() / 2) outbox_.erase(0, std::exchange(sent_, 0));
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

void Connection::hold_replies() {
  const bool fits = reply_bytes_.resize(outbox_.size() + array_bytes_);
  if (fits && unsent() <= kUnsentBytesMax) return;
  spdlog::warn("connection {} of user {} doesn't read its replies: {} bytes wait, {}, cut off", id_,
               peer_.uid, outbox_.size() + array_bytes_,
               fits ? "more than a connection may have" : "more than its user's share");
  close();
}

void Connection::close_when_done() {
  if (closed_ || !(input_ended_ || refusing_)) return;
  // Who has stopped sending may still wait for answers, but not for events without end.
  subscription_.reset();
  const bool all_handled = refusing_ || (framer_.empty() && !array_);
  if (!all_handled || !is_idle()) return;
  if (input_ended_) return close();
  linger();
}

// Closing at once, with bytes unread, would reset the connection and take the refusal from the client,
// who still sends: what comes is read and dropped, for a moment.
void Connection::linger() {
  if (dropped_) return;
  (void)framer_.rest();
  give_line_bytes_back();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  dropped_ = std::make_unique<Dropped>();
  slow_ = std::make_unique<asio::steady_timer>(socket_.get_executor(), kLingerMax);
  slow_->async_wait([weak = weak_from_this()](const error_code& error) {
    if (const auto self = weak.lock(); !error && self) self->close();
  });
  drop_input();
}

void Connection::drop_input() {
  socket_.async_read_some(asio::buffer(dropped_->bytes),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                            if (self->closed_) return;
                            self->dropped_->count += count;
                            const bool enough = self->dropped_->count > protocol::kLineBytesMax;
                            return error || enough ? self->close() : self->drop_input();
                          });
}

}  // namespace giro
