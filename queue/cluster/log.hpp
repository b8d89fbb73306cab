// The log that several nodes share: a stream of groups a node, all of them in one order. What is asked of it, and what
// it answers, later and in its own time: nothing here waits.
//
// What always holds, or the log is none: a group that was appended stays as it is, at its place, until it is
// truncated; a node's groups have the numbers 1, 2, ... and the order of all groups keeps theirs; a pull shows one
// moment of the log.
//
// Thread: one at a time; in the daemon the log thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "queue/cluster/streams.hpp"

namespace giro::cluster {

// A group's place in the one order.
using Revision = std::uint64_t;

struct Record {
  NodeName node;
  std::uint64_t number = 0;
  Revision revision = 0;
  std::string sealed;  // An Envelope's bytes.
};

// --- what comes from it ---

// What became of the append in flight.
struct Appended {
  enum class Fate : std::uint8_t {
    appended,
    taken,     // There is a group of that number: `sealed` is what it has.
    no_place,  // The stream ends elsewhere: its end must be looked at again.
    foreign,   // The log isn't this ledger's.
    not_sent,  // Nothing of it left this process.
    unknown,   // It may be there, or come to be there.
  };
  Fate fate = Fate::unknown;
  Revision revision = 0;     // Of `appended`: the group's,
  std::uint64_t groups = 0;  // and how many there are up to it, the truncated ones too.
  std::string sealed = {};
  std::string trouble = {};  // Of not_sent and unknown: why.
};

// A moment of the log, behind what was asked for.
struct Pulled {
  bool ok = false;
  std::string trouble = {};  // Why not.
  bool is_foreign = false;   // The log isn't this ledger's.
  bool is_latest = false;    // A quorum said so; otherwise the own member may lag behind.
  Revision revision = 0;     // Of that moment.
  std::uint64_t groups = 0;  // In all, the truncated ones too.
  Streams streams = {};      // Of each node.
  Streams truncated = {};    // Up to these nothing is there any more.
  std::vector<Record> groups_found = {};  // Of each stream its next ones, without gaps,
  std::set<NodeName> cut = {};            // all of them but for these streams.
};

// What each node last said of itself (Announcement's text), of this one before what it says now; and how many groups and
// bytes the log has.
struct Census {
  bool ok = false;
  std::uint64_t groups = 0;  // In all, as a quorum has it.
  std::map<NodeName, std::string> announcements = {};
  std::uint64_t log_bytes = 0;
  std::uint64_t log_bytes_used = 0;  // Of them: the rest is room for more.
  std::uint64_t log_bytes_max = 0;
};

// Something was appended by somebody, this node too, up to there.
struct Rang {
  Revision revision = 0;
};

using LogEvent = std::variant<Appended, Pulled, Census, Rang>;

class Log {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Behind this node's own group `number - 1`. REQUIRES: none is in flight. The same bytes may be sent again.
  virtual void append(std::uint64_t number, std::string sealed) = 0;
  // What follows `streams`. `latest`: as a quorum has it. REQUIRES: none is in flight.
  virtual void pull(const Streams& streams, bool latest) = 0;
  // Puts this node's announcement, and takes those of all. REQUIRES: none is in flight.
  virtual void announce(std::string text) = 0;
  // Removes what all need no more. Answers nothing.
  virtual void truncate(const Streams& below) = 0;
  // Removes a node's announcement, as the last census had it: nobody waits for it any more. Answers nothing.
  virtual void forget(const NodeName& node) = 0;
  // The next that came; nothing: it is all.
  [[nodiscard]] virtual std::optional<LogEvent> next_event(Moment now) = 0;

 protected:
  ~Log() = default;
};

}  // namespace giro::cluster
