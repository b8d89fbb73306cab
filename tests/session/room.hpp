// Sessions without a daemon: clients that are strings of bytes, and a backend that keeps what it is
// asked until a test answers it. No socket, no thread, no clock.
//
//   Room room;
//   Client client(room);
//   client.send(R"({"jsonrpc":"2.0","id":1,"method":"payments.submit", ...})" "\n");
//   room.decide();
//   client.take_lines()
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/answers.hpp"
#include "session/dispatcher.hpp"
#include "session/feed.hpp"
#include "session/sessions.hpp"

namespace giro::test {

inline std::string request(int id, std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":)" + std::string(params) + "}";
}
inline std::string pay(int id) {
  return request(id, "payments.submit",
                 R"({"key":"k)" + std::to_string(id) +
                     R"(","from":"world","to":"ada","amount":5,"currency":"EUR"})");
}
class KeepingBackend final : public Backend {
 public:
  Admission push(WorkItem&& item, Weight /*weight*/) override {
    if (is_full) return Admission::full;
    items.push_back(std::move(item));
    return Admission::accepted;
  }
  bool ask(ReadJob&& job) override {
    if (is_full) return false;
    jobs.push_back(std::move(job));
    return true;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return time; }
  void look_for_late(std::chrono::steady_clock::time_point at) override { look_at = at; }
  [[nodiscard]] std::optional<ReadAge> read_age() const override { return age; }
  void warn(const std::string& /*cause*/, Notice notice) override {
    warnings.push_back(std::move(notice.text));
  }
  [[nodiscard]] Weight load() const override { return {.items = items.size(), .bytes = 0}; }
  [[nodiscard]] std::uint64_t uptime_s() const override { return 0; }
  [[nodiscard]] const CommitMetrics& metrics() const override { return commits; }
  [[nodiscard]] std::uint64_t disk_free_bytes() const override { return 1'000'000; }
  [[nodiscard]] PageFigures pages() const override {
    return {.have_sums = true, .damaged = 0, .looked_at = 0, .last_pass = {}};
  }

  std::deque<WorkItem> items;
  std::deque<ReadJob> jobs;
  std::vector<std::string> warnings;
  CommitMetrics commits;
  bool is_full = false;
  std::chrono::steady_clock::time_point time{};
  std::optional<std::chrono::steady_clock::time_point> look_at;
  std::optional<ReadAge> age;
};

class Room {
 public:
  explicit Room(const Limits& limits = {})
      : info{.version = "0",
             .sqlite = "0",
             .pid = 1,
             .uid = 0,
             .data = "/",
             .limits = limits,
             .openrpc = R"({"openrpc":"1.3.2"})",
             .openapi = R"({"openapi":"3.1.0"})"},
        shares({limits.connections, limits.queue.items_max, limits.queue.bytes_max,
                limits.questions, limits.unfinished_bytes, limits.reply_bytes}) {}

  // Decides the work that waits, or so much of it, as one group: payments are applied, and tickets made.
  void decide(std::size_t count = ~std::size_t{0}) {
    CommittedGroup group;
    while (count-- > 0 && !backend.items.empty()) {
      const WorkItem item = std::move(backend.items.front());
      backend.items.pop_front();
      group.answers.push_back({.to = item.reply_to, .body = answer_to(item.work, group.entries)});
    }
    group.head_seq = head;
    answers.deliver(group);
  }
  // What a reading thread says to the job that waits at `index`.
  void answer(std::size_t index, ReadResult result) {
    const ReadJob job = std::move(backend.jobs.at(index));
    backend.jobs.erase(backend.jobs.begin() + static_cast<std::ptrdiff_t>(index));
    answers.deliver({.to = job.to,
                     .of_feed = std::holds_alternative<EventsQuestion>(job.question),
                     .result = std::move(result),
                     .trouble = {}});
  }
  // The piece of the feed that the job at `index` asks for, at most `count` of it.
  void answer_events(std::size_t index, std::size_t count) {
    const auto question = std::get<EventsQuestion>(backend.jobs.at(index).question);
    EventsFound found{.entries = {}, .accounts = accounts()};
    for (Seq seq = question.from; seq <= question.until && count-- > 0; ++seq) {
      found.entries.push_back(entry(seq, "k" + std::to_string(seq)));
    }
    answer(index, std::move(found));
  }

