#include "queue/cluster/replicator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace giro::cluster {

Replicator::Replicator(ReplicatorSettings settings, Log& log, LedgerSide& ledger,
                       std::function<Timestamp()> clock, TellHalt tell_halt)
    : settings_(std::move(settings)),
      log_(log),
      ledger_(ledger),
      clock_(std::move(clock)),
      tell_halt_(std::move(tell_halt)),
      agreement_(settings_.start),
      given_(settings_.streams),
      durable_(settings_.streams),
      applied_(settings_.start) {
  figures_.given = settings_.base + index_of(given_);
}

Replicator::Next Replicator::step(Moment now) {
  if (figures_.heard_at == Moment{}) heard(now);
  look_at_own(now);
  take_events(now);
  if (figures_.state == State::halted) {
    (void)ledger_.answer_without(figures_.trouble);
    return {.ended = !is_telling(now), .at = now + kAgainAfter};
  }
  settle_state(now);
  pull(now);
  append(now);
  announce(now);
  if (ended_) return {.ended = true};
  return {.ended = false, .at = next_step(now)};
}

// What is in flight calls by itself, and so does a ledger that has room again.
Replicator::Moment Replicator::next_step(Moment now) const {
  Moment at = now + kAnnounceEvery;
  if (!announcing_ && fits_) at = std::min(at, announce_at_);
  if (!pulling_ && ledger_.has_room()) at = std::min(at, pull_at_);
  if (outgoing_ && !appending_) at = std::min(at, outgoing_->again_at);
  if (outgoing_ && !cut_off_) {
    at = std::min(at, std::max(outgoing_->since, figures_.heard_at) + kIsolatedAfter);
  }
  at = std::max(at, now + std::chrono::milliseconds(1));
  return std::min(at, ledger_.waits_until().value_or(at));
}

// What the ledger applied since, and whether it is still the others'.
void Replicator::look_at_own(Moment now) {
  LedgerSide::Progress progress = ledger_.take_progress();
  for (const Applied& applied : progress.applied) {
    agreement_.note_own(applied);
    applied_ = applied;
  }
  settle_freshness();
  durable_ = std::move(progress.durable);
  stands_still_ = progress.stands_still;
  if (agreement_.state(now) != Agreement::State::diverged) return;
  halt(Halt::diverged, words_on_divergence());
}

std::string Replicator::words_on_divergence() const {
  const std::string others = fmt::format("{}", fmt::join(agreement_.differing(), ", "));
  if (agreement_.is_tie()) {
    return fmt::format(
        "this node's ledger and that of {} differ since group {}, or shortly before, and as many "
        "nodes have the one as have the other: nobody can tell by that which is right. All of them "
        "stop, so that nobody is told what isn't so. Find out which one is, and go on with it: "
        "docs/CLUSTER.md, a node that diverged",
        others, agreement_.differs_at());
  }
  return fmt::format(
      "this node's ledger isn't the others' any more: it differs from that of {} since group {}, "
      "or shortly before. It is stopped for good, so that nobody is told what isn't so; the other "
      "nodes go on. Keep its folder for a look, and make it anew from another node: giro cluster "
      "join",
      others, agreement_.differs_at());
}

void Replicator::settle_freshness() {
  while (!sightings_.empty() && sightings_.front().index <= applied_.index) {
    figures_.fresh_at = sightings_.front().at;
    sightings_.pop_front();
  }
}

void Replicator::take_events(Moment now) {
  while (figures_.state != State::halted) {
    auto event = log_.next_event(now);
    if (!event) return;
    std::visit([this, now](auto&& one) { take(std::forward<decltype(one)>(one), now); },
               std::move(*event));
  }
}

// --- the order ---

void Replicator::take(const Rang& rang, Moment now) {
  rang_ = rang.revision;
  if (rang_ <= seen_) return;
  if (outgoing_ && outgoing_->in_flight) {
    pull_at_ = std::min(pull_at_, now + kOwnRings);
  } else {
    pull_now_ = true;
  }
}

void Replicator::pull(Moment now) {
  if (pulling_ || !ledger_.has_room()) return;
  if (!pull_now_ && now < pull_at_) return;
  pull_now_ = false;
  pulling_ = true;
  pull_at_ = now + kPullEvery;
  log_.pull(given_, std::exchange(pull_latest_, false));
}

