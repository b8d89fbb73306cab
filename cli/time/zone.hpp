// The zone in which a person's days begin and end: $TZ or the system's, or the one that --zone names.
//
// What always holds: there is one a process, as the C library has it; take_zone() comes before everything that asks.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <string>

namespace giro::cli {

// UTC, or a name of the zoneinfo database.
[[nodiscard]] bool is_zone(const std::string& name);
// Empty: the local one. REQUIRES: empty, or is_zone().
void take_zone(const std::string& name);
// "Europe/Vienna", "UTC"; "local time" where the system doesn't name it.
[[nodiscard]] std::string zone_name();
// How far its clocks are ahead of UTC at this time: seconds since 1970, and seconds.
[[nodiscard]] std::int64_t zone_offset_at(std::int64_t utc_seconds);

}  // namespace giro::cli
