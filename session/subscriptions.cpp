#include "session/subscriptions.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "session/entry_json.hpp"

namespace giro {

void Subscriptions::start(Connection& connection, Seq from) {
  connection.subscription() =
      Subscription{.next = from, .number = ++last_number_, .loading = false};
  if (std::ranges::find(subscribers_, connection.id()) == subscribers_.end()) {
    subscribers_.push_back(connection.id());
  }
  pump(connection);
}

void Subscriptions::advance(Seq head) {
  if (head <= head_) return;
  head_ = head;
  pump_all();
}

void Subscriptions::pump_all() {
  std::erase_if(subscribers_, [this](std::uint64_t id) {
    const auto connection = connections_.find(id);
    if (!connection || !connection->subscription()) return true;
    pump(*connection);
    return false;
  });
}

void Subscriptions::pump(Connection& connection) {
  auto& subscription = connection.subscription();
  if (!subscription || subscription->loading || subscription->next > head_) return;
  if (!connection.has_room()) return;
  // A full queue of jobs is tried again after the next piece or group.
  subscription->loading =
      feed_.ask({.to = {.connection = connection.id(), .slot = subscription->number},
                 .uid = connection.peer().uid,
                 .ticket = {},
                 .question = EventsQuestion{.from = subscription->next, .until = head_}});
}

void Subscriptions::loaded(const ReplyAddress& to, const ReadResult& result) {
  const auto connection = connections_.find(to.connection);
  if (connection && connection->subscription() && connection->subscription()->number == to.slot) {
    Subscription& subscription = *connection->subscription();
    const auto* found = std::get_if<EventsFound>(&result);
    if (found == nullptr || found->entries.empty()) {
      // A gap must never look like silence: the client sees the end, and comes again.
      spdlog::error("the journal can't be read at seq {}: a subscriber of user {} is cut off",
                    subscription.next, connection->peer().uid);
      return connection->close();
    }
    subscription.next = found->entries.back().seq + 1;
    subscription.loading = false;
    for (const Entry& entry : found->entries) {
      connection->notify(
          "event", [&](protocol::JsonWriter& json) { write_entry(json, entry, found->accounts); });
    }
    connection->settle();
  }
  pump_all();
}

std::size_t Subscriptions::count() const {
  return static_cast<std::size_t>(std::ranges::count_if(subscribers_, [this](std::uint64_t id) {
    const auto connection = connections_.find(id);
    return connection && connection->subscription();
  }));
}

}  // namespace giro
