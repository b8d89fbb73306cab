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
// status, and if rejected code and what belongs to it: fields of an object that is open.
void write_verdict(protocol::JsonWriter& json, const Entry& entry);
void write_alerts(protocol::JsonWriter& json, const AlertLines& alerts);
// `accounts` has those that the entry is about, and the node at which it was asked.
void write_entry(protocol::JsonWriter& json, const Entry& entry, const AccountBook& accounts);
// The same as fields of an object that is open. `status`: what has become of it since.
void write_entry_fields(protocol::JsonWriter& json, const Entry& entry, const AccountBook& accounts,
                        std::string_view status);
// One of the entries that go together, in short.
void write_life_step(protocol::JsonWriter& json, const Entry& entry);

}  // namespace giro
