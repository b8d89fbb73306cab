// A posting as JSON: the fields of an object that is open. Thread: any, one at a time.
#pragma once

#include <string_view>

#include "engine/account_book.hpp"
#include "ledger/entry/posting.hpp"
#include "protocol/json_writer.hpp"

namespace giro {

// A rejected payment saw balances only where it knew both accounts.
[[nodiscard]] bool has_balances(const Posting& posting);
void write_balances(protocol::JsonWriter& json, const Posting& posting);
// Balances are in their accounts' own currencies, which may not be the one that was asked for: that is
// what the payment was rejected for.
void write_balances(protocol::JsonWriter& json, const Posting& posting, const CurrencyCode& asked,
                    const AccountBook& accounts);
void write_held(protocol::JsonWriter& json, std::string_view in, std::string_view out,
                const Held& held);
// What is held on both accounts; most have nothing.
void write_held(protocol::JsonWriter& json, const Posting& posting);
// Which alert lines it crossed: of either account, and of each.
void write_crossed(protocol::JsonWriter& json, const Posting& posting);

}  // namespace giro
