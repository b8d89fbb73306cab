#include "daemon/log.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log_sink.hpp"

namespace giro {
namespace {

// sd-daemon(3): the priority in angle brackets at the start of a line.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr std::array<std::string_view, 7> kPriorities{"<7>", "<7>", "<6>", "<4>",
                                                          "<3>", "<2>", "<6>"};
    const auto level = static_cast<std::size_t>(message.level);
    const std::string_view text = kPriorities[level < kPriorities.size() ? level : 2];
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

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

}  // namespace

void start_log() {
  auto logger = std::make_shared<spdlog::logger>("girod", std::make_shared<LogSink>(STDERR_FILENO));
  if (stderr_is_journal()) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<PriorityFlag>('*').set_pattern("%*%v");
    logger->set_formatter(std::move(formatter));
  } else {
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

void log_lines(spdlog::level::level_enum level, std::string_view text) {
  for (const auto line : std::views::split(text, '\n')) {
    spdlog::log(level, "{}", std::string_view(line.begin(), line.end()));
  }
}

}  // namespace giro
