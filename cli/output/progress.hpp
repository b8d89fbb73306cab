// The progress line of a long submission, on stderr and only where that is a terminal.
// Thread: the main one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace giro::cli {

struct ProgressFigures {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;                   // Read so far,
  std::optional<std::uint64_t> bytes_total;  // of so many, where that is known.
  std::chrono::milliseconds elapsed{0};
};

// "[#########-----------]  45%  45,000 rows  90,000/s". Pure.
[[nodiscard]] std::string progress_line(const ProgressFigures& figures);
// 1234567 is "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

class Progress {
 public:
  // Shows the figures, but not more often than a person can read.
  void show(std::uint64_t rows, std::uint64_t bytes, std::optional<std::uint64_t> bytes_total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_;
};

}  // namespace giro::cli
