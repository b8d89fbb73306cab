// Where the log's lines go under systemd. A line that is about an event goes to the journal with what it is about in
// fields, which `journalctl GIRO_KEY=inv-17` finds (systemd.io/JOURNAL_NATIVE_PROTOCOL). All others, and those that the
// journal doesn't take at once, go to the stream that it reads, with their priority ("<6>", sd-daemon(3)).
//
// What always holds: it never waits. A process's last words are no events: the journal knows a stream's unit even
// when the process is gone, a message's not always.
// Thread: any.
#pragma once

#include <mutex>
#include <string>

#include <spdlog/sinks/base_sink.h>

#include "daemon/log_sink.hpp"
#include "engine/notice.hpp"

namespace giro {

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  JournalSink(int stream, std::string socket_path);
  JournalSink(const JournalSink&) = delete;
  JournalSink& operator=(const JournalSink&) = delete;
  ~JournalSink() override;

  // The notice that this thread's next line tells; null: none.
  static void about(const Notice* notice);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  [[nodiscard]] bool send(const std::string& fields) const;

  LogSink stream_;
  std::string socket_path_;
  int socket_;
};

}  // namespace giro
