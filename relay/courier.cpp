#include "relay/courier.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ledger/timestamp.hpp"
#include "relay/filter.hpp"
#include "relay/message.hpp"

namespace giro::relay {

namespace asio = boost::asio;

Courier::Courier(CourierHost& host, EndpointConfig config, std::shared_ptr<HttpPoster> poster)
    : host_(host),
      config_(std::move(config)),
      poster_(std::move(poster)),
      outbox_(config_.outbox, [&host] { return host.chance(); }),
      detector_(
          host.config().unusual,
          [this](const std::string& account) {
            return host_.state_file().history_of(config_.name, account);
          },
          [&host](const std::string& currency) { return host.scale_of(currency); }),
      feed_(host.io(), host.config().sockets, *this),
      next_start_(host.io()) {}

void Courier::start() {
  state_ = host_.state_file().state_of(config_.name);
  outbox_.set_dead(static_cast<std::size_t>(host_.state_file().dead_count(config_.name)));
  if (state_.disabled_at) outbox_.refuse();
  // A clock that was ahead when they were written doesn't hold them back for longer than a retry may.
  const Time latest = host_.now() + config_.outbox.backoff.most;
  for (Delivery& delivery : host_.state_file().pending_of(config_.name)) {
    delivery.next_at = std::min(delivery.next_at, latest);
    delivery.taken_at = std::min(delivery.taken_at, host_.now());
    stored_.insert(delivery.id);
    outbox_.add(std::move(delivery));
  }
  if (!state_.halted.empty()) halt(state_.halted);
  if (state_.disabled_at) {
    spdlog::warn("endpoint {}: it answered 410 and gets nothing until `giro relay enable {}`",
                 config_.name, config_.name);
  }
  go_on();
}

void Courier::stop() {
  stopped_ = true;
  feed_.close();
  next_start_.cancel();
}

void Courier::leave() {
  left_ = true;
  stop();
}

void Courier::set_on_hold(bool on_hold) {
  if (std::exchange(on_hold_, on_hold) == on_hold) return;
  if (on_hold) {
    feed_.close();
  } else {
    go_on();
  }
}

void Courier::set_config(EndpointConfig config, std::shared_ptr<HttpPoster> poster) {
  config_ = std::move(config);
  poster_ = std::move(poster);
  outbox_.set_policy(config_.outbox);
  detector_.set_policy(host_.config().unusual);
  go_on();
}

void Courier::do_request(const Request& request) {
  switch (request.action) {
    case Request::Action::resend:
      resend(request.value);
      break;
    case Request::Action::enable:
      state_.disabled_at.reset();
      outbox_.enable();
      spdlog::info("endpoint {}: enabled", config_.name);
      break;
    case Request::Action::seek:
      state_.cursor = request.value - 1;
      state_.cursor_at.clear();
      state_.halted.clear();
      feed_.close();
      spdlog::info("endpoint {}: goes on with seq {}", config_.name, request.value);
      break;
  }
  mark_changed();
  go_on();
}

// As the last of its accounts: what came after it went past it long ago.
void Courier::resend(DeliveryId id) {
  auto letter = host_.state_file().dead_letter(id);
  const bool is_gone = std::ranges::find(buried_, id) != buried_.end();
  if (!letter || is_gone || letter->endpoint != config_.name) return;
  buried_.push_back(id);
  outbox_.set_dead(outbox_.dead() - std::min<std::size_t>(outbox_.dead(), 1));
  Delivery& delivery = letter->delivery;
  add(delivery.seq, std::move(delivery.webhook_id), std::move(delivery.body),
      std::move(delivery.accounts));
}

Changes Courier::changes() const {
  Changes changes{.state = state_,
                  .kept = {},
                  .done = done_,
                  .dead = dead_,
                  .buried = buried_,
                  .histories = {}};
  for (const DeliveryId id : touched_) changes.kept.push_back(outbox_.at(id));
  detector_.each_changed([&changes](const std::string& account, const std::string& history) {
    changes.histories.emplace_back(account, history);
  });
  return changes;
}

void Courier::changes_written() {
  has_changes_ = false;
  stored_.merge(touched_);
  touched_.clear();
  done_.clear();
  dead_.clear();
  buried_.clear();
  detector_.set_written();
  go_on();
}

FeedTaker::Place Courier::place() const {
  return {.cursor = state_.cursor, .at = state_.cursor_at, .first = config_.from};
}

void Courier::begin_after(std::int64_t seq) {
  state_.cursor = seq;
  spdlog::info("endpoint {}: begins with seq {}", config_.name, seq + 1);
  mark_changed();
}

bool Courier::has_room() const {
  return !stopped_ && !on_hold_ && state_.halted.empty() && outbox_.has_room() &&
         !detector_.has_much_to_write();
}

void Courier::take(const Event& event) {
  state_.cursor = event.seq;
  state_.cursor_at = event.at;
  if (passes(config_.filter, event)) {
    Message message = message_of(event, config_.name, host_.config().source);
    add(event.seq, std::move(message.id), std::move(message.body), event.accounts);
  }
  if (config_.filter.unusual) add_notes(event);
  mark_changed();
  pump();
}

void Courier::add_notes(const Event& event) {
  for (const Note& note : detector_.observe(event)) {
    if (!note_passes(config_.filter, note.account)) continue;
    std::string id = message_id(config_.name, event, kUnusualKind, note.account);
    std::string body =
        cloud_event(id, host_.config().source, kUnusualKind, event.key, event.at, note.data);
    add(event.seq, std::move(id), std::move(body), {note.account});
  }
}

void Courier::add(std::int64_t seq, std::string webhook_id, std::string body,
                  std::vector<std::string> accounts) {
  const Time now = host_.now();
  const DeliveryId id = host_.next_id();
  touched_.insert(id);
  outbox_.add({.id = id,
               .seq = seq,
               .webhook_id = std::move(webhook_id),
               .body = std::move(body),
               .accounts = std::move(accounts),
               .taken_at = now,
               .next_at = now,
               .last_error = {}});
}

void Courier::halt(const std::string& why) {
  state_.halted = why;
  spdlog::critical(
      "endpoint {}: {}. Nothing more is taken from it, and nothing was lost of it; say where to go "
      "on: "
      "`giro relay seek {} SEQ`",
      config_.name, why, config_.name);
  mark_changed();
}

void Courier::tell_trouble(const std::string& what) {
  if (std::exchange(trouble_, what) == what) return;
  if (what.empty()) {
    spdlog::info("endpoint {}: follows the feed from seq {}", config_.name, state_.cursor + 1);
  } else {
    spdlog::warn("endpoint {}: {}. Decisions wait in the ledger; it is tried again each second",
                 config_.name, what);
  }
}

// Takes and posts what it may.
void Courier::go_on() {
  if (!feed_.is_open() && has_room() && !state_.disabled_at &&
      (outbox_.has_much_room() || state_.cursor < 0)) {
    feed_.open();
  }
  pump();
}

void Courier::pump() {
  if (stopped_ || on_hold_) return;
  while (const Delivery* delivery = outbox_.start(host_.now())) post(*delivery);
  const auto next = outbox_.next_start();
  if (!next) return;
  next_start_.expires_after(std::max(*next - host_.now(), Millis(1)));
  next_start_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->pump();
  });
}

