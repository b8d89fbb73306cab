// Entries of the journal and outcomes of payments as people read them. The same wherever they are
// shown: pay, get, tail.
// Thread: the main one (amounts of a declared currency ask the ledger for its scale, an account's change for
// its currency).
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/output/table.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// `field` of `object`, an amount of `currency`: "12.50". Minor units where nobody knows the scale,
// as in a rejected payment of a currency that doesn't exist.
[[nodiscard]] Result<std::string> shown_amount(Session& session, const boost::json::object& object,
                                               std::string_view field, std::string_view currency);

// Whether it was decided, and for what was asked: applied, held, captured, and so on.
[[nodiscard]] bool is_decided_for(const boost::json::object& outcome);
// "applied", or "rejected: leg_failed (leg 3: insufficient_funds)".
[[nodiscard]] Cell outcome_cell(const boost::json::object& outcome);
// What it means for the money and what to do, in a sentence; empty where the outcome says it all.
[[nodiscard]] std::string outcome_advice(const boost::json::object& outcome);

// Several lines: everything that the entry says.
[[nodiscard]] Result<std::string> entry_details(Session& session, const boost::json::object& entry);

// What goes together with it, a line each: a hold with its captures, a payment with its reversals. Empty: it
// stands alone.
[[nodiscard]] Result<std::string> life_text(Session& session, const boost::json::object& entry);

// Both, or the entry in the format that was asked for.
[[nodiscard]] Result<void> print_entry(Session& session, const boost::json::object& entry);

// One line of `giro tail`.
[[nodiscard]] Table entry_table();
[[nodiscard]] Result<void> add_entry(Session& session, Table& table,
                                     const boost::json::object& entry);

}  // namespace giro::cli
