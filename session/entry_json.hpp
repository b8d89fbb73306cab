// Decisions as JSON: the outcome that answers a request, and the entry of the journal that events
// and questions show. Thread: any, one at a time.
#pragma once

#include "ledger/entry/entry.hpp"
#include "protocol/json_writer.hpp"

namespace giro::protocol {

// Who the numbers of a journal entry are.
class AccountBook {
 public:
  virtual ~AccountBook() = default;
  [[nodiscard]] virtual std::string_view name(AccountNumber number) = 0;
  [[nodiscard]] virtual const Currency& currency(AccountNumber number) = 0;
};

enum class Freshness { decided_now, replayed, dry_run };

// The result of payments.submit or accounts.open.
void write_outcome(JsonWriter& json, const Entry& entry, Freshness freshness);
// status, and if rejected code and what belongs to it: fields of an object that is open.
void write_verdict(JsonWriter& json, const Entry& entry);
void write_entry(JsonWriter& json, const Entry& entry, AccountBook& book);

}  // namespace giro::protocol
