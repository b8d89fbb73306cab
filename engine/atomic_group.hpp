// A group of commands that is decided all or none (payments.submit_group): all are applied, later ones seeing
// what earlier ones did, or every one is rejected: the one that failed with its own code, the others with
// group_failed.
//
// It is rehearsed first, within a trial that is taken back; then its entries are decided one after the other,
// as if each came by itself. A group that decided before is answered as a whole; one that shares a key with
// anything else decides nothing. An account that is there already, as it is to be opened, is no reason to fail.
// Thread: the commit thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/ledger.hpp"
#include "engine/outcome.hpp"

namespace giro {

inline constexpr std::size_t kGroupMembersMax = 1'000;

// Of each member, in order; or why nothing was decided.
using GroupOutcome = std::expected<std::vector<Outcome>, Refused>;

class AtomicGroup {
 public:
  // REQUIRES: there is a member, no two of them have one key, and none is a dry run by itself.
  AtomicGroup(Ledger& ledger, std::span<const Command> members, std::uint32_t uid);

  // What the same group decided before, or why that can't be told; nothing: it decided nothing so far.
  [[nodiscard]] std::optional<GroupOutcome> find_decision();
  // REQUIRES: find_decision() found nothing.
  [[nodiscard]] GroupOutcome decide(Timestamp now);
  // What it would decide, without seqs and times.
  [[nodiscard]] GroupOutcome rehearse(Timestamp now);

 private:
  struct Failure {
    std::size_t index = 0;
    Entry entry;
  };
  // What a rehearsal decided so far, for those that name it.
  struct Rehearsed {
    std::vector<Entry> entries;
    std::unordered_map<std::uint64_t, std::size_t> by_key;  // Fingerprints.
    std::unordered_map<Seq, std::size_t> latest;            // That follows a seq.
  };

  [[nodiscard]] bool is_there_already(std::size_t i) const { return pasts_[i].decided.has_value(); }
  [[nodiscard]] GroupOutcome find_group(const Entry& member);
  [[nodiscard]] Refused conflict(std::size_t i, Seq seq) const;
  [[nodiscard]] std::optional<Refused> run(Timestamp now, Rehearsed& rehearsed,
                                           std::optional<Failure>& failure);
  [[nodiscard]] std::optional<Refused> look_for(std::size_t i, Seq base, const Rehearsed& rehearsed,
                                                Ledger::Named& named, Referred& referred);
  [[nodiscard]] Entry decide_member(std::size_t i, Timestamp now,
                                    const std::optional<Failure>& failure);
  [[nodiscard]] Entry decide_member(std::size_t i, const Referred& referred, Timestamp now,
                                    const std::optional<Failure>& failure);
  [[nodiscard]] Membership membership(std::size_t i, std::size_t place,
                                      const std::optional<Failure>& failure) const;
  [[nodiscard]] Resolved resolved(std::size_t i, const Referred& referred) const;

  // What the journal knows of a member; see Ledger::find_past().
  struct Past {
    std::optional<Outcome> decided;
    std::unique_ptr<Entry> opening;
  };

  Ledger& ledger_;
  const std::span<const Command> members_;
  const std::uint32_t uid_;
  std::vector<Lookup> lookups_;
  std::vector<Past> pasts_;
};

}  // namespace giro
