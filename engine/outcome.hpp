// What became of one command: the one type of it, from where it is decided to where it is told. Values: any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "ledger/command/request.hpp"
#include "ledger/entry/entry.hpp"

namespace giro {

// A decision of the open group: the index of its entry there.
struct Decided {
  std::uint32_t entry = 0;
};
// The same command was decided before: that outcome stands.
struct Replayed {
  std::unique_ptr<Entry> entry;
};
// A dry run: what would have been decided. It has no seq and no time.
struct Rehearsed {
  std::unique_ptr<Entry> entry;
};
// Nothing was decided. `conflict_seq` goes with key_conflict; `key` is the command's.
struct Refused {
  PaymentKey key;
  Refusal refusal;
  Seq conflict_seq = 0;
};

using Outcome = std::variant<Decided, Replayed, Rehearsed, Refused>;

// The entry that it is about, of the group's `entries` where it was decided now. REQUIRES: not Refused.
[[nodiscard]] inline const Entry& entry_of(const Outcome& outcome, std::span<const Entry> entries) {
  if (const auto* decided = std::get_if<Decided>(&outcome)) return entries[decided->entry];
  if (const auto* replayed = std::get_if<Replayed>(&outcome)) return *replayed->entry;
  return *std::get<Rehearsed>(outcome).entry;
}

}  // namespace giro
