#include "queue/cluster/presence.hpp"

#include <algorithm>
#include <ranges>

namespace giro::cluster {

void Presence::note(const NodeName& self, const Announcements& all, Moment now) {
  if (!first_) first_ = last_ = now;
  const bool was_blind = now - last_ > kBlindAfter;
  last_ = now;
  std::erase_if(nodes_, [&](const auto& entry) { return !all.contains(entry.first); });
  const auto own = all.find(self);
  const std::uint64_t own_index = own == all.end() ? 0 : index_of(own->second.durable);
  for (const auto& [name, said] : all) {
    if (name == self) continue;
    const Node fresh{.clock = said.clock, .durable = said.durable, .said_at = now, .moved_at = now};
    const auto [found, is_new] = nodes_.try_emplace(name, fresh);
    Node& node = found->second;
    node.is_heard = node.is_heard || node.clock != said.clock;
    if (node.clock != said.clock || was_blind) node.said_at = now;
    const bool lacks_something = index_of(said.durable) < own_index;
    if (node.durable != said.durable || !lacks_something || was_blind) node.moved_at = now;
    node.clock = said.clock;
    node.durable = said.durable;
  }
}

bool Presence::has_heard_all(Moment now) const {
  if (!first_) return false;
  return now - *first_ > kAllHeardAfter ||
         std::ranges::all_of(nodes_ | std::views::values, &Node::is_heard);
}

bool Presence::is_away(const NodeName& node, Moment now) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && now - found->second.said_at > kAwayAfter;
}

bool Presence::is_stuck(const NodeName& node, Moment now) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && now - found->second.moved_at > kAwayAfter;
}

Presence::Seen Presence::seen() const {
  Seen seen;
  for (const auto& [name, node] : nodes_) seen.emplace(name, node.said_at);
  return seen;
}

}  // namespace giro::cluster
