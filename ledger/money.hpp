// Money is a whole number of minor units (cents) of one currency; never a floating point number.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/inline_text.hpp"

namespace giro {

using Amount = std::int64_t;            // Minor units.
__extension__ typedef __int128 Int128;  // For sums of amounts; NOLINT(modernize-use-using)

inline constexpr Amount kAmountMax = std::numeric_limits<Amount>::max();
// No floor and no ceiling are the ends of the range, so that one comparison serves all accounts.
inline constexpr Amount kNoFloor = std::numeric_limits<Amount>::min();
inline constexpr Amount kNoCeiling = std::numeric_limits<Amount>::max();
inline constexpr int kScaleMax = 18;  // 10^18 is the largest power of ten in an int64.

struct Currency {
  CurrencyCode code;
  int scale = 0;  // Digits after the decimal point.

  friend bool operator==(const Currency&, const Currency&) = default;
};

// The scale of an ISO 4217 currency that is in use for payments, or nothing for other codes.
// Source: ISO 4217:2015, table A.1 as amended up to number 176 (funds and metals left out).
[[nodiscard]] std::optional<int> iso_scale(std::string_view code);

// 2 to 12 characters, A-Z and 0-9, a letter first: ISO codes, and declared ones such as PTS or BTC.
[[nodiscard]] bool is_currency_code(std::string_view code);

// The exact sum or difference, or nothing when it doesn't fit 64 bits.
[[nodiscard]] inline std::optional<Amount> checked_add(Amount a, Amount b) {
  const Int128 sum = static_cast<Int128>(a) + b;
  if (sum > kAmountMax || sum < std::numeric_limits<Amount>::min()) return std::nullopt;
  return static_cast<Amount>(sum);
}

// The digits of a whole number, with a minus where it is below 0.
[[nodiscard]] std::string format_integer(Int128 number);

// 1250 with scale 2 is "12.50"; -5 is "-0.05"; with scale 0 there is no point.
[[nodiscard]] std::string format_decimal(Int128 minor_units, int scale);
// The same, of a whole number that is text already.
[[nodiscard]] std::string with_point(std::string digits, int scale);

enum class DecimalError { malformed, too_precise, out_of_range };

// "12.5" with scale 2 is 1250. Digits, an optional leading minus, at most one point; no exponent,
// no grouping. More decimals than the scale are refused, zeros too: "1.000 EUR" is likely a
// thousand that somebody grouped.
[[nodiscard]] std::expected<Amount, DecimalError> parse_decimal(std::string_view text, int scale);

}  // namespace giro
