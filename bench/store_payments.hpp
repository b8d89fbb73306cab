// The payments that the benchmarks of the ledger decide: random keys of 32 digits, random pairs of
// accounts without floors, so that all of them apply. The same seed gives the same payments.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "engine/ledger.hpp"

namespace giro::bench {

inline constexpr std::size_t kGroup = 8'189;  // Payments in one transaction.

[[nodiscard]] Timestamp now();
// Opens account `number`, without a floor.
[[nodiscard]] CheckedOpenAccount make_account(std::uint64_t number);
// Opens `count` accounts, in groups.
void open_accounts(Ledger& ledger, std::uint64_t count);
// REQUIRES: from != to.
[[nodiscard]] CheckedPayment make_payment(std::mt19937_64& random, std::uint64_t from,
                                          std::uint64_t to);
// What the I/O thread would hand over. REQUIRES: accounts >= 2.
[[nodiscard]] std::vector<Command> make_payments(std::mt19937_64& random, std::size_t count,
                                                 std::uint64_t accounts);
// Holds, each followed by its capture. REQUIRES: `count` is even, accounts >= 2.
[[nodiscard]] std::vector<Command> make_holds(std::mt19937_64& random, std::size_t count,
                                              std::uint64_t accounts);
// Decides them as one group, prefetching as the daemon does, and commits. Ends the program if the
// commit fails.
void commit(Ledger& ledger, const std::vector<Command>& commands);

}  // namespace giro::bench
