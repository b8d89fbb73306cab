// Decisions as JSON: the outcome that answers a request, and the entry of the journal that events
// and questions show. Thread: any, one at a time.
#pragma once

#include <span>

#include "engine/account_book.hpp"
#include "engine/outcome.hpp"
#include "protocol/json_writer.hpp"

namespace giro {

// The result of a request that changes the ledger; `entries` are the group's. REQUIRES: not a Refused.
void write_outcome(protocol::JsonWriter& json, const Outcome& outcome,
                   std::span<const Entry> entries);
// What events and lists call an entry.
[[nodiscard]] std::string_view type_of(const Entry& entry);
[[nodiscard]] std::string_view type_of(EntryKind kind);
// status, and if rejected code and what belongs to it: fields of an object that is open.
void write_verdict(protocol::JsonWriter& json, const Entry& entry);
// `accounts` has those that the entry is about.
void write_entry(protocol::JsonWriter& json, const Entry& entry, const AccountBook& accounts);

}  // namespace giro
