#include "engine/atomic_group.hpp"

#include <utility>

#include <fmt/format.h>

namespace giro {
namespace {

bool is_keyed(const Command& command) {
  return std::visit([](const auto& kind) { return kind.kIsKeyed; }, command);
}

// The group that the entry is a member of begins here.
Seq first_seq_of(const Entry& entry) {
  return entry.seq - entry.group.place;
}

// Whether the entry decided this opening.
bool decided(const Entry& entry, const Command& command) {
  const auto* open = std::get_if<CheckedOpenAccount>(&command);
  const OpenedAccount* opened = entry.opened();
  return open != nullptr && opened != nullptr && opened->id == open->id() &&
         difference(*opened, *open) == Rejection::none;
}

}  // namespace

AtomicGroup::AtomicGroup(Ledger& ledger, std::span<const Command> members, std::uint32_t uid)
    : ledger_(ledger), members_(members), uid_(uid) {
  lookups_.reserve(members.size());
  pasts_.reserve(members.size());
  for (const Command& member : members) lookups_.push_back(ledger.look_up(member));
}

std::optional<GroupOutcome> AtomicGroup::find_decision() {
  const Entry* known = nullptr;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Past& past = pasts_.emplace_back();
    past.decided = ledger_.find_past(members_[i], lookups_[i], uid_, past.opening);
    if (!past.decided) continue;
    if (auto* refused = std::get_if<Refused>(&*past.decided)) {
      refused->refusal.field = fmt::format("members[{}].{}", i, refused->refusal.field);
      return std::unexpected(std::move(*refused));
    }
    const Entry& prior = *std::get<Replayed>(*past.decided).entry;
    if (is_keyed(members_[i]) && known == nullptr) known = &prior;
  }
  if (known == nullptr) return std::nullopt;
  return find_group(*known);
}

// `member`: what one of the keys decided.
GroupOutcome AtomicGroup::find_group(const Entry& member) {
  const Seq first = first_seq_of(member);
  std::vector<std::unique_ptr<Entry>> entries(members_.size());
  for (Seq seq = first; member.group.count == members_.size() && seq <= ledger_.state().seq();
       ++seq) {
    auto entry = ledger_.store().entry(seq);
    if (entry->group.count != members_.size() || first_seq_of(*entry) != first) break;
    entries[entry->group.index] = std::move(entry);
  }
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    auto* prior = is_there_already(i) ? &std::get<Replayed>(*pasts_[i].decided) : nullptr;
    if (is_keyed(members_[i])) {
      const bool same = prior != nullptr && entries[i] && entries[i]->seq == prior->entry->seq;
      if (!same) return std::unexpected(conflict(i, member.seq));
    } else if (entries[i]) {
      // What the group decided stands, also where the account was opened by somebody else after it failed.
      if (!decided(*entries[i], members_[i])) return std::unexpected(conflict(i, member.seq));
      outcomes.emplace_back(Replayed{std::move(entries[i])});
      continue;
    } else if (prior == nullptr) {
      return std::unexpected(conflict(i, member.seq));
    }
    outcomes.emplace_back(std::move(*prior));
  }
  return outcomes;
}

Refused AtomicGroup::conflict(std::size_t i, Seq seq) const {
  const PaymentKey key = key_of(members_[i]);
  return {.key = key,
          .refusal = {.code = ErrorCode::key_conflict,
                      .field = fmt::format("members[{}]", i),
                      .message = fmt::format(
                          "a key of this group decided before at seq {}, and member {} wasn't "
                          "decided with it in the same group; nothing was decided now, and that "
                          "outcome stands. Send the group as it was, or under new keys",
                          seq, i)},
          .conflict_seq = seq};
}

Resolved AtomicGroup::resolved(std::size_t i, const Referred& referred) const {
  const Entry* opening = pasts_[i].opening.get();
  return {.existing = opening == nullptr ? nullptr : opening->opened(),
          .hashes = &lookups_[i].leg,
          .referred = referred};
}

Membership AtomicGroup::membership(std::size_t i, std::size_t place,
                                   const std::optional<Failure>& failure) const {
  return {.count = static_cast<std::uint16_t>(members_.size()),
          .index = static_cast<std::uint16_t>(i),
          .place = static_cast<std::uint16_t>(place),
          .failed = static_cast<std::uint16_t>(failure ? failure->index : 0)};
}

