// Decisions as JSON: the outcome that answers a request, and the entry of the journal that events
// and questions show. Thread: any, one at a time.
#pragma once

#include "engine/account_book.hpp"
#include "ledger/entry/entry.hpp"
#include "protocol/json_writer.hpp"

namespace giro {

enum class Freshness { decided_now, replayed, dry_run };

// The result of payments.submit or accounts.open.
void write_outcome(protocol::JsonWriter& json, const Entry& entry, Freshness freshness);
// status, and if rejected code and what belongs to it: fields of an object that is open.
void write_verdict(protocol::JsonWriter& json, const Entry& entry);
// `accounts` has those that the entry is about.
void write_entry(protocol::JsonWriter& json, const Entry& entry, const AccountBook& accounts);

}  // namespace giro
