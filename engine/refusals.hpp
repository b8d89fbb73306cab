// Refusals that don't come from a field of the request: what is in the way, what it means for this
// request, what to do. None of them says more than is known: that this request decided nothing doesn't
// mean that its key decided nothing before. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/command/request.hpp"
#include "ledger/store/sqlite/obstacle.hpp"
#include "ledger/store/store.hpp"
#include "queue/bounded_queue.hpp"
#include "queue/group_source.hpp"

namespace giro {

// What is known of a request that is refused.
enum class Asked : std::uint8_t {
  new_key,   // Its key was looked up, and has decided nothing.
  any_key,   // Nobody looked.
  question,  // It changes nothing.
};

[[nodiscard]] Refusal busy(std::string_view what);
// REQUIRES: shutting_down or outcome_unknown.
[[nodiscard]] Refusal refusal_of(ErrorCode code);
// REQUIRES: not accepted.
[[nodiscard]] Refusal refusal_of(Admission admission);
// The ledger can't be written for now: `busy` where another program keeps it locked, else `read_only`.
[[nodiscard]] Refusal refusal_of(const store::Obstacle& obstacle, Asked asked);

// Why nothing new can be decided for now.
struct Standstill {
  std::string what;          // For the operator.
  bool past_is_safe = true;  // What was decided before may be told.
  Refusal new_key;           // What each is answered.
  Refusal any_key;
  Refusal question;
};
[[nodiscard]] Standstill standstill_of(const store::Obstacle& obstacle);
// Of items that have no order. REQUIRES: they aren't ordered.
[[nodiscard]] Standstill standstill_of(Ordering ordering, const std::string& why);

// The key already decided another request, which differs in `field`.
[[nodiscard]] Refusal key_conflict(const PaymentKey& key, std::string field);
// Keys are one namespace, so that it must be said that this one is taken; what it decided is told only to
// whom it belongs.
[[nodiscard]] Refusal key_of_another_user();
// Whether the request's key decided something before can't be told for now.
[[nodiscard]] Refusal refusal_of(const store::KeyUnreadable& keys);
// What had to be read for this can't be.
[[nodiscard]] Refusal unreadable(Asked asked);

}  // namespace giro