void Courier::post(const Delivery& delivery) {
  spdlog::debug("endpoint {}: posts seq {} as {}", config_.name, delivery.seq, delivery.webhook_id);
  asio::co_spawn(host_.io(), poster_->post(delivery.webhook_id, delivery.body),
                 [self = shared_from_this(), id = delivery.id](const std::exception_ptr& defect,
                                                               const PostOutcome& outcome) {
                   if (defect) std::rethrow_exception(defect);
                   self->came_back(id, outcome);
                 });
}

void Courier::came_back(DeliveryId id, const PostOutcome& outcome) {
  if (left_) return;
  if (outcome) {
    was_delivered(id);
  } else {
    has_failed(id, outcome.error());
  }
  mark_changed();
  host_.posted();
  go_on();
}

void Courier::was_delivered(DeliveryId id) {
  const Time now = host_.now();
  if (state_.failing_since) {
    spdlog::info("endpoint {}: takes messages again", config_.name);
    state_.failing_since.reset();
    state_.last_error.clear();
  }
  ++state_.delivered;
  state_.last_delivered_at = now;
  (void)outbox_.delivered(id, now);
  touched_.erase(id);
  // What came and went between two writes never was in the file.
  if (stored_.erase(id) != 0) done_.push_back(id);
}

void Courier::has_failed(DeliveryId id, const PostFailure& failure) {
  const Time now = host_.now();
  if (!state_.failing_since) {
    spdlog::warn("endpoint {}: {}. It is tried again", config_.name, failure.what);
    state_.failing_since = now;
  }
  state_.last_error = failure.what;
  auto [fate, delivery] = outbox_.failed(id, failure, now);
  if (fate == Outbox::Fate::refused) {
    state_.disabled_at = now;
    feed_.close();
    spdlog::error(
        "endpoint {}: it answered 410 Gone and gets nothing more; events wait in the ledger. `giro "
        "relay "
        "enable {}` goes on where it was",
        config_.name, config_.name);
  }
  if (fate != Outbox::Fate::dead) {
    touched_.insert(id);
    return;
  }
  touched_.erase(id);
  stored_.erase(id);
  spdlog::error(
      "endpoint {}: seq {} is a dead letter after {} failures, the last: {}. `giro relay dead "
      "resend {}` sends it again",
      config_.name, delivery.seq, delivery.failures, failure.what, id);
  delivery.next_at = now;
  dead_.push_back(std::move(delivery));
}

void Courier::mark_changed() {
  has_changes_ = true;
  host_.changed(detector_.has_much_to_write());
}

}  // namespace giro::relay
