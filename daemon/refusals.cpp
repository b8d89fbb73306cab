#include "daemon/refusals.hpp"

#include <cassert>
#include <string>

namespace giro {
namespace {

std::string_view message_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::read_only:
      return "the disk is full, so nothing was decided and the key is unused; make room on it, and "
             "send the request again";
    case ErrorCode::outcome_unknown:
      return "the commit failed, and whether it took effect shows only after the restart; ask by "
             "key then, or send the request again with the same key";
    default:
      assert(code == ErrorCode::shutting_down);
      return "the daemon is stopping, so nothing was decided and the key is unused; send the "
             "request again after its restart";
  }
}

}  // namespace

Refusal busy(std::string_view what) {
  return {.code = ErrorCode::busy,
          .field = {},
          .message = std::string(what) +
                     "; nothing was decided and the key is unused. Try again in a moment"};
}

Refusal refusal_of(ErrorCode code) {
  return {.code = code, .field = {}, .message = std::string(message_of(code))};
}

Refusal refusal_of(Admission admission) {
  return admission == Admission::full ? busy("the queue of payments is full")
                                      : refusal_of(ErrorCode::shutting_down);
}

}  // namespace giro