GroupOutcome AtomicGroup::decide(Timestamp now) {
  std::optional<Failure> failure;
  {
    Rehearsed rehearsed;
    if (auto refused = run(now, rehearsed, failure)) return std::unexpected(std::move(*refused));
  }
  std::vector<Outcome> outcomes;
  std::size_t place = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (is_there_already(i)) {
      outcomes.push_back(std::move(*pasts_[i].decided));
      continue;
    }
    Entry entry = decide_member(i, now, failure);
    entry.group = membership(i, place++, failure);
    outcomes.emplace_back(Decided{ledger_.store().append(std::move(entry), lookups_[i].key)});
  }
  return outcomes;
}

// Within the open group, as if it came by itself. What it names was found in the rehearsal.
Entry AtomicGroup::decide_member(std::size_t i, Timestamp now,
                                 const std::optional<Failure>& failure) {
  Ledger::Named named;
  (void)ledger_.resolve(members_[i], lookups_[i], named);
  return decide_member(i, named.referred(), now, failure);
}

Entry AtomicGroup::decide_member(std::size_t i, const Referred& referred, Timestamp now,
                                 const std::optional<Failure>& failure) {
  const Resolved known = resolved(i, referred);
  if (!failure) return ledger_.state_.apply(members_[i], known, now, uid_);
  return ledger_.state_.reject(members_[i], known, now, uid_,
                               i == failure->index ? &failure->entry : nullptr);
}

GroupOutcome AtomicGroup::rehearse(Timestamp now) {
  Rehearsed rehearsed;
  std::optional<Failure> failure;
  auto refused = run(now, rehearsed, failure);
  if (!refused && failure) refused = run(now, rehearsed, failure);
  if (refused) return std::unexpected(std::move(*refused));
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0, next = 0; i < members_.size(); ++i) {
    if (is_there_already(i)) {
      outcomes.push_back(std::move(*pasts_[i].decided));
      continue;
    }
    Entry entry = std::move(rehearsed.entries[next++]);
    entry.seq = 0;
    entry.at = Timestamp{};
    entry.group = membership(i, 0, failure);
    outcomes.emplace_back(giro::Rehearsed{std::make_unique<Entry>(std::move(entry))});
  }
  return outcomes;
}

// Decides all of it, and takes it back. `failure`: the first that isn't applied, if there is one; where it is known
// already, all are rejected for it, as decide() does. Whom a member names may be one of them, which the store doesn't know.
std::optional<Refused> AtomicGroup::run(Timestamp now, Rehearsed& rehearsed,
                                        std::optional<Failure>& failure) {
  const State::Trial trial(ledger_.state_);
  const Seq base = ledger_.state_.seq();
  const bool rejects_all = failure.has_value();
  rehearsed = {};
  rehearsed.entries.reserve(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (is_there_already(i)) continue;
    Ledger::Named named;
    Referred referred;
    if (auto refused = look_for(i, base, rehearsed, named, referred)) return refused;
    Entry entry = decide_member(i, referred, now, failure);
    if (!entry.applied() && !rejects_all) {
      failure = Failure{.index = i, .entry = std::move(entry)};
      return std::nullopt;
    }
    if (entry.follows() != 0) rehearsed.latest[entry.follows()] = rehearsed.entries.size();
    rehearsed.by_key[lookups_[i].key] = rehearsed.entries.size();
    rehearsed.entries.push_back(std::move(entry));
  }
  return std::nullopt;
}

// Whom a member names: an earlier member, or what the ledger knows and earlier members go on with.
std::optional<Refused> AtomicGroup::look_for(std::size_t i, Seq base, const Rehearsed& rehearsed,
                                             Ledger::Named& named, Referred& referred) {
  const Reference* reference = reference_of(members_[i]);
  if (reference == nullptr) return std::nullopt;
  const auto& entries = rehearsed.entries;
  const auto member = rehearsed.by_key.find(lookups_[i].reference);
  if (!reference->key.empty() && member != rehearsed.by_key.end() &&
      entries[member->second].key == reference->key) {
    referred.seq = entries[member->second].seq;
  } else if (reference->key.empty() && reference->seq > base) {
    referred.seq = reference->seq - base <= entries.size() ? reference->seq : 0;
  } else {
    if (auto refusal = ledger_.resolve(members_[i], lookups_[i], named)) {
      return Refused{.key = key_of(members_[i]), .refusal = std::move(*refusal)};
    }
    referred = named.referred();
  }
  if (referred.seq > base) referred.entry = &entries[referred.seq - base - 1];
  if (const auto latest = rehearsed.latest.find(referred.seq); latest != rehearsed.latest.end()) {
    referred.latest = &entries[latest->second];
    if (referred.entry == nullptr && ledger_.state_.holds().find(referred.seq) == nullptr) {
      referred.entry = named.entry.find(ledger_.store(), referred.seq);
    }
  }
  return std::nullopt;
}

}  // namespace giro
