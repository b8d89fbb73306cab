// Many requests of one method, one after the other: keeps up to `window` unanswered, has the next
// one ready meanwhile, and sends again, after a pause, what the daemon was too busy for. Of several nodes it goes on at the
// next one with what has no outcome yet.
//
// What always holds:
//   - While something waits to be sent again, nothing new is sent, and it goes first: with a window
//     of 1 requests take effect strictly in their order.
//   - Whatever fails, the answers to what was sent are taken first, as long as the connection is there. After
//     Ctrl-C they are waited for shortly, and nothing more is sent.
//   - What was sent and not answered stays open, whatever is met after it, until an answer decides it.
//   - Memory is bounded by window and job size.
// Thread: the main one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/failure.hpp"
#include "cli/interrupts.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// Job: a movable type with `std::string params() const`, the request's params as JSON.
template <class Job>
class Pipeline {
 public:
  using Answer = std::expected<boost::json::value, client::RpcError>;
  struct Again {
    std::vector<Job> jobs;  // To be sent (again), before anything new.
    // Why they weren't decided: they go after a pause, or to the next node. Nothing: at once.
    std::optional<client::RpcError> refusal = {};
  };
  struct Hooks {
    // The next job, or nothing: none at all, or with may_wait == false none without waiting.
    std::function<Result<std::optional<Job>>(bool may_wait)> next;
    // Takes an answer, but for `busy`. A failure ends the run.
    std::function<Result<Again>(Job& job, Answer answer)> settle;
  };

  Pipeline(Session& session, std::string_view method, std::size_t window, Hooks hooks)
      : session_(session), method_(method), window_(window), hooks_(std::move(hooks)) {}

  // Until every job is settled, or something fails.
  [[nodiscard]] Result<void> run() {
    Interrupts::take();
    Round round = session_.round();
    if (auto connected = connect(round); !connected) return connected;
    expect_answer();
    for (;;) {
      if (Interrupts::asked() && !interrupted_) end_soon();
      if (!failure_ && !trouble_) send_what_may_be_sent();
      if (is_elsewhere()) {
        if (auto followed = follow(); !followed) return followed;
      }
      if (in_flight_.empty()) {
        if (failure_) return std::unexpected(std::move(*failure_));
        if (trouble_) {
          go_on(*std::exchange(trouble_, std::nullopt));
          continue;
        }
        if (again_.empty() && failed_next_) return std::unexpected(std::move(*failed_next_));
        if (again_.empty()) return {};
        (void)Interrupts::pause(until(send_again_at_));
        continue;
      }
      if (auto taken = take_next(); !taken) return taken;
    }
  }

