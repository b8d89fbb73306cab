#include "engine/refusals.hpp"

#include <cassert>
#include <string>

#include <fmt/format.h>

namespace giro {
namespace {

using store::Obstacle;
using store::ObstacleKind;

constexpr std::string_view kThisDecidedNothing =
    "; this request decided nothing (an earlier one with its key may have been decided). ";

std::string_view in_the_way(ObstacleKind kind) {
  switch (kind) {
    case ObstacleKind::disk_full:
      return "the ledger's disk is full";
    case ObstacleKind::not_writable:
      return "the ledger's files can't be written";
    case ObstacleKind::locked:
      return "another program keeps the ledger's file locked";
    case ObstacleKind::file_gone:
      return "the ledger's file was deleted, moved or replaced under the daemon";
    case ObstacleKind::not_durable:
      return "what the ledger holds isn't safely on disk yet after the last start";
    case ObstacleKind::keys_unsealed:
      return "the keys of recent payments can't be written in order, and no more of them fit "
             "memory";
    case ObstacleKind::damaged:
      return "a part of the ledger's file is damaged, and not read as if it weren't";
    case ObstacleKind::io_error:
      break;
  }
  return "the ledger can't be written";
}

std::string_view what_it_means(Asked asked) {
  switch (asked) {
    case Asked::new_key:
      return "; nothing was decided, and nothing was decided under its key before. ";
    case Asked::any_key:
      return kThisDecidedNothing;
    case Asked::question:
      break;
  }
  return "; no money moved, and what was decided isn't told until it is certain. ";
}

std::string_view what_to_do(ObstacleKind kind) {
  switch (kind) {
    case ObstacleKind::disk_full:
      return "Make room on it, and send the request again";
    case ObstacleKind::locked:
      return "Try again in a moment";
    default:
      return "girod's log names the cause: see to it, and send the request again";
  }
}

}  // namespace

Refusal busy(std::string_view what) {
  return {.code = ErrorCode::busy,
          .field = {},
          .message = std::string(what).append(kThisDecidedNothing).append("Try again in a moment")};
}

Refusal refusal_of(ErrorCode code) {
  if (code == ErrorCode::outcome_unknown) {
    return {.code = code,
            .field = {},
            .message =
                "the commit failed, and whether this request took effect shows only after "
                "the restart; ask by key then, or send it again with the same key"};
  }
  assert(code == ErrorCode::shutting_down);
  return {.code = code,
          .field = {},
          .message = std::string("the daemon is stopping")
                         .append(kThisDecidedNothing)
                         .append("Send it again after the restart")};
}

Refusal refusal_of(Admission admission) {
  return admission == Admission::full ? busy("the queue of payments is full")
                                      : refusal_of(ErrorCode::shutting_down);
}

Refusal refusal_of(const Obstacle& obstacle, Asked asked) {
  return {.code = obstacle.kind == ObstacleKind::locked ? ErrorCode::busy : ErrorCode::read_only,
          .field = {},
          .message = std::string(in_the_way(obstacle.kind))
                         .append(what_it_means(asked))
                         .append(what_to_do(obstacle.kind))};
}

Standstill standstill_of(const Obstacle& obstacle) {
  return {.what = obstacle.what,
          .past_is_safe = obstacle.past_is_safe(),
          .new_key = refusal_of(obstacle, Asked::new_key),
          .any_key = refusal_of(obstacle, Asked::any_key),
          .question = refusal_of(obstacle, Asked::question)};
}

Standstill standstill_of(Ordering ordering, const std::string& why) {
  Refusal refusal = busy(why);
  if (ordering == Ordering::lost) {
    refusal = {
        .code = ErrorCode::outcome_unknown,
        .field = {},
        .message =
            why +
            "; whether this request takes effect isn't known yet. Ask by key, here or at another "
            "node, or send it again with the same key"};
  } else if (ordering == Ordering::too_large) {
    refusal = {.code = ErrorCode::too_large,
               .field = {},
               .message = std::string(why).append(kThisDecidedNothing).append("Send it in parts")};
  }
  return {.what = why,
          .past_is_safe = true,
          .new_key = refusal,
          .any_key = refusal,
          .question = refusal};
}

Refusal unreadable(Asked asked) {
  return {
      .code = asked == Asked::question ? ErrorCode::internal : ErrorCode::read_only,
      .field = {},
      .message = std::string("what had to be read for this in the ledger's file is damaged, or its "
                             "disk fails")
                     .append(asked == Asked::question ? "; no money moved. " : kThisDecidedNothing)
                     .append("girod's log names the page: its operator must see to it "
                             "(giro verify)")};
}

Refusal key_conflict(const PaymentKey& key, std::string field) {
  std::string message = "the key ";
  message.append(key.view())
      .append(" already decided another request, which differs in ")
      .append(field)
      .append("; that outcome stands and nothing was decided now");
  return {
      .code = ErrorCode::key_conflict, .field = std::move(field), .message = std::move(message)};
}

Refusal key_of_another_user() {
  return {.code = ErrorCode::key_conflict,
          .field = {},
          .message =
              "the key is another user's; nothing was decided now. Use a key of your own for "
              "this payment"};
}

Refusal refusal_of(const store::KeyUnreadable& keys) {
  return {
      .code = ErrorCode::read_only,
      .field = "key",
      .message = fmt::format(
          "a part of the key index is damaged, so that nobody can tell whether a payment of seq "
          "{} to {} has this key; this request decided nothing (an earlier one with its key may "
          "have been decided). These keys are being made anew from the journal: try again in a "
          "moment",
          keys.first_seq, keys.last_seq)};
}

}  // namespace giro
