// Of Replicator, what is about all nodes: what this one says of itself and hears of the others, and the state that it is in.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "queue/cluster/replicator.hpp"

namespace giro::cluster {
namespace {

constexpr std::size_t kSightingsMax = 64;

}  // namespace

void Replicator::announce(Moment now) {
  if (announcing_ || now < announce_at_) return;
  announce_at_ = now + kAnnounceEvery;
  announcing_ = true;
  asked_at_ = now;
  log_.announce(text_of(Announcement{.applied = applied_,
                                     .clock = clock_(),
                                     .rules = settings_.rules,
                                     .version = settings_.version,
                                     .state = std::string(name(figures_.state)),
                                     .durable = durable_}));
}

void Replicator::take(const Census& census, Moment now) {
  announcing_ = false;
  if (!census.ok) return;
  heard(now);
  // Without the later ones its ledger is taken for older than it is, not for newer.
  if (sightings_.size() < kSightingsMax) {
    sightings_.push_back({.index = settings_.base + census.groups, .at = asked_at_});
  }
  figures_.log_bytes = census.log_bytes;
  figures_.log_bytes_max = census.log_bytes_max;
  figures_.nodes.clear();
  for (const auto& [node, text] : census.announcements) {
    auto one = read_announcement(text);
    if (!one) continue;
    if (node != settings_.node) agreement_.note(node, one->applied);
    figures_.nodes.emplace(node, std::move(*one));
  }
  clock_guard_.note(settings_.node, figures_.nodes, clock_());
  figures_.clock_offset = clock_guard_.offset();
  figures_.differing = agreement_.differing();
  let_go_of_absent(census, now);
  // One of them is enough.
  if (!figures_.nodes.empty() && figures_.nodes.begin()->first == settings_.node) {
    log_.truncate(all_have(figures_.nodes));
  }
}

// A full log would stop all of them.
void Replicator::let_go_of_absent(const Census& census, Moment now) {
  std::erase_if(said_, [this](const auto& said) { return !figures_.nodes.contains(said.first); });
  const std::uint64_t kept = census.log_bytes_max > 0 ? census.log_bytes_max / 4 : kKeptForAbsent;
  for (const auto& [node, one] : figures_.nodes) {
    const auto [said, is_new] = said_.try_emplace(node, Said{.clock = one.clock, .at = now});
    if (!is_new && said->second.clock != one.clock) said->second = {.clock = one.clock, .at = now};
    const bool is_away = node != settings_.node && now - said->second.at > kAwayAfter;
    if (is_away && census.log_bytes_used > kept) log_.forget(node);
  }
}

void Replicator::settle_state(Moment now) {
  if (figures_.state == State::halted) return;
  const auto be = [this](State state, std::string trouble) {
    figures_.state = state;
    figures_.trouble = std::move(trouble);
  };
  cut_off_ = cut_off_ || now - figures_.heard_at > kIsolatedAfter + kAnnounceEvery ||
             (outgoing_ && now - std::max(outgoing_->since, figures_.heard_at) > kIsolatedAfter);
  if (cut_off_) {
    be(State::isolated,
       fmt::format("this node can't reach a quorum of etcd's members for now{}{}{}",
                   last_failure_.empty() ? "" : " (", last_failure_,
                   last_failure_.empty() ? "" : ")"));
  } else if (!caught_up_) {
    be(figures_.groups == 0 ? State::starting : State::catching_up,
       "this node isn't up with the log yet");
  } else if (clock_guard_.is_off()) {
    be(State::clock_off, "this node's clock is off by more than a second from the others'");
  } else if (agreement_.state(now) == Agreement::State::doubt) {
    be(State::isolated,
       "another node has another ledger than this one, and it isn't clear yet which is right");
  } else {
    be(State::serving, {});
  }
}

std::string_view name(Replicator::State state) {
  switch (state) {
    case Replicator::State::starting:
      return "starting";
    case Replicator::State::catching_up:
      return "catching_up";
    case Replicator::State::serving:
      return "serving";
    case Replicator::State::isolated:
      return "isolated";
    case Replicator::State::clock_off:
      return "clock_off";
    case Replicator::State::halted:
      break;
  }
  return "halted";
}

}  // namespace giro::cluster
