#include "cli/output/progress.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

constexpr std::uint64_t kBarWidth = 20;
constexpr std::chrono::milliseconds kInterval{100};

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string progress_line(const ProgressFigures& figures) {
  std::string line;
  if (figures.bytes_total && *figures.bytes_total > 0) {
    const double part = std::min(
        1.0, static_cast<double>(figures.bytes) / static_cast<double>(*figures.bytes_total));
    const auto filled = static_cast<std::size_t>(part * kBarWidth);
    line = fmt::format("[{:-<{}}] {:3.0f}%  ", std::string(filled, '#'), kBarWidth, part * 100);
  }
  line += grouped(figures.rows) + " rows";
  const double seconds = std::chrono::duration<double>(figures.elapsed).count();
  if (seconds > 0.5) {
    const double rate = static_cast<double>(figures.rows) / seconds;
    line += "  " + grouped(static_cast<std::uint64_t>(rate)) + "/s";
  }
  return line;
}

void Progress::show(std::uint64_t rows, std::uint64_t bytes,
                    std::optional<std::uint64_t> bytes_total) {
  const auto now = Clock::now();
  if (now - shown_ < kInterval) return;
  shown_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_);
  show_status_line(progress_line({rows, bytes, bytes_total, elapsed}));
}

void Progress::clear() {
  show_status_line({});
}

}  // namespace giro::cli
