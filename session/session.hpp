// One client's conversation, without its socket: bytes in, requests out, answers in, bytes out.
//
//   put bytes into space(), tell received(n), call proceed(): requests leave through the Backend
//   answers come in by slot (Answers); the pump is woken, and calls proceed() again
//   take unsent(), tell sent(n); can_proceed() says whether that made room for what waits
//   ending() says when the conversation is over
//
// What always holds:
//   - no bytes are wanted while the window is full, or while the client doesn't take its replies: a
//     client that sends more than it reads waits, nobody else does;
//   - replies go out in the order in which they were made, each whole;
//   - a client that lets 64 MiB of replies pile up, or more than its user's share of reply_bytes, is
//     cut off;
//   - a line that needs more than its user's share of line_bytes, or grows too slowly, is refused and the
//     conversation ends: the one that asks for more, since what others have sent is paid for;
//   - a conversation that begins as HTTP goes on as HTTP (session/http/): a request at a time;
//   - the requests of an array are taken on one by one, as the window has room; until the last of them
//     is, nothing else is;
//   - an idle session has a few KiB of memory;
//   - after the end of its input a session goes on until what it asked is answered.
// Thread: one at a time, all of them the same; in the daemon the I/O thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"
#include "session/authorization.hpp"
#include "session/http/exchange.hpp"
#include "session/outbox.hpp"
#include "session/pending.hpp"
#include "session/server_info.hpp"

namespace giro {

class Dispatcher;
class Feed;

// Who moves a session's bytes.
class Pump {
 public:
  // There is something to send, or room to go on: proceed() and what follows it is due.
  virtual void wake() = 0;

 protected:
  ~Pump() = default;
};

// What all sessions share; outlives them.
struct SessionParts {
  Dispatcher& dispatcher;
  Feed& feed;
  const Limits& limits;  // As they are now.
};

struct Client {
  std::uint64_t id = 0;  // Of the session; never used again.
  Peer peer;
  Access access;
  UserShares::User& user;
  Holding place;  // Of its user's share of connections.
  const http::Gate* gate =
      nullptr;  // Of those who come by TCP, and speak HTTP alone; outlives them.
};

// Why a client is cut off, as a sentence for the log.
struct CutOff {
  std::string why;
  bool is_our_fault = false;
};

struct Subscription {
  Seq next = 1;              // The first seq that wasn't sent.
  std::uint32_t number = 0;  // Tells it from the session's earlier ones.
  bool loading = false;
};

class Session {
 public:
  // `pump`: null where nobody needs to be woken.
  Session(Client client, const SessionParts& parts, Pump* pump);

  // --- bytes in ---
  // Where to put them; empty: none are wanted now. Stays valid until received() or hang_up().
  [[nodiscard]] std::span<char> space();
  // REQUIRES: count <= the size of what space() gave last.
  void received(std::size_t count);
  void input_ended() { input_ended_ = true; }
  // Takes on what came in, as far as there is room.
  void proceed();
  // What proceed() left for want of room has room now.
  [[nodiscard]] bool can_proceed() const { return waits_for_room_ && !is_blocked(); }

  // --- a line that grows too slowly: the pump has the clock ---
  // Or request of HTTP.
  [[nodiscard]] bool has_unfinished_line() const;
  void watch_line();
  // So long after watch_line():
  [[nodiscard]] std::size_t line_seconds() const { return parts_.limits.line_seconds; }
  // Refuses the line if it hasn't grown by 64 KiB since.
  void judge_line();

  // --- bytes out ---
  [[nodiscard]] std::string_view unsent() const { return outbox_.unsent(); }
  // So many of them are sent, and the client takes no more for now. After each proceed(), 0 too.
  void sent(std::size_t count);

  // --- the end ---
  enum class Ending : std::uint8_t {
    none,
    complete,  // All is said: close.
    refused,   // A line was refused, and that is sent; the client may still be sending.
    cut_off,   // Close at once, and log why.
  };
  [[nodiscard]] Ending ending() const;
  // REQUIRES: ending() is cut_off.
  [[nodiscard]] const CutOff& why() const { return *cut_off_; }
  void cut_off(CutOff cut_off) { cut_off_ = std::move(cut_off); }
  // Whatever is still open: the daemon stops.
  void end() { ended_ = true; }
  // The client is gone. What it asked is decided all the same, and holds its place until then.
  void hang_up();
  [[nodiscard]] bool hung_up() const { return hung_up_; }
  // As reading threads are told of it.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> is_left();

