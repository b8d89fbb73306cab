// What a node says of itself every second, as a line that an operator can read, too; and what follows from what all say:
// whose clock is off, what nobody needs any more, by which rules new groups are made. Pure, but for ClockGuard: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/timestamp.hpp"
#include "queue/cluster/envelope.hpp"
#include "queue/cluster/streams.hpp"

namespace giro::cluster {

struct Announcement {
  Applied applied;
  Timestamp clock;
  std::uint16_t rules = 0;  // The newest that it knows.
  std::string version;      // Of girod.
  std::string state;        // "serving", "catching_up", ...
  Streams durable;          // What a restart of it needs no more.
  std::uint64_t run = 0;    // Of the process that says it; 0: it doesn't tell.

  friend bool operator==(const Announcement&, const Announcement&) = default;
};

// "index=19 digest=... clock=2026-11-23T09:00:00Z rules=1 version=0.1.0 state=serving streams=a=12,b=7
// run=5f0e..."; what a newer release adds at the end is passed over.
[[nodiscard]] std::string text_of(const Announcement& announcement);
// Nothing: it isn't such a line.
[[nodiscard]] std::optional<Announcement> read_announcement(std::string_view text);

using Announcements = std::map<NodeName, Announcement>;

// What every node has durably: a log needs these groups no more. Empty: nobody said anything.
[[nodiscard]] Streams all_have(const Announcements& all);
// The newest rules that every node knows; 0: nobody said anything.
[[nodiscard]] std::uint16_t rules_of_all(const Announcements& all);

// Compares this node's clock with the others'. An announcement is up to kAgeMax old when it is read, so that a clock
// which seems to be behind by no more may be right; of kReadings the one that seems least behind counts.
class ClockGuard {
 public:
  static constexpr std::size_t kReadings = 10;
  static constexpr std::chrono::nanoseconds kOffMax = std::chrono::seconds(1);
  // They come every second, and go through two members.
  static constexpr std::chrono::nanoseconds kAgeMax = std::chrono::milliseconds(1'500);

  // `own`: the time at which these were read.
  void note(const NodeName& self, const Announcements& all, Timestamp own);
  // The clock of most nodes less this one's: the least that it can be. Before it has served a node isn't one of them: it is
  // held to those that serve, even a single one, which set the ledger's time.
  [[nodiscard]] std::chrono::nanoseconds offset(bool has_served) const;
  [[nodiscard]] bool is_off(bool has_served) const;

 private:
  struct Readings {
    Timestamp last;
    bool serves = false;
    std::deque<std::int64_t> offsets = {};
  };
  std::map<NodeName, Readings> readings_;
};

}  // namespace giro::cluster
