// What clients are told when nothing was decided, or nobody knows: what happened, what it means for
// the money, what to do. In one place, so that the same thing has the same words wherever it is met.
// Thread: any.
#pragma once

#include <string_view>

#include "ledger/request.hpp"
#include "queue/bounded_queue.hpp"

namespace giro {

// `what` is full: the queue, a connection's share of it.
[[nodiscard]] Refusal busy(std::string_view what);
// REQUIRES: read_only, shutting_down or outcome_unknown.
[[nodiscard]] Refusal refusal_of(ErrorCode code);
// REQUIRES: not accepted.
[[nodiscard]] Refusal refusal_of(Admission admission);

}  // namespace giro