  // --- replies ---
  // `write(json)` writes the result's value.
  template <class Write>
  void reply(const ReplyTo& to, Write write) {
    if (!to.id.empty()) {
      std::string& out = text_of(to);
      if (!to.bare) protocol::begin_result(out, to.id);
      protocol::JsonWriter json(out);
      write(json);
      if (!to.bare) protocol::end_reply(out);
      if (!to.array) out.push_back('\n');
    }
    settle_array(to);
  }
  void refuse(const ReplyTo& to, const protocol::RpcError& error);
  // What is to be replied to `to` is a rejection: HTTP says so in its status.
  void note_rejection(const ReplyTo& to, Rejection code) {
    if (to.bare) http_->note(code);
  }
  void note_missing(const ReplyTo& to) {
    if (to.bare) http_->note_missing();
  }
  // `write(json)` writes the params' value. HTTP has none but the feed's.
  template <class Write>
  void notify(std::string_view method, Write write) {
    if (http_) return;
    protocol::JsonWriter json(outbox_.text());
    json.begin_object().field("jsonrpc", "2.0").field("method", method).key("params");
    write(json);
    json.end_object();
    outbox_.text().push_back('\n');
  }
  // The reply to a subscription, and events from now on.
  void begin_feed(const ReplyTo& to, Seq from, Seq head);
  // One of the feed's.
  template <class Write>
  void send_event(Seq seq, Write write) {
    if (!http_) return notify("event", write);
    http_->begin_event("entry", seq);
    protocol::JsonWriter json(http_->text());
    write(json);
    http_->end_event();
  }
  // So many bytes of replies and notifications follow, about: they grow by one allocation.
  void make_room(std::size_t bytes) { replies().reserve(replies().size() + bytes); }
  // After replies that were made outside of proceed().
  void wake() {
    if (pump_ != nullptr && !hung_up_) pump_->wake();
  }

  // The line at hand is an array: its members follow, each when there is room for it.
  void begin_array(std::string_view line);

  // Null: it speaks in lines.
  [[nodiscard]] http::Exchange* http() { return http_.get(); }

  [[nodiscard]] std::uint64_t id() const { return client_.id; }
  [[nodiscard]] const Peer& peer() const { return client_.peer; }
  [[nodiscard]] const Access& access() const { return client_.access; }
  void set_access(Access access) { client_.access = std::move(access); }
  [[nodiscard]] UserShares::User& user() { return client_.user; }
  [[nodiscard]] const Feed& feed() const { return parts_.feed; }
  // Of the replies to arrays that aren't complete.
  [[nodiscard]] std::size_t array_bytes() const { return array_bytes_; }
  [[nodiscard]] SlotTable& slots() { return slots_; }
  [[nodiscard]] const SlotTable& slots() const { return slots_; }
  [[nodiscard]] std::optional<Subscription>& subscription() { return subscription_; }
  // For more events.
  [[nodiscard]] bool has_room() const { return !hung_up_ && unsent().size() < kHighWaterBytes; }
  // Everything asked is answered and sent.
  [[nodiscard]] bool is_idle() const { return slots_.used() == 0 && unsent().empty(); }

  bool is_to_be_woken = false;  // Answers' own mark: it wakes each session once a group.

 private:
  static constexpr std::size_t kHighWaterBytes = std::size_t{1} << 20;
  static constexpr std::size_t kUnsentBytesMax = std::size_t{64} << 20;
  static constexpr std::size_t kLineProgress = std::size_t{64} << 10;

  [[nodiscard]] bool is_over() const { return hung_up_ || ended_ || refusing_ || cut_off_; }
  [[nodiscard]] bool is_blocked() const {
    return is_over() || slots_.weight() >= parts_.limits.window ||
           unsent().size() >= kHighWaterBytes;
  }
  // HTTP: an answer is due, and the next request waits for it.
  [[nodiscard]] bool is_answering() const { return http_ && http_->is_open(); }
  [[nodiscard]] bool wants_input() const {
    return !input_ended_ && !array_ && !is_blocked() && (!is_answering() || http_->is_feed());
  }
  // False: the buffer may not grow as far as its next space() needs.
  [[nodiscard]] bool take_line_bytes();
  void give_line_bytes_back();
  [[nodiscard]] std::size_t unfinished_bytes() const;
  // False: there is none that is complete.
  [[nodiscard]] bool take_line();
  // Likewise, of the requests of HTTP.
  [[nodiscard]] bool take_request();
  [[nodiscard]] bool go_on_answering();
  // False: too little of it came to tell.
  [[nodiscard]] bool knows_its_form();
  void take_member();
  void refuse_line(ErrorCode code, std::string_view message);
  [[nodiscard]] std::string& text_of(const ReplyTo& to) {
    return to.array ? to.array->text : replies();
  }
  [[nodiscard]] std::string& replies() { return http_ ? http_->text() : outbox_.text(); }
  // A member of an array has its reply, or the array was read to its end.
  void settle_array(const ReplyTo& to);
  // Counts the replies that wait; cuts the client off where they are too many.
  void hold_replies();

  const SessionParts& parts_;
  Pump* const pump_;
  Client client_;
  Holding line_bytes_;
  Holding reply_bytes_;
  protocol::LineFramer framer_;
  std::unique_ptr<http::Exchange> http_;
  std::shared_ptr<ArrayReply> array_;  // That is being read.
  std::string_view members_;           // The rest of it, in the framer's buffer.
  std::size_t array_bytes_ = 0;
  SlotTable slots_;
  Outbox outbox_;
  std::optional<Subscription> subscription_;
  std::uint64_t lines_ = 0;         // Begun so far.
  std::uint64_t watched_line_ = 0;  // As it was at watch_line().
  std::size_t watched_bytes_ = 0;
  bool lent_ = false;            // space() was given, and nothing is received yet.
  bool waits_for_room_ = false;  // As proceed() left it.
  bool input_ended_ = false;
  bool refusing_ = false;  // A line was refused: nothing more is taken on.
  bool ended_ = false;
  bool hung_up_ = false;
  std::shared_ptr<std::atomic<bool>> is_left_;  // From its first question on.
  std::optional<CutOff> cut_off_;
};

}  // namespace giro
