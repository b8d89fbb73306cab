// Of Replicator, what is about all nodes: what this one says of itself and hears of the others, and the state that it is in.
#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "queue/cluster/replicator.hpp"

namespace giro::cluster {
namespace {

constexpr std::size_t kSightingsMax = 64;

}  // namespace

// Not before the log was seen to go on where this ledger ends: nobody is to wait for a node that stops.
void Replicator::announce(Moment now) {
  if (fits_ && now - figures_.heard_at > Presence::kAwayAfter / 2) {
    // It may have been let go meanwhile.
    fits_ = false;
    pull_latest_ = pull_now_ = true;
  }
  if (announcing_ || !fits_ || now < announce_at_) return;
  announce_at_ = now + (are_all_heard_ ? kAnnounceEvery : kAnnounceSoon);
  put_announcement(now);
}

void Replicator::put_announcement(Moment now) {
  announcing_ = true;
  asked_at_ = now;
  announced_ = {.applied = applied_,
                .clock = clock_(),
                .rules = settings_.rules,
                .version = settings_.version,
                .state = std::string(name(figures_.state)),
                .durable = durable_,
                .run = settings_.incarnation};
  log_.announce(text_of(announced_));
}

// How far this ledger is, which says to the others that the log isn't what it was.
void Replicator::tell_last(Moment now) {
  if (!announcing_) put_announcement(now);
  tells_until_ = now + kLastWords;
}

bool Replicator::is_telling(Moment now) {
  while (auto event = log_.next_event(now)) {
    if (std::holds_alternative<Census>(*event)) announcing_ = false;
  }
  return announcing_ && now < tells_until_;
}

// At one moment of a log no node has applied more than it has.
std::optional<std::string> Replicator::ahead_of_log(const Census& census) const {
  const std::uint64_t groups = settings_.base + census.groups;
  for (const auto& [node, said] : figures_.nodes) {
    if (node == settings_.node || said.applied.index <= groups) continue;
    return fmt::format(
        "the log in etcd has {} groups, and the node {} applied {}: etcd was restored from an "
        "older copy, or lost "
        "data, and what is missing here was answered there. Nothing is decided here any more; see "
        "docs/CLUSTER.md, etcd restored",
        groups, node, said.applied.index);
  }
  return std::nullopt;
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
  read_announcements(census);
  clock_guard_.note(settings_.node, figures_.nodes, clock_());
  figures_.clock_offset = clock_guard_.offset(has_served_);
  figures_.differing = agreement_.differing();
  presence_.note(settings_.node, figures_.nodes, now);
  figures_.seen = presence_.seen();
  are_all_heard_ = are_all_heard_ || presence_.has_heard_all(now);
  if (const auto ahead = ahead_of_log(census)) halt(Halt::log, *ahead);
  if (figures_.state != State::halted) truncate(census, now);
}

void Replicator::read_announcements(const Census& census) {
  figures_.nodes.clear();
  are_all_read_ = true;
  Announcement own_before;
  for (const auto& [node, text] : census.announcements) {
    auto one = read_announcement(text);
    are_all_read_ = are_all_read_ && one;
    if (!one) continue;
    if (node == settings_.node) {
      own_before = std::move(*one);
      continue;
    }
    agreement_.note(node, one->applied);
    figures_.nodes.emplace(node, std::move(*one));
  }
  figures_.nodes.emplace(settings_.node, announced_);
  look_for_twin(own_before);
}

// Who was here before this process, and speaks again after it, lives. One that came later sees the same of this one, and stops.
// Once may be what an earlier run sent before it died.
void Replicator::look_for_twin(const Announcement& own_before) {
  if (!run_before_) {
    run_before_ = own_before.run;
    return;
  }
  const bool is_alive = own_before.run != 0 && own_before.run != settings_.incarnation &&
                        own_before.run == run_before_;
  if (!is_alive || ++seen_alive_ < 2) return;
  halt(Halt::log, fmt::format("another girod runs as the node {}, and was there before this one. "
                              "Nothing was decided by this one since. "
                              "Each node has a name and a ledger of its own: see to `node` in "
                              "[cluster], and make a node of a copied "
                              "folder by giro cluster join",
                              settings_.node));
}

// What all need no more. A full log would stop all of them: from a quarter on nobody waits for who doesn't get it.
void Replicator::truncate(const Census& census, Moment now) {
  const std::uint64_t kept = census.log_bytes_max > 0 ? census.log_bytes_max / 4 : kKeptForAbsent;
  Announcements waited_for = figures_.nodes;
  for (const auto& node : figures_.nodes | std::views::keys) {
    if (census.log_bytes_used <= kept) break;
    if (presence_.is_stuck(node, now)) waited_for.erase(node);
    if (presence_.is_away(node, now)) log_.forget(node);
  }
  // What can't be read may say that its node needs all of it. Of the others one is enough.
  if (are_all_read_ && waited_for.begin()->first == settings_.node) {
    log_.truncate(all_have(waited_for));
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
  } else if (!are_all_heard_) {
    be(State::catching_up, "this node's clock isn't held against the others' yet");
  } else if (clock_guard_.is_off(has_served_)) {
    be(State::clock_off, "this node's clock is off by more than a second from the others'");
  } else if (agreement_.state(now) == Agreement::State::doubt) {
    be(State::isolated,
       "another node has another ledger than this one, and it isn't clear yet which is right");
  } else if (stands_still_) {
    be(State::read_only, "this node's ledger can't be written for now");
  } else {
    has_served_ = true;
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
    case Replicator::State::read_only:
      return "read_only";
    case Replicator::State::halted:
      break;
  }
  return "halted";
}

}  // namespace giro::cluster
