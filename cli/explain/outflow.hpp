// What an account paid within the window of one of its limits, before a decision, added up from its statement by
// the ledger's rules: what goes out counts, a hold when it is made, and what is let go of a hold counts no more.
// A window slides by pieces of a thousandth of it.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/json.hpp>

#include "ledger/money.hpp"

namespace giro::cli {

// What one entry paid or held.
struct PaidOut {
  std::int64_t seq = 0;
  std::int64_t at_ns = 0;
  Int128 amount = 0;
  std::int64_t count = 0;
};

// What an entry let go of a hold that an earlier one made.
struct LetGo {
  std::int64_t by = 0;    // The entry's seq.
  std::int64_t hold = 0;  // The hold's; 0: not known yet.
  Int128 amount = 0;
};

struct Flows {
  std::vector<PaidOut> paid;  // In the order of time.
  std::vector<LetGo> let_go;
};

// `lines`: of a statement, oldest first; `held_before`: what was held out before the first of them.
[[nodiscard]] Flows flows_of(const boost::json::array& lines, std::int64_t held_before);
// Takes what was let go off what the holds counted for.
void take_off(Flows& flows);

struct Used {
  Int128 amount = 0;
  std::int64_t count = 0;
};

// What of it counts in the window at this moment.
[[nodiscard]] Used used_at(const std::vector<PaidOut>& paid, std::int64_t window_ns,
                           std::int64_t at_ns);
// From when on at most `left` of it counts, if nothing else is paid; nothing: not while this is in the window, or
// from `at_ns` on.
[[nodiscard]] std::optional<std::int64_t> room_at(const std::vector<PaidOut>& paid,
                                                  std::int64_t window_ns, std::int64_t at_ns,
                                                  const Used& left);

}  // namespace giro::cli
