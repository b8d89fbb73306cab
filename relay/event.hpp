// One decision of the ledger as the feed sends it, with what the relay needs to know of it: which
// accounts it names, which alerts it crossed, and what it pays out.
//
// What always holds: `text` is the event to the letter, numbers of metadata too. A field that is missing
// or of another type is taken for absent: a newer daemon never stops an older relay. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "ledger/money.hpp"

namespace giro::relay {

// What a payment, a scheduled one or a hold takes from an account.
struct Outflow {
  std::string account;
  Amount amount = 0;
  std::string currency;
};

struct Event {
  std::int64_t seq = 0;
  std::string at = {};
  std::string kind = {};                   // `type` of docs/PROTOCOL.md.
  std::string status = {};                 // `applied`, `rejected`, ...
  std::string key = {};                    // Empty: it has none.
  std::vector<std::string> accounts = {};  // Each once, in the order in which they are named.
  bool crossed_below = false;
  bool crossed_above = false;
  std::vector<Outflow> outflows = {};
  std::optional<Currency> declared = {};  // By the opening of an account.
  std::string text = {};
};

// Nothing: it isn't an entry of the journal.
[[nodiscard]] std::optional<Event> read_event(const boost::json::value& entry);

}  // namespace giro::relay
