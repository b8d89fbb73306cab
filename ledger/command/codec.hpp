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
//   open account  u8 2, text1 id, text1 currency, u8 scale, u8 which limits are there (1 floor,
//                 2 ceiling), i64 each; text2 metadata
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
