// UUID version 7 (RFC 9562): keys for payments whose user gave none. They sort by time.
// Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace giro::cli {

// Pure: the time's lower 48 bits, then the random bytes, with version and variant set.
[[nodiscard]] std::string uuid7(std::uint64_t unix_ms, const std::array<std::uint8_t, 10>& random);
// From the clock and the kernel's random numbers.
[[nodiscard]] std::string make_uuid7();

}  // namespace giro::cli
