// How long to wait before the next try: twice as long after each failure up to a bound, half of it by
// chance, so that what failed together doesn't come back together. Pure: any thread.
//
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("equal jitter").
// Retry-After: RFC 9110, section 10.2.3.
#pragma once

#include <optional>
#include <string_view>

#include "relay/time.hpp"

namespace giro::relay {

struct Backoff {
  Millis first{1'000};
  Millis most{3'600'000};

  friend bool operator==(const Backoff&, const Backoff&) = default;
};

// After `failures` of them, at least one. `chance`: from 0 to below 1.
[[nodiscard]] Millis backoff_after(const Backoff& backoff, int failures, double chance);

inline constexpr Millis kRetryAfterMax{std::chrono::hours(24)};

// Seconds, or a date of HTTP; never more than a day. Nothing: it is neither, or in the past.
[[nodiscard]] std::optional<Millis> parse_retry_after(std::string_view value, Time now);

}  // namespace giro::relay