void Replicator::take(Pulled&& pulled, Moment now) {
  pulling_ = false;
  if (!pulled.ok) {
    last_failure_ = std::move(pulled.trouble);
    pull_at_ = now + kAgainAfter;
    pull_latest_ = pull_latest_ || !caught_up_ || !fits_;
    return;
  }
  // The own member may lag behind: only a quorum's answer counts.
  if (pulled.is_foreign && !pulled.is_latest) {
    pull_latest_ = pull_now_ = true;
    return;
  }
  if (pulled.is_foreign) {
    return halt(
        Halt::log,
        "the log in etcd is another ledger's. Nothing of it was applied here, and nothing is "
        "decided. Name the right etcd in "
        "[cluster], or see docs/CLUSTER.md, etcd restored");
  }
  if (pulled.is_latest) heard(now);
  const bool is_latest = pulled.is_latest;
  const Revision revision = pulled.revision;
  figures_.groups = std::max(figures_.groups, settings_.base + pulled.groups);
  const std::uint64_t own_end = count_in(pulled.streams, settings_.node);
  auto order = in_order(given_, std::move(pulled));
  if (!order) {
    const WrongOrder& wrong = order.error();
    // The own member may lag behind what another one showed before: only a quorum's answer counts.
    if (!is_latest && wrong.trouble == OrderTrouble::older) {
      pull_latest_ = pull_now_ = true;
      return;
    }
    // The others may not have noticed: they were behind the copy.
    if (wrong.trouble == OrderTrouble::older) tell_last(now);
    return halt(Halt::log,
                fmt::format("the log in etcd and this ledger don't fit: {}. {}", wrong.what,
                            wrong.trouble == OrderTrouble::behind
                                ? "What is applied stays whole, and nothing is decided here. Make "
                                  "this node anew from another one: giro cluster join"
                                : "etcd was restored from an older copy, or lost data. Nothing is "
                                  "decided here any more; see docs/CLUSTER.md, etcd "
                                  "restored"));
  }
  own_end_ = std::max(own_end_, own_end);
  if (order->more) {
    pull_now_ = true;
  } else {
    seen_ = std::max(seen_, revision);
  }
  fits_ = fits_ || is_latest;
  caught_up_ = caught_up_ || (is_latest && !order->more);
  if (!caught_up_ || !fits_) pull_latest_ = true;
  give_in_order(std::move(*order));
}

void Replicator::give_in_order(InOrder&& order) {
  for (const Record& record : order.records) {
    if (figures_.state == State::halted) return;
    give(record);
  }
}

void Replicator::give(const Record& record) {
  auto envelope = unseal(record.sealed);
  const auto place = [&record] {
    return fmt::format("group {} of {}", record.number, record.node);
  };
  if (!envelope) {
    return halt(
        Halt::log,
        fmt::format("{} in the log can't be read: {}. Every node stops here, and none decides what "
                    "another one can't; "
                    "see docs/CLUSTER.md, a group that can't be read",
                    place(), envelope.error()));
  }
  if (envelope->ledger != settings_.ledger || envelope->number != record.number) {
    return halt(Halt::log,
                fmt::format("{} in the log belongs elsewhere: somebody changed the log. See "
                            "docs/CLUSTER.md, etcd restored",
                            place()));
  }
  if (envelope->rules > settings_.rules) {
    return halt(
        Halt::rules,
        fmt::format(
            "{} is to be decided by the rules of version {}, and this girod knows those up to {}. "
            "What "
            "it decided so far stays "
            "as it is. Install the release that the other nodes run ({} here), and start it again",
            place(), envelope->rules, settings_.rules, settings_.version));
  }
  rules_seen_ = std::max(rules_seen_, envelope->rules);
  if (record.node != settings_.node) agreement_.note(record.node, envelope->applied);
  const bool is_own =
      record.node == settings_.node && envelope->incarnation == settings_.incarnation;
  // It is there, whatever its append's answer says.
  if (outgoing_ && outgoing_->sealed == record.sealed) outgoing_is_there();
  ++given_[record.node];
  figures_.given = settings_.base + index_of(given_);
  ledger_.give({.index = figures_.given,
                .node = record.node,
                .is_own = is_own,
                .number = record.number,
                .rules = envelope->rules,
                .now = envelope->now,
                .commands = std::move(envelope->commands),
                .streams = given_});
}

// --- this node's own groups ---

void Replicator::append(Moment now) {
  give_up_slowly(now);
  if (outgoing_ && !appending_ && now >= outgoing_->again_at) append_made(now);
  if (!may_append()) {
    const bool closed = ledger_.answer_without(figures_.trouble);
    ended_ = closed && (!outgoing_ || outgoing_->given_up);
    return;
  }
  if (outgoing_ || appending_) return;
  std::string commands;
  switch (ledger_.make(commands, now)) {
    case LedgerSide::Made::nothing:
      if (!tick_wanted_) return;
      break;
    case LedgerSide::Made::group:
      break;
    case LedgerSide::Made::ended:
      ended_ = true;
      return;
  }
  tick_wanted_ = false;
  outgoing_ = Outgoing{.commands = std::move(commands), .now = clock_(), .since = now};
  append_made(now);
}

