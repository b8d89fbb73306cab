// The hash of client-chosen text: SipHash-2-4 with a secret, so that no client can choose ids or
// keys that collide (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). Pure: any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace giro {

using HashSecret = std::array<std::uint8_t, 16>;

[[nodiscard]] std::uint64_t hash(const HashSecret& secret, std::string_view text);

}  // namespace giro
