// Where the log's lines go: stderr, without ever waiting for its reader. A pipe that nobody empties, a
// terminal that is held or a full disk must not stop payments: such lines are dropped and counted, and
// the count is the first line that gets through again. O_NONBLOCK isn't used: it would change the
// terminal or pipe for every program that shares it. Thread: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include <spdlog/sinks/base_sink.h>

namespace giro {

class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogSink(int descriptor) : descriptor_(descriptor) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  // False: it would have waited, or failed. Nothing of the line was written, or all of it that fits.
  [[nodiscard]] bool write(std::string_view line) const;
  [[nodiscard]] bool say_what_was_dropped();

  int descriptor_;
  std::uint64_t dropped_ = 0;
};

}  // namespace giro
