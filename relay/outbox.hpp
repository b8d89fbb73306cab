// What waits to be posted to one endpoint: in order within an account, each until it got through, is given
// up, or the endpoint wants no more.
//
//   while (outbox.has_room()) outbox.add(next event of the feed);
//   while (const Delivery* delivery = outbox.start(now)) post(*delivery);
//   outbox.delivered(id, now) or outbox.failed(id, failure, now), for each that was started
//
// What always holds:
//   - Of the deliveries that name an account, the one that was added first is posted first, and the next
//     not before it has left the outbox. One that names several waits for all of them; those that name
//     none wait for each other.
//   - It has at most `deliveries_max` of them with `bytes_max`: who adds asks has_room() before. One more
//     message may go over the bytes, so that a large one fits an empty outbox.
//   - At most `concurrency` are on their way. After kDownAfter failures without a success the endpoint is
//     down: then one at a time, at a growing distance; the first success brings everything back at once.
//   - A delivery is given up only after it failed, and only while there is room for dead letters.
// Pure: time is handed in. Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/backoff.hpp"
#include "relay/time.hpp"

namespace giro::relay {

using DeliveryId = std::int64_t;  // Rises in the order in which they are added.

struct Delivery {
  DeliveryId id = 0;
  std::int64_t seq = 0;
  std::string webhook_id;
  std::string body;
  std::vector<std::string> accounts;  // Each once.
  int failures = 0;
  Time taken_at;  // When it was added.
  Time next_at;   // Not posted before.
  std::string last_error;
};

struct OutboxPolicy {
  std::size_t deliveries_max = 10'000;
  std::size_t bytes_max = std::size_t{16} << 20;
  std::size_t concurrency = 8;
  std::size_t attempts_max = 100;
  std::size_t dead_max = 10'000;
  Millis give_up_after{std::chrono::hours(72)};
  Backoff backoff = {};

  friend bool operator==(const OutboxPolicy&, const OutboxPolicy&) = default;
};

struct PostFailure {
  std::string what;                        // For a person.
  std::optional<Millis> retry_after = {};  // The endpoint asks for it.
  bool gone = false;                       // 410: it wants no more.
};

class Outbox {
 public:
  using Chance = std::function<double()>;  // From 0 to below 1.
  static constexpr int kDownAfter = 5;

  Outbox(const OutboxPolicy& policy, Chance chance);

  void set_policy(const OutboxPolicy& policy) { policy_ = policy; }
  [[nodiscard]] bool has_room() const;
  // Half empty: who stopped adding may go on.
  [[nodiscard]] bool has_much_room() const;
  // REQUIRES: an id above all before it.
  void add(Delivery delivery);

  // The next to be posted now, which is on its way from then on. Null: none.
  const Delivery* start(Time now);
  // When start() has something, if nothing else happens before; nothing: not by time alone.
  [[nodiscard]] std::optional<Time> next_start() const;

  enum class Fate : std::uint8_t {
    retried,  // It stays, and is posted again later.
    dead,     // It left the outbox.
    refused,  // It stays, and so does everything else, until enable().
  };
  // REQUIRES of both: it is on its way.
  Delivery delivered(DeliveryId id, Time now);
  // The delivery as it is now, or was when it left.
  std::pair<Fate, Delivery> failed(DeliveryId id, const PostFailure& failure, Time now);
  // It was on its way, and nobody knows how it went: it is as before it was started.
  void abandoned(DeliveryId id);

  void enable() { refused_ = false; }
  void refuse() { refused_ = true; }

  [[nodiscard]] const Delivery& at(DeliveryId id) const { return items_.at(id).delivery; }
  [[nodiscard]] bool contains(DeliveryId id) const { return items_.contains(id); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] std::size_t on_their_way() const { return on_their_way_; }
  [[nodiscard]] bool is_down() const { return failures_ >= kDownAfter; }
  void set_dead(std::size_t count) { dead_ = count; }
  [[nodiscard]] std::size_t dead() const { return dead_; }

 private:
  struct Item {
    Delivery delivery;
    std::size_t behind = 0;  // In how many of its accounts another one is before it.
    bool on_its_way = false;
  };

  [[nodiscard]] bool may_give_up(const Delivery& delivery, Time now) const;
  Delivery take_out(DeliveryId id);
  void back_to_ready(Item& item);
  void everything_is_due(Time now);

  OutboxPolicy policy_;
  Chance chance_;
  std::map<DeliveryId, Item> items_;
  std::map<std::string, std::set<DeliveryId>> lanes_;  // By account, in order.
  std::set<std::pair<Time, DeliveryId>> ready_;  // Behind nobody and not on their way, by next_at.
  std::size_t bytes_ = 0;
  std::size_t on_their_way_ = 0;
  std::size_t dead_ = 0;
  int failures_ = 0;    // Of the endpoint, since its last success.
  Time down_until_{};   // By the backoff of an endpoint that is down.
  Time asked_until_{};  // By its Retry-After.
  bool refused_ = false;
};

}  // namespace giro::relay