  static Entry entry(Seq seq, std::string_view key) {
    Entry entry;
    entry.seq = seq;
    entry.key = PaymentKey(key);
    entry.body = PaymentBody{.posting = {.from = 1, .to = 2, .amount = 5}, .details = nullptr};
    return entry;
  }
  static AccountBook accounts() {
    const Currency euro{.code = CurrencyCode("EUR"), .scale = 2};
    AccountBook book;
    book.add(1, "world", euro);
    book.add(2, "ada", euro);
    return book;
  }

  KeepingBackend backend;
  ServerInfo info;
  UserShares shares;
  Sessions sessions;
  Feed feed{sessions, backend, 0};
  Postponed postponed{backend, 0};
  Dispatcher dispatcher{backend, postponed, info};
  const SessionParts parts{.dispatcher = dispatcher, .feed = feed, .limits = info.limits};
  Answers answers{sessions, feed, postponed, backend, info};
  Rules rules = default_rules(0, 0);
  Seq head = 0;

 private:
  AnswerBody answer_to(const Work& work, std::vector<Entry>& entries) {
    if (const auto* command = std::get_if<Command>(&work)) {
      entries.push_back(entry(++head, key_of(*command).view()));
      return Outcome(Decided{.entry = static_cast<std::uint32_t>(entries.size() - 1)});
    }
    if (const auto* query = std::get_if<AccountsQuery>(&work)) {
      return AccountsAnswer{.accounts = decltype(AccountsAnswer::accounts)(query->ids.size()),
                            .as_of_seq = head};
    }
    return Ticket{.head_seq = head, .account = 0, .head = {}, .entry = {}};
  }
};

// A client, and the pump of its bytes.
class ByteClient final : public Pump {
 public:
  explicit ByteClient(Room& room, std::uint32_t uid = 0)
      : ByteClient(room, Peer{.uid = uid, .groups = {}}, nullptr) {}
  // `gate`: it comes by TCP.
  ByteClient(Room& room, const Peer& peer, const http::Gate* gate) : room_(room) {
    UserShares::User& user = room.shares.of(peer.uid);
    session_ = std::make_shared<Session>(
        Client{.id = room.sessions.new_id(),
               .peer = peer,
               .access = Access(std::make_shared<const Rules>(room.rules), peer),
               .user = user,
               .place = Holding(user, Bound::connections),
               .gate = gate},
        room.parts, this);
    room.sessions.add(session_);
    run();
  }

  void send(std::string_view bytes) {
    unread_.append(bytes);
    run();
  }
  void end_input() {
    ended_ = true;
    run();
  }
  void hang_up() {
    session_->hang_up();
    room_.sessions.forget_if_done(*session_);
  }
  void wake() override {
    ++wakes;
    run();
  }

  // What came since the last time.
  std::vector<std::string> take_lines() {
    std::vector<std::string> lines;
    while (!got_.empty()) {
      const std::size_t end = got_.find('\n');
      lines.push_back(got_.substr(0, end));
      got_.erase(0, end == std::string::npos ? end : end + 1);
    }
    return lines;
  }
  [[nodiscard]] std::string take() { return std::exchange(got_, {}); }
  // Sent, and not taken by the session.
  [[nodiscard]] std::size_t unread() const { return unread_.size(); }
  [[nodiscard]] Session& session() { return *session_; }

  bool takes_replies = true;
  std::size_t piece_bytes = ~std::size_t{0};  // At once, of what it sends.
  int wakes = 0;

 private:
  void run() {
    do {
      do {
        session_->proceed();
        const std::string_view unsent = session_->unsent();
        const std::size_t count = takes_replies ? unsent.size() : 0;
        got_.append(unsent.substr(0, count));
        session_->sent(count);
      } while (session_->can_proceed());
    } while (read());
  }
  // False: nothing came.
  bool read() {
    if (unread_.empty() && ended_) {
      session_->input_ended();
      return !std::exchange(told_the_end_, true);
    }
    const std::span<char> space = unread_.empty() ? std::span<char>() : session_->space();
    const std::size_t count = std::min({space.size(), unread_.size(), piece_bytes});
    if (count == 0) return false;
    std::memcpy(space.data(), unread_.data(), count);
    unread_.erase(0, count);
    session_->received(count);
    return true;
  }

  Room& room_;
  std::shared_ptr<Session> session_;
  std::string unread_;
  std::string got_;
  bool ended_ = false;
  bool told_the_end_ = false;
};

}  // namespace giro::test
