// A command as canonical bytes, and remade from them, equal: for a log of groups that other machines
// apply too, and for simulations.
//
// What always holds:
//   - a command has one form, and no other is read: equal bytes are equal commands, and the other way
//     round;
//   - what was read keeps every rule that deciding relies on, whatever the bytes: amounts above 0, two
//     accounts, sizes. What a key may look like, or which currencies ISO 4217 knows, was asked by the
//     check() of the release that took the command on, and isn't asked again: a log must mean the same
//     to every release that reads it.
//
// The form, whose numbers are never reused (ledger/bytes.hpp; text1, text2: with a length of one or two
// bytes):
//   payment       u8 1, u8 dry_run, text1 key, u16 legs, for each: text1 from, text1 to, i64 amount,
//                 text1 currency; u16 which options are there (a bit each, in this order), and these:
//                 u16 code, text1 reference, text2 description, text2 metadata, text1 effective_date,
//                 i64 deadline (ns since 1970), u64 if_version, i64 if_available_gte; up_to: the bit alone
//                 A payment from dry_run on: `payment` below.
//   open account  u8 2, text1 id, text1 currency, u8 scale, u8 which limits are there (1 floor,
//                 2 ceiling), i64 each; text2 metadata
//   hold          u8 3, payment (of one leg), u8 which terms are there (1 timeout in ns, 2 expires_at), i64 each
//   capture       u8 4, u8 flags (1 dry_run, 2 final, 4 amount), text1 key, reference, i64 amount if there
//   void          u8 5, u8 dry_run, text1 key, reference
//   reversal      u8 6, u8 flags (1 dry_run, 4 amount), text1 key, reference, i64 amount if there, options as
//                 in a payment
//   account change  u8 7, u8 dry_run, text1 key, text1 id, u8 action, u16 which terms are there (1 floor,
//                 2 no floor, 4 ceiling, 8 no ceiling, 16 frozen, 32 metadata, 64 if_version, 128 limits,
//                 256 alerts): i64 floor, i64 ceiling, u8 frozen, text2 metadata, limits, alerts, u64 if_version
//   limits        u8 count, and of each: i64 window, amount, u32 count; alerts: below, above; of these numbers
//                 each behind u8 1, or u8 0 in its place
//   schedule      u8 8, payment, i64 at, u8 which terms are there (1 every, 2 until, 4 count): u8 unit and
//                 u16 count, i64 until, u32 count
//   cancel        u8 9, u8 dry_run, text1 key, reference
//   books         u8 10, u8 flags (1 dry_run, 2 opens, 4 until), text1 key, i32 until if there (days since 1970)
//   reference     text1 key; where that is empty, u64 seq
// Pure functions: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/bytes.hpp"
#include "ledger/command/command.hpp"

namespace giro {

// Appends the command's bytes.
void write_command(const Command& command, std::string& out);

// Takes a command's bytes off. Nothing: they aren't a command's form; the reader has failed.
[[nodiscard]] std::optional<Command> read_command(ByteReader& in);

}  // namespace giro
