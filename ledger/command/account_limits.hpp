// What an account's change may set besides its floor and ceiling: limits on what it pays within a window of
// time (velocity limits), and balances at which to tell. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/bytes.hpp"
#include "ledger/money.hpp"

namespace giro {

inline constexpr std::size_t kVelocityLimitsMax = 8;  // An account.
inline constexpr std::uint32_t kVelocityCountMax = 1'000'000'000;
inline constexpr std::int64_t kWindowMin = 60'000'000'000;
inline constexpr std::int64_t kWindowMax = 366 * std::int64_t{86'400'000'000'000};

struct VelocityLimitRequest {
  std::string_view window;  // "24h", as a hold's timeout.
  std::optional<Amount> amount;
  std::optional<std::int64_t> count;
};

// At most so much out of an account, and so many payments out, within any time of this length. One of both
// at least.
struct VelocityLimit {
  std::int64_t window_ns = 0;
  std::optional<Amount> amount;
  std::optional<std::uint32_t> count;

  friend bool operator==(const VelocityLimit&, const VelocityLimit&) = default;
};

// The entry that takes a balance from one side of a line to the other says so.
struct AlertLines {
  std::optional<Amount> below;  // From here or above it to less.
  std::optional<Amount> above;  // From here or below it to more.

  [[nodiscard]] bool empty() const { return !below && !above; }
  friend bool operator==(const AlertLines&, const AlertLines&) = default;
};

// Whether it keeps the rules of a limit.
[[nodiscard]] bool is_valid(const VelocityLimit& limit);

// As bytes, and back. What breaks a rule makes `in` fail.
void write_limits(const std::vector<VelocityLimit>& limits, ByteWriter& out);
void write_alerts(const AlertLines& alerts, ByteWriter& out);
[[nodiscard]] std::vector<VelocityLimit> read_limits(ByteReader& in);
[[nodiscard]] AlertLines read_alerts(ByteReader& in);

}  // namespace giro
