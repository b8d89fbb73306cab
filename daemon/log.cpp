#include "daemon/log.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <string>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/journal_sink.hpp"
#include "daemon/log_sink.hpp"

namespace giro {
namespace {

// JOURNAL_STREAM names the device and inode of the stream that journald reads: it is inherited, so
// it counts only when stderr is still that stream.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

spdlog::level::level_enum level_of(std::string_view level) {
  return spdlog::level::from_str(std::string(level));
}

spdlog::level::level_enum level_of(Severity severity) {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                               spdlog::level::err, spdlog::level::critical};
  return kLevels[static_cast<std::size_t>(severity)];
}

}  // namespace

void start_log() {
  std::shared_ptr<spdlog::logger> logger;
  if (stderr_is_journal()) {
    logger = std::make_shared<spdlog::logger>(
        "girod", std::make_shared<JournalSink>(STDERR_FILENO, kJournalSocket));
  } else {
    logger = std::make_shared<spdlog::logger>("girod", std::make_shared<LogSink>(STDERR_FILENO));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
  }
  spdlog::set_default_logger(std::move(logger));
}

// from_str answers `off` for what it doesn't know.
bool is_log_level(std::string_view level) {
  return level == "off" || level_of(level) != spdlog::level::off;
}

void set_log_level(std::string_view level) {
  spdlog::set_level(level_of(level));
}

void log_notice(const Notice& notice) {
  JournalSink::about(&notice);
  spdlog::log(level_of(notice.severity), "{}", notice.text);
  JournalSink::about(nullptr);
}

void log_lines(spdlog::level::level_enum level, std::string_view text) {
  for (const auto line : std::views::split(text, '\n')) {
    spdlog::log(level, "{}", std::string_view(line.begin(), line.end()));
  }
}

}  // namespace giro
