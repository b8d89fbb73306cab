#include "relay/outbox.hpp"

#include <algorithm>

namespace giro::relay {
namespace {

// What a delivery takes of the memory beside its texts, about.
constexpr std::size_t kItemBytes = 400;

// The lane of those that name no account.
const std::vector<std::string> kNoAccount{""};

const std::vector<std::string>& lanes_of(const Delivery& delivery) {
  return delivery.accounts.empty() ? kNoAccount : delivery.accounts;
}

std::size_t bytes_of(const Delivery& delivery) {
  std::size_t bytes = kItemBytes + delivery.body.size() + delivery.last_error.size();
  for (const std::string& account : delivery.accounts) bytes += kItemBytes / 4 + account.size();
  return bytes;
}

}  // namespace

Outbox::Outbox(const OutboxPolicy& policy, Chance chance)
    : policy_(policy), chance_(std::move(chance)) {}

bool Outbox::has_room() const {
  return items_.size() < policy_.deliveries_max && bytes_ < policy_.bytes_max;
}

bool Outbox::has_much_room() const {
  return items_.size() <= policy_.deliveries_max / 2 && bytes_ <= policy_.bytes_max / 2;
}

void Outbox::add(Delivery delivery) {
  const DeliveryId id = delivery.id;
  bytes_ += bytes_of(delivery);
  Item& item = items_[id];
  item.delivery = std::move(delivery);
  for (const std::string& account : lanes_of(item.delivery)) {
    std::set<DeliveryId>& lane = lanes_[account];
    if (!lane.empty()) ++item.behind;
    lane.insert(id);
  }
  if (item.behind == 0) back_to_ready(item);
}

const Delivery* Outbox::start(Time now) {
  const auto due = next_start();
  if (!due || *due > now) return nullptr;
  Item& item = items_.at(ready_.begin()->second);
  ready_.erase(ready_.begin());
  item.on_its_way = true;
  ++on_their_way_;
  return &item.delivery;
}

std::optional<Time> Outbox::next_start() const {
  const std::size_t most = is_down() ? 1 : policy_.concurrency;
  if (refused_ || ready_.empty() || on_their_way_ >= most) return std::nullopt;
  return std::max({ready_.begin()->first, down_until_, asked_until_});
}

Delivery Outbox::delivered(DeliveryId id, Time now) {
  const bool was_down = is_down();
  failures_ = 0;
  down_until_ = {};
  Delivery done = take_out(id);
  if (was_down) everything_is_due(now);
  return done;
}

std::pair<Outbox::Fate, Delivery> Outbox::failed(DeliveryId id, const PostFailure& failure,
                                                 Time now) {
  Item& item = items_.at(id);
  Delivery& delivery = item.delivery;
  bytes_ -= bytes_of(delivery);
  delivery.last_error = failure.what;
  bytes_ += bytes_of(delivery);
  if (failure.gone) {
    refused_ = true;
    abandoned(id);
    return {Fate::refused, delivery};
  }
  ++delivery.failures;
  ++failures_;
  const Millis asked = failure.retry_after.value_or(Millis(0));
  delivery.next_at =
      now + std::max(asked, backoff_after(policy_.backoff, delivery.failures, chance_()));
  if (failure.retry_after) asked_until_ = std::max(asked_until_, now + asked);
  if (is_down()) {
    const Millis wait = backoff_after(policy_.backoff, failures_ - kDownAfter + 1, chance_());
    down_until_ = now + wait;
  }
  if (may_give_up(delivery, now)) {
    ++dead_;
    return {Fate::dead, take_out(id)};
  }
  abandoned(id);
  return {Fate::retried, delivery};
}

void Outbox::abandoned(DeliveryId id) {
  Item& item = items_.at(id);
  item.on_its_way = false;
  --on_their_way_;
  back_to_ready(item);
}

bool Outbox::may_give_up(const Delivery& delivery, Time now) const {
  const bool is_over = std::cmp_greater_equal(delivery.failures, policy_.attempts_max) ||
                       now - delivery.taken_at >= policy_.give_up_after;
  return is_over && dead_ < policy_.dead_max;
}

// REQUIRES: on its way, so it is the first of all its lanes.
Delivery Outbox::take_out(DeliveryId id) {
  const auto found = items_.find(id);
  Delivery delivery = std::move(found->second.delivery);
  items_.erase(found);
  --on_their_way_;
  bytes_ -= bytes_of(delivery);
  for (const std::string& account : lanes_of(delivery)) {
    const auto lane = lanes_.find(account);
    lane->second.erase(id);
    if (lane->second.empty()) {
      lanes_.erase(lane);
      continue;
    }
    Item& next = items_.at(*lane->second.begin());
    if (--next.behind == 0) back_to_ready(next);
  }
  return delivery;
}

void Outbox::back_to_ready(Item& item) {
  ready_.emplace(item.delivery.next_at, item.delivery.id);
}

void Outbox::everything_is_due(Time now) {
  std::set<std::pair<Time, DeliveryId>> due;
  for (const auto& [at, id] : ready_) {
    Time& next_at = items_.at(id).delivery.next_at;
    next_at = std::min(next_at, now);
    due.emplace(next_at, id);
  }
  ready_ = std::move(due);
}

}  // namespace giro::relay
