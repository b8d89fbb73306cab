// Warnings that clients can cause as often as they like: refused users, connections over the limit.
//
// What always holds: a cause has at most one line a minute, and its next line tells how often it came
// meanwhile; so many causes at most are told apart, the rest share one. No timer: an idle daemon sleeps.
// Thread: the I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/notice.hpp"

namespace giro {

class CauseLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kEvery{1};
  static constexpr std::size_t kCausesMax = 256;

  void warn(const std::string& cause, Notice notice);
  // Whether the cause gets a line now: how often it came since its last one.
  [[nodiscard]] std::optional<std::uint64_t> line_due(const std::string& cause,
                                                      Clock::time_point now);

 private:
  struct Cause {
    Clock::time_point logged;
    std::uint64_t since = 0;
  };
  std::unordered_map<std::string, Cause> causes_;
};

}  // namespace giro
