// A group as canonical bytes, and remade from them: for a log of groups that other machines apply too, and for
// simulations.
//
// What always holds: a ledger that applies what was read decides as one that applies what was written: the
// same commands by the same users in the same order, at the same time. Who is waiting for the answers, and
// what rode along and is no part of the group, isn't kept.
//
// The form (ledger/bytes.hpp): u64 index, i64 now (ns since 1970), u32 commands, for each: u32 uid, the command
// (ledger/command/codec.hpp).
// Pure functions: any thread.
#pragma once

#include <optional>
#include <string>

#include "engine/work.hpp"
#include "ledger/bytes.hpp"

namespace giro {

// None of its items is a part of it: they ask, or try.
[[nodiscard]] bool is_empty(const WorkGroup& group);

// Appends the group's bytes.
void write_group(const WorkGroup& group, std::string& out);

// Takes a group's bytes off. Nothing: they aren't a group's form; the reader has failed.
[[nodiscard]] std::optional<WorkGroup> read_group(ByteReader& in);

}  // namespace giro