  // Sent, and never answered.
  template <class Visit>
  void for_each_unanswered(Visit visit) const {
    for (const auto& [id, sent] : in_flight_) visit(sent.job);
    for (const Sent& sent : again_) {
      if (sent.open) visit(sent.job);
    }
  }
  // Never sent, or refused because the daemon was busy.
  template <class Visit>
  void for_each_undecided(Visit visit) const {
    for (const Sent& sent : again_) {
      if (!sent.open) visit(sent.job);
    }
    if (ready_) visit(*ready_);
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{10};
  static constexpr std::chrono::milliseconds kLongestPause{1'000};
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr Patience kAfterInterrupt = std::chrono::seconds(2);

  struct Sent {
    Job job;
    bool open = false;  // An earlier attempt may have come through.
  };

  static Patience until(client::Clock::time_point moment) {
    const auto left = std::chrono::ceil<Patience>(moment - client::Clock::now());
    return std::max(left, Patience::zero());
  }

  void expect_answer() { answer_due_ = round_ ? round_->ends() : session_.round().ends(); }

  // A hook asked something, and that ended the connection, or went on at another node.
  [[nodiscard]] bool is_elsewhere() const { return session_.connections() != connection_; }

  void end_soon() {
    interrupted_ = true;
    if (!in_flight_.empty()) daemon_->wake_on(-1);
    fail(Interrupts::failure());
    answer_due_ = deadline_after(kAfterInterrupt);
  }

  [[nodiscard]] Result<void> connect(Round& round) {
    auto daemon = session_.connection(round);
    if (!daemon) return std::unexpected(std::move(daemon).error());
    daemon_ = *daemon;
    daemon_->wake_on(Interrupts::descriptor());
    connection_ = session_.connections();
    return {};
  }

  // Waits for a reply, and settles it.
  [[nodiscard]] Result<void> take_next() {
    // A busy daemon is asked again even while other answers are still to come.
    const bool waits_to_send = !failure_ && !trouble_ && !again_.empty();
    auto reply =
        daemon_->next_reply(waits_to_send ? std::min(send_again_at_, answer_due_) : answer_due_);
    if (reply) {
      take(std::move(*reply));
      return {};
    }
    const auto kind = reply.error().kind;
    if (kind == client::TransportError::Kind::interrupted) return {};
    if (kind == client::TransportError::Kind::timed_out && client::Clock::now() < answer_due_) {
      return {};
    }
    // What made the run end says more than that the rest of the answers didn't come.
    if (failure_) return std::unexpected(std::move(*failure_));
    Failure failure = session_.explain(reply.error(), true);
    if (!session_.nodes().are_several()) return std::unexpected(std::move(failure));
    trouble_ = trouble_of(reply.error(), std::move(failure));
    send_again_what_is_open();
    return {};
  }

  [[nodiscard]] Result<void> follow() {
    if (failure_) return std::unexpected(std::move(*failure_));
    const bool is_lost = !in_flight_.empty() && !session_.nodes().are_several();
    if (failed_next_ && (is_lost || (in_flight_.empty() && again_.empty() && !ready_))) {
      return std::unexpected(std::move(*failed_next_));
    }
    if (is_lost) {
      const client::TransportError lost{client::TransportError::Kind::lost, 0, {}};
      return std::unexpected(session_.explain(lost, true));
    }
    send_again_what_is_open();
    Round round = session_.round();
    return connect(round);
  }

  void send_again_what_is_open() {
    for (auto sent = in_flight_.rbegin(); sent != in_flight_.rend(); ++sent) {
      again_.push_front({std::move(sent->second.job), true});
    }
    in_flight_.clear();
  }

  // At the next node, with all that has no outcome yet.
  void go_on(NodeTrouble trouble) {
    if (!round_) round_.emplace(session_.round());
    const auto pause = round_->next(std::move(trouble));
    session_.drop_connection();
    connection_ = session_.connections();
    if (!pause) return fail(round_->told());
    if (!Interrupts::pause(*pause)) return;
    if (auto connected = connect(*round_); !connected) fail(std::move(connected).error());
  }

  void send_what_may_be_sent() {
    while (in_flight_.size() < window_) {
      if (!again_.empty()) {
        if (client::Clock::now() < send_again_at_) return;
        send(std::move(again_.front()));
        again_.pop_front();
        continue;
      }
      // Only with nothing on its way is waiting for input all there is to do.
      get_ready(in_flight_.empty());
      if (!ready_ || is_elsewhere()) return;
      send({*std::exchange(ready_, std::nullopt)});
    }
    // The daemon works on these while the next one is made.
    daemon_->write_what_fits();
    get_ready(false);
  }

  void get_ready(bool may_wait) {
    if (ready_ || failed_next_) return;
    auto job = hooks_.next(may_wait);
    if (job) {
      ready_ = std::move(*job);
    } else {
      failed_next_ = std::move(job).error();
    }
  }

  void send(Sent sent) {
    const client::RequestId id = daemon_->start(method_, sent.job.params());
    if (in_flight_.empty()) expect_answer();
    in_flight_.emplace(id, std::move(sent));
  }

  void take(client::Reply reply) {
    const auto found = in_flight_.find(reply.id);
    if (found == in_flight_.end()) return;
    Sent sent = std::move(found->second);
    in_flight_.erase(found);
    if (!interrupted_) expect_answer();
    if (!reply.answer && is_tried_again(reply.answer.error(), sent)) {
      const client::RpcError refusal = std::move(reply.answer).error();
      sent.open = sent.open || refusal.name == "outcome_unknown";
      again_.push_front(std::move(sent));
      return put_off(refusal);
    }
    if (reply.answer) session_.nodes().note(*reply.answer);
    auto again = hooks_.settle(sent.job, std::move(reply.answer));
    if (!again) return fail(std::move(again).error());
    const bool open = sent.open || (again->refusal && again->refusal->name == "outcome_unknown");
    for (auto job = again->jobs.rbegin(); job != again->jobs.rend(); ++job) {
      again_.push_front({std::move(*job), open});
    }
    if (again->refusal) return put_off(*again->refusal);
    pause_ = kFirstPause;
    busy_since_.reset();
    round_.reset();
  }

  // One daemon where it is busy, several wherever another one may decide it. A user whose rights end between two nodes
  // isn't told that nothing was decided.
  [[nodiscard]] bool is_tried_again(const client::RpcError& refusal, const Sent& sent) const {
    if (!session_.nodes().are_several()) return refusal.name == "busy";
    const ExitCode exit = exit_code_of(refusal.name);
    return exit == ExitCode::try_again || (sent.open && exit == ExitCode::no_permission);
  }

  void put_off(const client::RpcError& refusal) {
    if (!session_.nodes().are_several()) return pause();
    // The other answers of this node come first.
    NodeTrouble trouble = trouble_of(refusal, session_.explain(refusal, true));
    trouble.may_pass = true;
    trouble_ = std::move(trouble);
  }

  void pause() {
    const auto now = client::Clock::now();
    if (!busy_since_) busy_since_ = now;
    if (now - *busy_since_ > kPatience) {
      return fail(session_.explain(
          client::RpcError{
              0, "busy", "girod has taken nothing for a minute; `giro status` tells what keeps it"},
          true));
    }
    send_again_at_ = now + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
  }

  void fail(Failure failure) {
    if (!failure_) failure_ = std::move(failure);
  }

  Session& session_;
  std::string_view method_;
  std::size_t window_;
  Hooks hooks_;
  client::Connection* daemon_ = nullptr;
  std::uint64_t connection_ = 0;  // Whose answers are awaited.
  std::map<client::RequestId, Sent> in_flight_;
  std::deque<Sent> again_;
  std::optional<Job> ready_;
  std::optional<Failure> failed_next_;  // There is no next job; what was sent goes on.
  std::optional<Failure> failure_;      // Nothing more is sent.
  std::optional<NodeTrouble> trouble_;  // The next node is asked once what was sent is answered.
  std::optional<Round> round_;          // Since the last answer that settled something.
  bool interrupted_ = false;
  client::Clock::time_point answer_due_;  // When the oldest of them is too late.
  client::Clock::time_point send_again_at_;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::optional<client::Clock::time_point> busy_since_;
};

}  // namespace giro::cli
