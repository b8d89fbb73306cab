// What the fuzzing feeds: each takes any bytes, and throws BrokenPromise where a part doesn't keep what it promises of
// them. The same bytes always do the same.
// Thread: one at a time.
#pragma once

#include <string_view>

namespace giro::fuzz {

// --- what clients send, and what people write ---
void fuzz_session(std::string_view bytes);     // Lines of JSON-RPC.
void fuzz_http(std::string_view bytes);        // The same socket, in HTTP.
void fuzz_amounts(std::string_view bytes);     // Decimals of every scale.
void fuzz_times(std::string_view bytes);       // Times, days, durations, intervals.
void fuzz_girod_toml(std::string_view bytes);  // The daemon's settings.
void fuzz_relay_toml(std::string_view bytes);  // The relay's.
void fuzz_rows(std::string_view bytes);        // CSV and NDJSON of `giro submit`.
void fuzz_bank_csv(std::string_view bytes);    // A bank's CSV, and the rules for it.
void fuzz_pain001(std::string_view bytes);
void fuzz_camt053(std::string_view bytes);

// --- what the ledger does ---
void fuzz_groups(std::string_view bytes);      // Groups of commands, applied to a state.
void fuzz_operations(std::string_view bytes);  // Commands of every kind, beside the second model.
void fuzz_ledgers(std::string_view bytes);     // The same with files, restarts and crashes.

// --- what lies on a disk ---
void fuzz_damage(std::string_view bytes);    // A ledger that is opened, and what a disk did to it.
void fuzz_segments(std::string_view bytes);  // A backup, damaged, and made by somebody else.
void fuzz_checkpoints(std::string_view bytes);   // Signed notes.
void fuzz_etcd_answers(std::string_view bytes);  // In a build that has the cluster.

}  // namespace giro::fuzz
