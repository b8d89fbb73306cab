// Signatures as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over "id.timestamp.body" with the
// endpoint's secret, "v1," and base64. While a secret is being changed both sign, and the receiver takes
// whichever it knows. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace giro::relay {

using Secret = std::vector<unsigned char>;
inline constexpr std::size_t kSecretBytesMin = 24;
inline constexpr std::size_t kSecretBytesMax = 64;

// "whsec_" and base64 of 24 to 64 bytes. Nothing: it isn't that.
[[nodiscard]] std::optional<Secret> parse_secret(std::string_view text);

// The header's value: one signature a secret, with blanks between them.
[[nodiscard]] std::string sign(std::span<const Secret> secrets, std::string_view id,
                               std::int64_t timestamp_s, std::string_view body);

}  // namespace giro::relay