// The same bytes each time, so that they can't be there twice; others only once their place is known to be another's.
void Replicator::append_made(Moment now) {
  if (!outgoing_->has_place) {
    outgoing_->has_place = true;
    outgoing_->number = own_end_ + 1;
    seal_outgoing();
  }
  outgoing_->in_flight = true;
  appending_ = true;
  outgoing_->again_at = now + kAgainAfter;
  log_.append(outgoing_->number, outgoing_->sealed);
}

void Replicator::seal_outgoing() {
  outgoing_->sealed = seal({.rules = rules_to_use(),
                            .ledger = settings_.ledger,
                            .incarnation = settings_.incarnation,
                            .number = outgoing_->number,
                            .now = outgoing_->now,
                            .applied = applied_,
                            .commands = outgoing_->commands});
}

void Replicator::take(const Appended& appended, Moment now) {
  appending_ = false;
  if (!outgoing_ || !outgoing_->in_flight) return;  // Seen in a pull before.
  outgoing_->in_flight = false;
  switch (appended.fate) {
    case Appended::Fate::appended: {
      heard(now);
      const Record own{.node = settings_.node,
                       .number = outgoing_->number,
                       .revision = appended.revision,
                       .sealed = std::move(outgoing_->sealed)};
      outgoing_is_there();
      give_own_next(own, appended, now);
      break;
    }
    case Appended::Fate::taken:
      heard(now);
      if (appended.sealed == outgoing_->sealed) {
        outgoing_is_there();
        pull_now_ = true;
        break;
      }
      // Something that an earlier run of this node sent came late.
      [[fallthrough]];
    case Appended::Fate::no_place:
      heard(now);
      outgoing_->has_place = false;
      own_end_ = std::max(own_end_, outgoing_->number);
      pull_latest_ = pull_now_ = true;
      break;
    case Appended::Fate::foreign:
      halt(Halt::log,
           "the log in etcd isn't this ledger's any more: it was replaced while girod ran. Nothing "
           "more is decided here; see "
           "docs/CLUSTER.md, etcd restored");
      break;
    case Appended::Fate::unknown:
      outgoing_->may_be_there = true;
      [[fallthrough]];
    case Appended::Fate::not_sent:
      last_failure_ = appended.trouble;
      break;
  }
}

void Replicator::outgoing_is_there() {
  own_end_ = std::max(own_end_, outgoing_->number);
  ledger_.appended(outgoing_->number);
  outgoing_.reset();
}

// Where no other node's group came between, there is nothing to pull: half of the way for a payment by itself.
void Replicator::give_own_next(const Record& own, const Appended& appended, Moment now) {
  const bool is_next = !pulling_ && ledger_.has_room() &&
                       own.number == count_in(given_, own.node) + 1 &&
                       appended.groups == index_of(given_) + 1;
  if (!is_next) {
    pull_now_ = true;
    return;
  }
  give(own);
  seen_ = std::max(seen_, own.revision);
  if (rang_ <= seen_) pull_at_ = now + kPullEvery;
}

void Replicator::give_up_slowly(Moment now) {
  const std::uint64_t given = count_in(given_, settings_.node);
  if (given != own_given_ || given >= own_end_) {
    own_given_ = given;
    own_given_at_ = now;
  } else if (now - own_given_at_ > kUnknownAfter) {
    // They are in the log, which doesn't show itself.
    ledger_.give_up_own();
    own_given_at_ = now;
  }
  if (!outgoing_) return;
  Outgoing& out = *outgoing_;
  if (!out.in_flight && !out.may_be_there && now - out.since > kIsolatedAfter) {
    ledger_.refuse_made(last_failure_.empty() ? "etcd can't be reached, or has no quorum"
                                              : "etcd didn't take it: " + last_failure_);
    outgoing_.reset();
  } else if (!out.given_up && now - out.since > kUnknownAfter) {
    ledger_.give_up_own();
    out.given_up = true;
  }
}

std::uint16_t Replicator::rules_to_use() const {
  // What a node says that can't be read may be that it knows less.
  const std::uint16_t known = are_all_read_ ? rules_of_all(figures_.nodes) : std::uint16_t{1};
  // Never back behind what is in the log, as far as it was seen. A node that was just started may append by older rules
  // behind newer ones: every group says its own, by which all nodes apply it.
  return std::max({rules_seen_, std::min(known, settings_.rules), std::uint16_t{1}});
}

// --- what it all comes to ---

void Replicator::heard(Moment now) {
  figures_.heard_at = now;
  cut_off_ = false;
  last_failure_.clear();
}

void Replicator::halt(Halt kind, std::string why) {
  if (figures_.state == State::halted) return;
  figures_.state = State::halted;
  figures_.trouble = std::move(why);
  ledger_.give_up_own();
  if (kind == Halt::diverged) ledger_.drop_given();
  outgoing_.reset();
  tell_halt_(kind, figures_.trouble);
}

}  // namespace giro::cluster
