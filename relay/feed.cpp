#include "relay/feed.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace giro::relay {
namespace {

namespace json = boost::json;
namespace asio = boost::asio;

constexpr auto kTryAgainAfter = std::chrono::seconds(1);
constexpr int kEventsATurn = 256;  // Then others have theirs.

// What comes is taken as it is there, without waiting.
client::Clock::time_point at_once() {
  return client::Clock::time_point{};
}

std::string words_of(const client::TransportError& error, const std::string& socket_path) {
  using Kind = client::TransportError::Kind;
  const std::string why = std::generic_category().message(error.error_number);
  switch (error.kind) {
    case Kind::connect:
      return fmt::format("no girod answers at {}: {}", socket_path, why);
    case Kind::untrusted:
      return fmt::format("the socket {} is served by the user {}, who may have put it there",
                         socket_path, error.detail);
    case Kind::nonsense:
      return fmt::format("what answers at {} doesn't speak Giro's protocol: {}", socket_path,
                         error.detail);
    default:
      return error.error_number == 0 ? "girod closed the connection"
                                     : fmt::format("the connection was lost: {}", why);
  }
}

bool is_only_late(const client::TransportError& error) {
  return error.kind == client::TransportError::Kind::timed_out;
}

}  // namespace

Feed::Feed(asio::io_context& io, std::vector<std::string> sockets, FeedTaker& taker)
    : io_(io),
      sockets_(std::move(sockets)),
      taker_(taker),
      descriptor_(io),
      timer_(io),
      look_timer_(io) {}

Feed::~Feed() {
  *alive_ = false;
  close();
}

void Feed::open() {
  if (!is_open()) connect();
}

void Feed::close() {
  ++turn_;
  waits_ = false;
  timer_.cancel();
  look_timer_.cancel();
  // The connection closes the socket: whoever closes it twice may close another one's.
  if (descriptor_.is_open()) descriptor_.release();
  connection_.reset();
}

void Feed::connect() {
  waits_ = subscribed_ = verified_ = heard_ = false;
  auto opened = client::Connection::open(here(), client::Clock::now());
  if (!opened) return interrupted(words_of(opened.error(), here()));
  connection_.emplace(std::move(*opened));
  const FeedTaker::Place place = taker_.place();
  json::object from;
  // Seqs begin at 1; the last event taken is read again.
  if (place.cursor >= 0) from["from"] = std::max<std::int64_t>(place.cursor, 1);
  if (place.cursor < 0 && place.first) from["from"] = *place.first;
  verified_ = place.cursor < 1;
  ask_status();
  connection_->start("events.subscribe", json::serialize(from));
  connection_->write_what_fits();
  descriptor_.assign(connection_->descriptor());
  wait_readable();
  if (are_several()) look_after();
}

void Feed::ask_status() {
  status_ = connection_->start("ledger.status", "{}");
}

// Where nothing came for so long, it is asked how it is, and has the same time to say so.
void Feed::look_after() {
  look_timer_.expires_after(client::kSilenceMax);
  look_timer_.async_wait(
      [this, alive = alive_, turn = turn_](const boost::system::error_code& error) {
        if (error || !*alive || turn != turn_) return;
        if (!std::exchange(heard_, false)) {
          if (status_) return interrupted(fmt::format("girod at {} doesn't answer", here()));
          ask_status();
          connection_->write_what_fits();
        }
        look_after();
      });
}

void Feed::wait_readable() {
  descriptor_.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, alive = alive_, turn = turn_](const boost::system::error_code& error) {
        if (!error && *alive && turn == turn_) read();
      });
}

void Feed::read() {
  if (!subscribed_ && !read_replies()) return;
  if (subscribed_ && !read_events()) return;
  wait_readable();
}

bool Feed::read_replies() {
  while (!subscribed_) {
    const auto reply = connection_->next_reply(at_once());
    if (!reply && is_only_late(reply.error())) return true;
    if (!reply) {
      interrupted(words_of(reply.error(), here()));
      return false;
    }
    if (!take_reply(*reply)) return false;
  }
  return true;
}

bool Feed::take_reply(const client::Reply& reply) {
  if (reply.id != status_) return take_subscribed(reply);
  status_.reset();
  // Who may not ask does without.
  if (!reply.answer || !reply.answer->is_object()) return true;
  const json::object& status = reply.answer->get_object();
  learn_currencies(status);
  // What it has is taken first.
  if (!subscribed_ || heard_ || !client::is_isolated(status)) return true;
  leave_isolated();
  return false;
}

