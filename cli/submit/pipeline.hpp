// Many requests of one method, one after the other: keeps up to `window` unanswered, has the next
// one ready meanwhile, and sends again, after a pause, what the daemon was too busy for.
//
// What always holds:
//   - While something waits to be sent again, nothing new is sent, and it goes first: with a window
//     of 1 requests take effect strictly in their order.
//   - Whatever fails, the answers to what was sent are taken first, as long as the connection is there. After
//     Ctrl-C they are waited for shortly, and nothing more is sent.
//   - Memory is bounded by window and job size.
// Thread: the main one.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
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
    bool busy = false;      // After a pause.
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
    auto daemon = session_.connection();
    if (!daemon) return std::unexpected(std::move(daemon).error());
    (*daemon)->wake_on(Interrupts::descriptor());
    expect_answer(session_.patience());
    for (;;) {
      if (Interrupts::asked() && !interrupted_) end_soon(**daemon);
      if (!failure_) send_what_may_be_sent(**daemon);
      if (in_flight_.empty()) {
        if (failure_) return std::unexpected(std::move(*failure_));
        if (again_.empty() && failed_next_) return std::unexpected(std::move(*failed_next_));
        if (again_.empty()) return {};
        std::this_thread::sleep_until(send_again_at_);
        continue;
      }
      // A busy daemon is asked again even while other answers are still to come.
      const bool waits_to_send = !failure_ && !again_.empty();
      auto reply = (*daemon)->next_reply(waits_to_send ? std::min(send_again_at_, answer_due_)
                                                       : answer_due_);
      if (reply) {
        take(std::move(*reply));
        continue;
      }
      const auto kind = reply.error().kind;
      if (kind == client::TransportError::Kind::interrupted) continue;
      if (kind == client::TransportError::Kind::timed_out && client::Clock::now() < answer_due_) {
        continue;
      }
      // What made the run end says more than that the rest of the answers didn't come.
      if (failure_) return std::unexpected(std::move(*failure_));
      return std::unexpected(session_.explain(reply.error(), true));
    }
  }

  // Sent, and never answered.
  template <class Visit>
  void for_each_unanswered(Visit visit) const {
    for (const auto& [id, job] : in_flight_) visit(job);
  }
  // Never sent, or refused because the daemon was busy.
  template <class Visit>
  void for_each_undecided(Visit visit) const {
    for (const Job& job : again_) visit(job);
    if (ready_) visit(*ready_);
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{10};
  static constexpr std::chrono::milliseconds kLongestPause{1'000};
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr Patience kAfterInterrupt = std::chrono::seconds(2);

  void expect_answer(Patience patience) { answer_due_ = deadline_after(patience); }

  void end_soon(client::Connection& daemon) {
    interrupted_ = true;
    daemon.wake_on(-1);
    fail(Interrupts::failure());
    expect_answer(kAfterInterrupt);
  }

  void send_what_may_be_sent(client::Connection& daemon) {
    while (in_flight_.size() < window_) {
      if (!again_.empty()) {
        if (client::Clock::now() < send_again_at_) return;
        send(daemon, std::move(again_.front()));
        again_.pop_front();
        continue;
      }
      // Only with nothing on its way is waiting for input all there is to do.
      get_ready(in_flight_.empty());
      if (!ready_) return;
      send(daemon, *std::exchange(ready_, std::nullopt));
    }
    // The daemon works on these while the next one is made.
    daemon.write_what_fits();
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

  void send(client::Connection& daemon, Job job) {
    const client::RequestId id = daemon.start(method_, job.params());
    if (in_flight_.empty()) expect_answer(session_.patience());
    in_flight_.emplace(id, std::move(job));
  }

  void take(client::Reply reply) {
    const auto found = in_flight_.find(reply.id);
    if (found == in_flight_.end()) return;
    Job job = std::move(found->second);
    in_flight_.erase(found);
    if (!interrupted_) expect_answer(session_.patience());
    if (!reply.answer && reply.answer.error().name == "busy") {
      again_.push_front(std::move(job));
      return pause();
    }
    auto again = hooks_.settle(job, std::move(reply.answer));
    if (!again) return fail(std::move(again).error());
    again_.insert(again_.begin(), std::make_move_iterator(again->jobs.begin()),
                  std::make_move_iterator(again->jobs.end()));
    if (again->busy) return pause();
    pause_ = kFirstPause;
    busy_since_.reset();
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
  std::map<client::RequestId, Job> in_flight_;
  std::deque<Job> again_;
  std::optional<Job> ready_;
  std::optional<Failure> failed_next_;  // There is no next job; what was sent goes on.
  std::optional<Failure> failure_;      // Nothing more is sent.
  bool interrupted_ = false;
  client::Clock::time_point answer_due_;  // When the oldest of them is too late.
  client::Clock::time_point send_again_at_;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::optional<client::Clock::time_point> busy_since_;
};

}  // namespace giro::cli
