// The ledger's time: the system's clock, held to what the steady clock says can be.
//
// What always holds: from one reading to the next the time rises by no more than the steady time that
// passed and a tenth of it, so that a system clock which jumps ahead never reaches deadlines. It catches
// up by that tenth if the jump stays, so that no wrong moment is for ever; a restart takes the system's
// time at once (after check_start_clock). Where the system's clock goes back, this one follows, and may
// return at once to where it was: only what lies beyond is a jump. Why a tenth: NTP steps of a second are
// caught up with within ten, and an hour that was wrong moves deadlines by six minutes.
//
// Thread: one at a time; in the daemon the commit thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/timestamp.hpp"

namespace giro {

class LedgerClock {
 public:
  struct Sources {
    std::function<Timestamp()> real;    // The system's: may jump.
    std::function<Timestamp()> steady;  // Never jumps, and goes on while the machine sleeps.
  };
  static Sources system_sources();

  explicit LedgerClock(Sources sources = system_sources());

  [[nodiscard]] Timestamp now();

  enum class State : std::uint8_t {
    agrees,     // It is the system's time.
    held_back,  // The system's clock jumped ahead: this one follows slowly.
    set_back,   // The system's clock went back behind a time that was read before.
  };
  [[nodiscard]] State state() const { return state_; }
  // The system's time less this one's, at the last reading.
  [[nodiscard]] std::int64_t ahead_ns() const { return ahead_ns_; }
  // After a change of state, once: a sentence for the log.
  [[nodiscard]] std::optional<std::string> take_news();

 private:
  void note(Timestamp real, Timestamp now);

  Sources sources_;
  std::int64_t trusted_offset_;  // Real less steady time: as far as real time is believed.
  Timestamp last_steady_;
  Timestamp latest_;  // The latest time that was read.
  State state_ = State::agrees;
  std::int64_t ahead_ns_ = 0;
  std::optional<std::string> news_;
};

[[nodiscard]] std::string_view name(LedgerClock::State state);

// What the system says of its clock, by adjtimex(2).
enum class ClockSync : std::uint8_t { synchronised, not_synchronised, unknown };
[[nodiscard]] ClockSync clock_sync();

// A clock at a start, beside the time of the ledger's last entry.
struct StartClock {
  std::string words;     // For the operator; empty: nothing is unusual.
  bool refused = false;  // Deciding with it may be for ever: only with --accept-clock.
};
// Refused: more than a minute behind the last entry; or more than a day ahead of it, and the system says
// that its clock isn't synchronised.
[[nodiscard]] StartClock check_start_clock(Timestamp last_entry, Timestamp real, ClockSync sync);

}  // namespace giro
