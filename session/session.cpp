#include "session/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "session/dispatcher.hpp"
#include "session/feed.hpp"

namespace giro {

Session::Session(Client client, const SessionParts& parts, Pump* pump)
    : parts_(parts),
      pump_(pump),
      client_(std::move(client)),
      line_bytes_(client_.user, Bound::line_bytes),
      reply_bytes_(client_.user, Bound::reply_bytes) {}

// --- input ---

std::span<char> Session::space() {
  if (!wants_input() || !take_line_bytes()) return {};
  const auto space = framer_.space();
  lent_ = !space.empty();
  return space;
}

void Session::received(std::size_t count) {
  lent_ = false;
  framer_.received(count);
  if (is_over()) (void)framer_.rest();
}

void Session::proceed() {
  bool more = true;
  while (more && !is_blocked()) {
    if (array_) {
      take_member();
    } else if (!knows_its_form()) {
      more = false;
    } else {
      more = http_ ? take_request() : take_line();
    }
  }
  if (http_) http_->flush(outbox_.text());
  give_line_bytes_back();
  if (wants_input() && !take_line_bytes()) {
    refuse_line(
        ErrorCode::busy,
        "the lines that aren't complete take as much memory as they may, or as this user "
        "may; nothing of this line was decided, and the connection closes. Send it again in "
        "a moment, or less at once");
  }
  // Who has stopped sending may still wait for answers, but not for events without end.
  if (input_ended_ || refusing_) subscription_.reset();
  waits_for_room_ = is_blocked();
}

bool Session::take_line() {
  std::string_view line;
  const auto next = framer_.next(line);
  if (next == protocol::LineFramer::Next::too_long) {
    refuse_line(ErrorCode::too_large,
                "a line has over 16 MiB; nothing of it was decided, and the connection closes. "
                "Send less at once");
  } else if (next == protocol::LineFramer::Next::line) {
    ++lines_;
    parts_.dispatcher.handle(*this, line);
  } else if (input_ended_ && !framer_.empty()) {
    parts_.dispatcher.handle(*this, framer_.rest());
  } else {
    return false;
  }
  return true;
}

bool Session::knows_its_form() {
  if (http_ || lines_ > 0) return true;
  const std::optional<bool> is_http = http::is_http(framer_.peek());
  if (is_http.value_or(false)) {
    http_ = std::make_unique<http::Exchange>();
  } else if (is_http && client_.gate != nullptr) {
    refuse_line(ErrorCode::malformed,
                "this port speaks HTTP/1.1 alone; nothing was decided, and the connection closes. "
                "Lines of JSON are for girod's socket");
    return false;
  }
  return is_http || input_ended_;
}

bool Session::take_request() {
  if (http_->is_open()) return go_on_answering();
  framer_.skip(http_->put(framer_.peek()));
  switch (http_->reader().state()) {
    case http::RequestReader::State::incomplete:
      if (http_->reader().asks_to_continue()) outbox_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
      ended_ = input_ended_;  // The rest of it never comes.
      return false;
    case http::RequestReader::State::malformed:
      refuse_line(
          ErrorCode::malformed,
          "this isn't a request of HTTP/1.1; nothing was decided, and the connection closes");
      return false;
    case http::RequestReader::State::too_large:
      refuse_line(
          ErrorCode::too_large,
          "the head of a request has over 8 KiB, or its body over 16 MiB; nothing of it was "
          "decided, and the connection closes. Send less at once");
      return false;
    case http::RequestReader::State::complete:
      break;
  }
  const auto verdict = client_.gate == nullptr ? http::Verdict::let_in
                                               : client_.gate->judge(http_->reader().request());
  http::Routed routed = http_->begin();
  if (verdict == http::Verdict::let_in) {
    parts_.dispatcher.handle(*this, std::move(routed));
  } else {
    parts_.dispatcher.turn_away(*this, verdict);
  }
  return true;
}

bool Session::go_on_answering() {
  if (const auto line = http_->next_line()) {
    parts_.dispatcher.handle(*this, *line);
    return true;
  }
  if (http_->is_feed()) framer_.skip(framer_.waiting());  // It has nothing more to say.
  if (input_ended_) subscription_.reset();
  if (slots_.used() > 0 || subscription_) return false;
  http_->finish(outbox_.text());
  refusing_ = !http_->keeps_alive();
  return true;
}

void Session::begin_array(std::string_view line) {
  array_ = std::make_shared<ArrayReply>();
  members_ = line.substr(line.find('[') + 1);
}

void Session::take_member() {
  const std::string_view member = protocol::take_member(members_);
  if (member.empty()) {
    return settle_array(ReplyTo{.id = {}, .array = std::exchange(array_, nullptr)});
  }
  ++array_->open;
  parts_.dispatcher.handle_member(*this, member, array_);
}

bool Session::take_line_bytes() {
  const std::size_t capacity =
      framer_.capacity_wanted() + (http_ ? http_->reader().bytes() : std::size_t{0});
  return line_bytes_.resize(capacity > protocol::LineFramer::kBytesIdle ? capacity : 0);
}

// What is lent is still written to.
void Session::give_line_bytes_back() {
  if (array_ || lent_) return;
  framer_.relax();
  const bool has_request = http_ && http_->reader().bytes() > 0;
  if (framer_.empty() && !has_request) (void)line_bytes_.resize(0);
}

bool Session::has_unfinished_line() const {
  const bool within_request = http_ && http_->reader().is_within_one();
  return !is_over() && !array_ && !is_answering() && (within_request || !framer_.empty());
}

void Session::watch_line() {
  watched_line_ = lines_;
  watched_bytes_ = unfinished_bytes();
}

std::size_t Session::unfinished_bytes() const {
  return framer_.waiting() + (http_ ? http_->reader().received() : std::size_t{0});
}

void Session::judge_line() {
  const bool grew = lines_ != watched_line_ || unfinished_bytes() >= watched_bytes_ + kLineProgress;
  if (grew || is_blocked() || !has_unfinished_line()) return;
  refuse_line(ErrorCode::too_large,
              "a line isn't complete and grew by less than 64 KiB in all the time that it has "
              "(line_seconds); nothing of it was decided, and the connection closes. Send it again "
              "as a whole");
}

void Session::refuse_line(ErrorCode code, std::string_view message) {
  refusing_ = true;
  (void)framer_.rest();
  give_line_bytes_back();
  const int number =
      code == ErrorCode::too_large ? protocol::kInvalidRequest : protocol::number_of(code);
  if (http_) http_->break_off();
  refuse(
      ReplyTo{.id = "null", .array = nullptr, .bare = http_ != nullptr},
      {.number = number, .refusal = {.code = code, .field = {}, .message = std::string(message)}});
  if (http_) http_->finish(outbox_.text());
}

// --- output ---

void Session::refuse(const ReplyTo& to, const protocol::RpcError& error) {
  parts_.dispatcher.count_refusal(error.refusal.code);
  if (to.bare) {
    http_->refuse(error);
  } else if (!to.id.empty()) {
    std::string& out = text_of(to);
    protocol::write_error(out, to.id, error);
    if (!to.array) out.push_back('\n');
  }
  settle_array(to);
}

void Session::begin_feed(const ReplyTo& to, Seq from, Seq head) {
  if (to.bare) http_->begin_feed(from - 1);
  reply(to, [&](protocol::JsonWriter& json) {
    json.begin_object().field("from", from).field("head_seq", head).end_object();
  });
  if (to.bare) http_->end_event();
}

void Session::settle_array(const ReplyTo& to) {
  if (!to.array) return;
  ArrayReply& array = *to.array;
  array_bytes_ += array.text.size() - std::exchange(array.counted, array.text.size());
  if (--array.open > 0) return;
  array_bytes_ -= array.counted;
  if (array.text.size() == 1) return;  // Notifications alone: no reply at all.
  replies().append(array.text).append("]\n");
}

void Session::sent(std::size_t count) {
  outbox_.sent(count);
  hold_replies();
  if (subscription_ && !is_over()) parts_.feed.serve(*this);
}

void Session::hold_replies() {
  const std::size_t waiting =
      outbox_.size() + array_bytes_ + (http_ ? http_->text().size() : std::size_t{0});
  const bool fits = reply_bytes_.resize(waiting);
  if (fits && unsent().size() <= kUnsentBytesMax) return;
  cut_off({.why = fmt::format(
               "connection {} of user {} doesn't read its replies: {} bytes wait, {}, cut off",
               id(), peer().uid, waiting,
               fits ? "more than a connection may have" : "more than its user's share")});
}

// --- the end ---

Session::Ending Session::ending() const {
  if (cut_off_) return Ending::cut_off;
  if (ended_) return Ending::complete;
  if (!is_idle()) return Ending::none;
  const bool is_said = framer_.empty() && !array_ && !is_answering();
  if (input_ended_ && (refusing_ || is_said)) return Ending::complete;
  return refusing_ ? Ending::refused : Ending::none;
}

std::shared_ptr<const std::atomic<bool>> Session::is_left() {
  if (!is_left_) is_left_ = std::make_shared<std::atomic<bool>>(false);
  return is_left_;
}

void Session::hang_up() {
  hung_up_ = true;
  if (is_left_) *is_left_ = true;
  array_.reset();
  subscription_.reset();
  outbox_.clear();
}

}  // namespace giro
