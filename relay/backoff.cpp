#include "relay/backoff.hpp"

#include <algorithm>
#include <ctime>
#include <string>

#include "protocol/whole_number.hpp"

namespace giro::relay {

Millis backoff_after(const Backoff& backoff, int failures, double chance) {
  Millis wait = backoff.first;
  for (int failure = 1; failure < failures && wait < backoff.most; ++failure) wait *= 2;
  wait = std::min(wait, backoff.most);
  const auto half = wait / 2;
  return half +
         Millis(static_cast<std::int64_t>(static_cast<double>((wait - half).count()) * chance));
}

std::optional<Millis> parse_retry_after(std::string_view value, Time now) {
  if (const auto seconds = protocol::whole_number<std::uint32_t>(value)) {
    return std::min<Millis>(std::chrono::seconds(*seconds), kRetryAfterMax);
  }
  std::tm parts{};
  const std::string text(value);
  // The form that senders must write; older ones are nobody's any more.
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const Time until{std::chrono::seconds(::timegm(&parts))};
  if (until <= now) return std::nullopt;
  return std::min<Millis>(until - now, kRetryAfterMax);
}

}  // namespace giro::relay