// To show amounts with.
void Feed::learn_currencies(const json::object& status) {
  const json::value* currencies = status.if_contains("currencies");
  if (currencies == nullptr || !currencies->is_array()) return;
  for (const json::value& each : currencies->get_array()) {
    const json::object* currency = each.if_object();
    const json::value* code = currency == nullptr ? nullptr : currency->if_contains("currency");
    const json::value* scale = currency == nullptr ? nullptr : currency->if_contains("scale");
    if (code == nullptr || scale == nullptr || !code->is_string() || !scale->is_int64()) continue;
    const std::string_view name(code->get_string().data(), code->get_string().size());
    const std::int64_t digits = scale->get_int64();
    if (!is_currency_code(name) || digits < 0 || digits > kScaleMax) continue;
    taker_.learn({.code = CurrencyCode(name), .scale = static_cast<int>(digits)});
  }
}

bool Feed::take_subscribed(const client::Reply& reply) {
  if (!reply.answer) {
    interrupted(fmt::format("girod refuses the feed: {}", reply.answer.error().message));
    return false;
  }
  const json::object* answer = reply.answer->if_object();
  const json::value* from = answer == nullptr ? nullptr : answer->if_contains("from");
  const json::value* head = answer == nullptr ? nullptr : answer->if_contains("head_seq");
  if (from == nullptr || head == nullptr || !from->is_int64() || !head->is_int64()) {
    interrupted("girod's answer to the subscription has no `from` and `head_seq`");
    return false;
  }
  const std::int64_t cursor = taker_.place().cursor;
  if (cursor > head->get_int64()) {
    ends_before(cursor, head->get_int64());
    return false;
  }
  if (cursor < 0) taker_.begin_after(from->get_int64() - 1);
  subscribed_ = true;
  failed_ = 0;
  taker_.tell_trouble("");
  return true;
}

// Of several nodes one may be, for a moment.
void Feed::ends_before(std::int64_t cursor, std::int64_t head) {
  if (are_several()) {
    return interrupted(
        fmt::format("girod at {} has the ledger up to seq {}, and seq {} was taken before", here(),
                    head, cursor));
  }
  halted(
      fmt::format("the ledger ends at seq {}, but seq {} was taken from it before: it isn't the "
                  "ledger that it was",
                  head, cursor));
}

bool Feed::read_events() {
  for (int event = 0; event < kEventsATurn; ++event) {
    if (!taker_.has_room()) {
      close();
      return false;
    }
    const auto notification = connection_->next_notification(at_once());
    while (connection_->has_reply()) {
      if (!take_reply(*connection_->next_reply(at_once()))) return false;
    }
    if (!notification && is_only_late(notification.error())) return true;
    if (!notification) {
      interrupted(words_of(notification.error(), here()));
      return false;
    }
    heard_ = true;
    if (notification->method == "event" && !take_event(notification->params)) return false;
  }
  // There may be more here already, which the socket doesn't tell.
  asio::post(io_, [this, alive = alive_, turn = turn_] {
    if (*alive && turn == turn_) read();
  });
  return false;
}

bool Feed::take_event(const json::value& entry) {
  const auto event = read_event(entry);
  const FeedTaker::Place place = taker_.place();
  if (!event || event->seq != (verified_ ? place.cursor + 1 : place.cursor)) {
    interrupted(fmt::format("what came after seq {} isn't the next event", place.cursor));
    return false;
  }
  if (!verified_) {
    verified_ = true;
    if (place.at.empty() || place.at == event->at) return true;
    halted(fmt::format(
        "seq {} was decided at {}, but the one that was taken before at {}: it isn't the "
        "ledger that it was",
        event->seq, event->at, place.at));
    return false;
  }
  isolated_ = 0;
  if (event->declared) taker_.learn(*event->declared);
  taker_.take(*event);
  // Its taker may have closed the feed.
  return connection_.has_value();
}

// Where all of them are apart, one after the other is looked at, and it is told once.
void Feed::leave_isolated() {
  const std::string why = fmt::format("girod at {} doesn't reach the other nodes", here());
  go_on_at_next();
  if (isolated_++ < sockets_.size()) taker_.tell_trouble(why);
}

void Feed::interrupted(const std::string& why) {
  go_on_at_next();
  taker_.tell_trouble(why);
}

void Feed::go_on_at_next() {
  close();
  waits_ = true;
  at_ = (at_ + 1) % sockets_.size();
  const bool is_whole_pass = ++failed_ % sockets_.size() == 0;
  timer_.expires_after(is_whole_pass ? kTryAgainAfter : std::chrono::seconds(0));
  timer_.async_wait([this, alive = alive_, turn = turn_](const boost::system::error_code& error) {
    if (!error && *alive && turn == turn_) connect();
  });
}

void Feed::halted(const std::string& why) {
  close();
  taker_.halt(why);
}

}  // namespace giro::relay
