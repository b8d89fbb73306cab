// The look-ups of a group of payments, made some payments ahead of their decisions, so that deciding
// never waits for memory: with a million accounts a payment touches a dozen cache lines, each of them
// as far away as a seventh of its whole cost. Each is hashed once. Thread: the ledger's.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "engine/ledger.hpp"

namespace giro {

// Distance between two of the three steps, in payments: each about a microsecond, several times what
// memory takes.
inline constexpr std::size_t kLookAheadStep = 4;
inline constexpr std::size_t kLookAhead = 3 * kLookAheadStep;

// `ledger`: what makes the look-ups, as Ledger does; it outlives this. `command_at(i)`: a pointer to the
// group's i-th command, null where it has something else there.
template <class LookUps, class CommandAt>
class LookAhead {
 public:
  LookAhead(const LookUps& ledger, std::size_t count, CommandAt command_at)
      : ledger_(ledger), count_(count), command_at_(std::move(command_at)) {}

  // The look-up of the i-th command, valid until the next call. REQUIRES: called for those that are
  // commands, in order.
  [[nodiscard]] const Lookup& at(std::size_t i) {
    while (begun_ <= i + kLookAhead) advance();
    return lookups_[i % lookups_.size()];
  }

 private:
  void advance() {
    const std::size_t first = begun_++;
    const Command* command = first < count_ ? command_at_(first) : nullptr;
    if (command != nullptr) slot(first) = ledger_.look_up(*command);
    // These go on past the last item.
    const auto is_item = [&](std::size_t behind) {
      return first >= behind && first - behind < count_;
    };
    if (is_item(kLookAheadStep)) ledger_.fetch_accounts(slot(first - kLookAheadStep));
    if (is_item(2 * kLookAheadStep)) ledger_.fetch_names(slot(first - 2 * kLookAheadStep));
  }
  [[nodiscard]] Lookup& slot(std::size_t i) { return lookups_[i % lookups_.size()]; }

  const LookUps& ledger_;
  std::size_t count_;
  CommandAt command_at_;
  std::array<Lookup, 16> lookups_{};
  std::size_t begun_ = 0;  // The payment whose first step is next.
  static_assert(kLookAhead < std::tuple_size_v<decltype(lookups_)>);
};

}  // namespace giro
