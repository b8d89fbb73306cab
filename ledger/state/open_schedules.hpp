// The scheduled payments that are still to be decided, by their seq, and in the order in which they fall due.
// What is to be paid then stands in the schedule's own entry: there may be very many of them, and most wait
// for long. Thread: the state's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "ledger/command/reference.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

struct OpenSchedule {
  Seq seq = 0;                   // Of the entry that made it.
  Timestamp next_at;             // When it is due next,
  std::uint32_t occurrence = 0;  // and for which time, from 1.
  std::uint16_t legs = 1;        // That it moves then.

  friend bool operator==(const OpenSchedule&, const OpenSchedule&) = default;
};

class OpenSchedules {
 public:
  // Null: it was decided for the last time or cancelled, or it never was.
  [[nodiscard]] const OpenSchedule* find(Seq seq) const {
    const auto found = schedules_.find(seq);
    return found == schedules_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t size() const { return schedules_.size(); }
  [[nodiscard]] auto begin() const { return schedules_.begin(); }
  [[nodiscard]] auto end() const { return schedules_.end(); }

  // As it is from now on; nothing: it isn't open.
  void set(Seq seq, const std::optional<OpenSchedule>& schedule);

  // The one that is due first; null: there is none.
  [[nodiscard]] const OpenSchedule* next() const {
    return due_.empty() ? nullptr : find(due_.begin()->second);
  }
  // How many legs are due by `now`, or more, up to `most`: one that missed many times has many.
  [[nodiscard]] std::size_t legs_due(Timestamp now, std::size_t most) const;

 private:
  std::unordered_map<Seq, OpenSchedule> schedules_;
  std::set<std::pair<Timestamp, Seq>> due_;  // All of them.
};

}  // namespace giro
