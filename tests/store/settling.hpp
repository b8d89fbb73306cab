// Checked requests about what an earlier entry left open, in one line.
#pragma once

#include <optional>
#include <string_view>

#include "tests/store/test_ledger.hpp"

namespace giro::test {

// The entry that a request names.
inline ReferenceRequest by(std::string_view key) {
  return {.key = key, .seq = {}};
}

inline CheckedHold hold_of(std::string_view key, const LegRequest& leg,
                           std::optional<std::string_view> timeout = {}) {
  HoldRequest request{.payment = payment(leg), .timeout = timeout, .expires_at = {}};
  request.payment.key = key;
  return checked(request);
}
inline CheckedCapture capture_of(std::string_view key, const ReferenceRequest& hold,
                                 std::optional<Amount> amount = {}, bool final = false) {
  return *CheckedCapture::check(
      {.key = key, .hold = hold, .amount = amount, .final = final, .dry_run = false});
}
inline CheckedVoid void_of(std::string_view key, const ReferenceRequest& hold) {
  return *CheckedVoid::check({.key = key, .hold = hold, .dry_run = false});
}
inline CheckedReversal reversal_of(std::string_view key, const ReferenceRequest& original,
                                   std::optional<Amount> amount = {}) {
  return *CheckedReversal::check(
      {.key = key, .original = original, .amount = amount, .options = {}, .dry_run = false});
}
inline CheckedCancel cancel_of(std::string_view key, const ReferenceRequest& schedule) {
  return *CheckedCancel::check({.key = key, .schedule = schedule, .dry_run = false});
}

}  // namespace giro::test
