// What whoever runs Giro is told: a line of the log, and for programs that look through it which event it is and what
// it is about. Values: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/command/reference.hpp"

namespace giro {

enum class Severity : std::uint8_t { debug, info, warning, error, critical };

// daemon/message_ids.hpp has a number for each, for ever.
enum class Event : std::uint8_t {
  other,
  ready,         // The daemon takes requests.
  stopping,      // It takes no more.
  reloaded,      // Its settings were read again,
  not_reloaded,  // or are wrong, and stay as they were.
  blocked,       // Nothing can be decided for now,
  unblocked,     // and again it can.
  clock,         // The ledger's time and the system's part, or meet.
  log_grows,     // The write-ahead log can't be emptied,
  log_emptied,   // and again it can.
  keys,          // Upkeep of the keys is held up, or again isn't.
  damaged,       // The ledger is damaged: an audit found it, or a page was read.
  refused,       // A user may not do what it asked for.
  sent_away,     // A client came for whom there is no room.
  cut_off,       // A client read nothing for too long.
  socket_lost,   // The socket's file was removed or replaced.
  decided,       // A decision is durable.
};

struct Notice {
  Severity severity;
  Event event = Event::other;
  std::string text;
  // What it is about, if it is.
  Seq seq = 0;
  std::optional<std::uint32_t> uid = {};
  std::string node = {};  // Where that user asked, in a cluster.
  std::string key = {};
  std::vector<std::string> accounts = {};
};

// To the operator's log.
using Tell = std::function<void(const Notice&)>;

}  // namespace giro
