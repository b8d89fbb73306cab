// The two ways in which a request doesn't take effect, and their published names.
//
//   Rejection  decided: kept in the journal with a seq, never evaluated again.
//   ErrorCode  nothing decided: the key is unused (but for key_conflict, where the earlier outcome
//              stands, and outcome_unknown, which the restart settles).
//
// Names and numbers are published: never reused, never renamed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace giro {

// In the order of their precedence: a request that breaks several rules gets the first of them.
enum class Rejection : std::uint8_t {
  none = 0,  // Applied.
  deadline_passed = 1,
  account_unknown = 2,
  account_exists_with_different_currency = 3,
  account_exists_with_different_floor = 4,
  account_exists_with_different_ceiling = 5,
  account_exists_with_different_metadata = 6,
  currency_mismatch = 10,
  hold_unknown = 11,
  not_a_hold = 12,
  hold_captured = 13,
  hold_voided = 14,
  hold_expired = 15,
  capture_exceeds_hold = 16,
  original_unknown = 17,
  not_reversible = 18,
  reversal_not_divisible = 19,
  reversal_exceeds_original = 20,
  schedule_unknown = 21,
  not_a_schedule = 22,
  schedule_decided = 23,
  schedule_cancelled = 24,
  schedule_passed = 25,
  books_closed = 26,
  books_not_over = 27,
  books_not_closed = 28,
  account_closed = 30,
  account_not_closed = 31,
  account_frozen = 32,
  account_not_empty = 33,
  account_has_holds = 34,
  // 35 to 49 are reserved.
  precondition_version = 50,
  precondition_balance = 51,
  overflow = 60,
  insufficient_funds = 61,
  ceiling_exceeded = 62,
  velocity_exceeded = 63,
  leg_failed = 70,
  group_failed = 71,
};

enum class ErrorCode : std::uint8_t {
  malformed,
  unknown_method,
  unknown_field,
  too_large,
  unauthorized,
  invalid_value,  // Published as invalid_<field>, the last part of the field's path.
  same_account,
  account_unknown,  // For a question about an account; a payment is rejected instead.
  busy,
  read_only,
  shutting_down,
  outcome_unknown,
  key_conflict,
  internal,
};

// Every one but `none`, in the order of precedence: that of the table in docs/PROTOCOL.md.
[[nodiscard]] std::span<const Rejection> all_rejections();
[[nodiscard]] std::string_view name(Rejection code);
[[nodiscard]] std::string_view name(ErrorCode code);
[[nodiscard]] std::optional<Rejection> rejection_of(std::string_view name);

// One sentence for a person: what happened, what it means for the money, what to do.
[[nodiscard]] std::string_view explain(Rejection code);

}  // namespace giro
