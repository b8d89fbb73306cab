// The daemon's log: spdlog to stderr, which it never waits for (daemon/log_sink.hpp), each line with its time and level;
// under systemd to the journal (daemon/journal_sink.hpp). Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include <spdlog/common.h>

#include "engine/notice.hpp"

namespace giro {

void start_log();
// trace, debug, info, warning, error, critical or off. False: no such level.
[[nodiscard]] bool is_log_level(std::string_view level);
void set_log_level(std::string_view level);
void log_notice(const Notice& notice);
// Each line of the text as one of the log's, with its time or priority.
void log_lines(spdlog::level::level_enum level, std::string_view text);

}  // namespace giro
