#include "daemon/log_sink.hpp"

#include <climits>
#include <string>

#include <poll.h>
#include <unistd.h>

namespace giro {

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (dropped_ > 0 && !say_what_was_dropped()) {
    ++dropped_;
    return;
  }
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (!write({line.data(), line.size()})) ++dropped_;
}

bool LogSink::say_what_was_dropped() {
  const std::string text = std::to_string(dropped_) +
                           " lines of this log were dropped, because its reader took none; "
                           "payments went on";
  spdlog::memory_buf_t line;
  formatter_->format({"girod", spdlog::level::warn, text}, line);
  if (!write({line.data(), line.size()})) return false;
  dropped_ = 0;
  return true;
}

bool LogSink::write(std::string_view line) const {
  // So much goes into a pipe that poll() calls writable, whole and without waiting (pipe(7)).
  std::string cut;
  if (line.size() > PIPE_BUF) {
    cut.append(line.substr(0, PIPE_BUF - 4)).append("...\n");
    line = cut;
  }
  pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, 0) != 1 || (writable.revents & POLLOUT) == 0) return false;
  return ::write(descriptor_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace giro
