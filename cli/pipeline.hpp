// Many requests of one method on their way at once: keeps up to `window` unanswered, and sends
// again, after a pause, what the daemon was too busy for.
//
// What always holds: while something waits to be sent again, nothing new is sent; with a window of
// 1 requests therefore take effect strictly in their order. Memory is bounded by window and job
// size. Thread: the main one.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cli/failure.hpp"
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

  // Until every job is settled, or something fails; then the unsettled ones stay.
  [[nodiscard]] Result<void> run() {
    auto daemon = session_.connection();
    if (!daemon) return std::unexpected(std::move(daemon).error());
    for (;;) {
      if (auto sent = send_what_may_be_sent(**daemon); !sent) return sent;
      if (in_flight_.empty() && again_.empty()) return {};
      if (in_flight_.empty()) {
        std::this_thread::sleep_until(send_again_at_);
        continue;
      }
      // A busy daemon is asked again even while other answers are still to come.
      auto reply = (*daemon)->next_reply(again_.empty() ? client::kNoDeadline : send_again_at_);
      if (!reply) {
        if (reply.error().kind == client::TransportError::Kind::timed_out) continue;
        return std::unexpected(session_.explain(reply.error(), true));
      }
      if (auto taken = take(std::move(*reply)); !taken) return taken;
    }
  }

  // Sent or to be sent again, and not settled.
  template <class Visit>
  void for_each_unsettled(Visit visit) const {
    for (const auto& [id, job] : in_flight_) visit(job);
    for (const Job& job : again_) visit(job);
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{10};
  static constexpr std::chrono::milliseconds kLongestPause{1'000};
  static constexpr std::chrono::seconds kPatience{60};

  Result<void> send_what_may_be_sent(client::Connection& daemon) {
    while (in_flight_.size() < window_) {
      if (!again_.empty()) {
        if (client::Clock::now() < send_again_at_) return {};
        send(daemon, std::move(again_.front()));
        again_.pop_front();
        continue;
      }
      // Only with nothing on its way is waiting for input all there is to do.
      auto job = hooks_.next(in_flight_.empty());
      if (!job) return std::unexpected(std::move(job).error());
      if (!*job) return {};
      send(daemon, std::move(**job));
    }
    return {};
  }

  void send(client::Connection& daemon, Job job) {
    const client::RequestId id = daemon.start(method_, job.params());
    in_flight_.emplace(id, std::move(job));
  }

  Result<void> take(client::Reply reply) {
    const auto found = in_flight_.find(reply.id);
    if (found == in_flight_.end()) return {};
    const bool busy = !reply.answer && reply.answer.error().name == "busy";
    if (busy) {
      again_.push_back(std::move(found->second));
      in_flight_.erase(found);
      return pause();
    }
    auto again = hooks_.settle(found->second, std::move(reply.answer));
    if (!again) return std::unexpected(std::move(again).error());
    in_flight_.erase(found);
    std::ranges::move(again->jobs, std::back_inserter(again_));
    if (again->busy) return pause();
    pause_ = kFirstPause;
    busy_since_.reset();
    return {};
  }

  Result<void> pause() {
    const auto now = client::Clock::now();
    if (!busy_since_) busy_since_ = now;
    if (now - *busy_since_ > kPatience) {
      const client::RpcError busy{0, "busy", "the daemon's queue has been full for a minute"};
      return std::unexpected(session_.explain(busy, true));
    }
    send_again_at_ = now + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
    return {};
  }

  Session& session_;
  std::string_view method_;
  std::size_t window_;
  Hooks hooks_;
  std::map<client::RequestId, Job> in_flight_;
  std::deque<Job> again_;
  client::Clock::time_point send_again_at_;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::optional<client::Clock::time_point> busy_since_;
};

}  // namespace giro::cli
