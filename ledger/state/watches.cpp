#include "ledger/state/watches.hpp"

#include <algorithm>
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {

std::vector<Velocity> Watch::velocities_under(const std::vector<VelocityLimit>& limits,
                                              Timestamp at) const {
  std::vector<Velocity> changed;
  for (const VelocityLimit& limit : limits) {
    const auto same_window = std::ranges::find_if(velocities, [&](const Velocity& velocity) {
      return velocity.limit().window_ns == limit.window_ns;
    });
    Velocity& velocity =
        changed.emplace_back(same_window == velocities.end() ? Velocity(limit, at) : *same_window);
    velocity.change(limit, at);
  }
  return changed;
}

void Watches::set(AccountNumber number, Watch watch) {
  if (keeps_log_) log_.push_back({.number = number, .before = std::move(watches_[number])});
  put(number, std::move(watch));
}

void Watches::put(AccountNumber number, Watch watch) {
  if (watch.empty()) {
    watches_.erase(number);
  } else {
    watches_[number] = std::move(watch);
  }
}

void Watches::pay(AccountNumber number, Amount amount, Timestamp at, Seq seq) {
  Watch& watch = watches_.find(number)->second;
  add(number, watch, {.amount = amount, .count = watch.counted == seq ? 0 : 1}, at, seq, seq);
}

void Watches::let_go(AccountNumber number, const Outflow& outflow, Timestamp at, Seq seq) {
  Watch& watch = watches_.find(number)->second;
  add(number, watch, {.amount = -outflow.amount, .count = -outflow.count}, at, seq, watch.counted);
}

void Watches::add(AccountNumber number, Watch& watch, const Outflow& outflow, Timestamp at, Seq seq,
                  Seq counted) {
  if (keeps_log_) {
    log_.push_back({.number = number,
                    .before = Paid{.outflow = outflow, .at = at, .counted_before = watch.counted}});
  }
  watch.counted = counted;
  for (Velocity& velocity : watch.velocities) {
    velocity.add(at, outflow, seq);
    if (!keeps_log_) velocity.forget_past(at);
  }
}

void Watches::end_log(Timestamp at) {
  keeps_log_ = false;
  for (const Done& done : log_) {
    const auto found = watches_.find(done.number);
    if (found == watches_.end()) continue;
    for (Velocity& velocity : found->second.velocities) velocity.forget_past(at);
  }
  log_.clear();
}

void Watches::undo_to(std::size_t log_size) {
  for (; log_.size() > log_size; log_.pop_back()) {
    Done& done = log_.back();
    if (auto* watch = std::get_if<Watch>(&done.before)) {
      put(done.number, std::move(*watch));
      continue;
    }
    const Paid& paid = std::get<Paid>(done.before);
    Watch& watch = watches_.find(done.number)->second;
    watch.counted = paid.counted_before;
    for (Velocity& velocity : watch.velocities) {
      velocity.add(paid.at, {.amount = -paid.outflow.amount, .count = -paid.outflow.count}, 0);
    }
  }
}

// --- of State: the rules ---

// How it stands with the limits of an account that pays so much more.
Rejection State::check_velocity(const Watch& payer, Amount amount) const {
  const Outflow more{.amount = amount, .count = payer.counted == deciding_.seq ? 0 : 1};
  const auto allows = [&](const Velocity& velocity) { return velocity.allows(more, deciding_.at); };
  return std::ranges::all_of(payer.velocities, allows) ? Rejection::none
                                                       : Rejection::velocity_exceeded;
}

namespace {

// Bits of Posting::crossed, of the account that pays.
unsigned crossed(const AlertLines& alerts, Amount before, Amount after) {
  const bool below = alerts.below && before >= *alerts.below && after < *alerts.below;
  const bool above = alerts.above && before <= *alerts.above && after > *alerts.above;
  return (below ? kFromBelow : 0) | (above ? kFromAbove : 0);
}

}  // namespace

void State::note_watched(Posting& posting, Seq seq) {
  const AccountLimits& payer = limits(account(posting.from));
  const AccountLimits& receiver = limits(account(posting.to));
  // A hold counts when it is made, so that its capture doesn't.
  if (const Amount out = posting.amount + posting.held; payer.is_limited && out > 0) {
    watches_.pay(posting.from, out, deciding_.at, seq);
  }
  unsigned lines = 0;
  if (payer.has_alerts) {
    lines |= crossed(watches_.find(posting.from)->alerts, posting.from_after + posting.amount,
                     posting.from_after);
  }
  if (receiver.has_alerts) {
    lines |= crossed(watches_.find(posting.to)->alerts, posting.to_after - posting.amount,
                     posting.to_after)
             << kCrossedBitsOfOne;
  }
  posting.crossed = static_cast<std::uint8_t>(lines);
}

// What a posting lets go of, of a hold that counted when it was made.
void State::count_no_more(const OpenHold& hold, const Posting& posting, Seq seq) {
  const Amount less = -(posting.amount + posting.held);
  if (less == 0 || !limits(account(hold.from)).is_limited) return;
  watches_.let_go(hold.from, {.amount = less, .count = less == hold.amount ? 1 : 0}, hold.made_at,
                  seq);
}

void State::set_watch(AccountNumber number, const AccountTerms& terms) {
  const Watch* known = watches_.find(number);
  Watch watch = known == nullptr ? Watch{} : *known;
  if (terms.limits) watch.velocities = watch.velocities_under(*terms.limits, deciding_.at);
  if (terms.alerts) watch.alerts = *terms.alerts;
  watches_.set(number, std::move(watch));
}

}  // namespace giro
