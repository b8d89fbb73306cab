// How a total of 128 bits lies in two columns of SQLite, which knows 64: the part below 10^18 in one,
// and how many times 10^18 it has in the other. So SQL can add such totals up, and print them, exactly
// (ledger/store/schema/views.cpp). Values: any thread.
#pragma once

#include <cstdint>

#include "ledger/money.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

inline constexpr std::int64_t kTotalUnit = 1'000'000'000'000'000'000;  // 10^18.

// Both columns, `low` the part below 10^18. REQUIRES: total >= 0.
struct TotalColumns {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
[[nodiscard]] inline TotalColumns split_total(Int128 total) {
  return {.low = static_cast<std::int64_t>(total % kTotalUnit),
          .high = static_cast<std::int64_t>(total / kTotalUnit)};
}

// `low` is the parameter of the part below 10^18, `high` that of the rest. REQUIRES: total >= 0.
inline void bind_total(Statement& statement, int low, int high, Int128 total) {
  const TotalColumns columns = split_total(total);
  statement.bind(low, columns.low).bind(high, columns.high);
}

// Below 0 where the columns hold what bind_total() never writes.
[[nodiscard]] inline Int128 read_total(const Statement& row, int low, int high) {
  const std::int64_t part = row.integer(low);
  if (part < 0 || part >= kTotalUnit || row.integer(high) < 0) return -1;
  return static_cast<Int128>(row.integer(high)) * kTotalUnit + part;
}

// A change may be below 0: then the rest is, and the part below 10^18 stays above, so that both parts add up
// by themselves.
inline void bind_change(Statement& statement, int low, int high, Int128 change) {
  Int128 rest = change / kTotalUnit;
  if (change % kTotalUnit < 0) --rest;
  statement.bind(low, static_cast<std::int64_t>(change - rest * kTotalUnit))
      .bind(high, static_cast<std::int64_t>(rest));
}

[[nodiscard]] inline Int128 read_change(const Statement& row, int low, int high) {
  return Int128{row.integer(high)} * kTotalUnit + row.integer(low);
}

}  // namespace giro::store
