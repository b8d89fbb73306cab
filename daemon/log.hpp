// The daemon's log: spdlog to stderr, which it never waits for (daemon/log_sink.hpp). Under systemd
// each line starts with its syslog priority ("<6>"), which journald reads; elsewhere with the time
// and the level. Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include <spdlog/common.h>

namespace giro {

void start_log();
// trace, debug, info, warning, error, critical or off. False: no such level.
[[nodiscard]] bool is_log_level(std::string_view level);
void set_log_level(std::string_view level);
// Each line of the text as one of the log's, with its time or priority.
void log_lines(spdlog::level::level_enum level, std::string_view text);

}  // namespace giro
