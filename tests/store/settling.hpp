// Checked requests about what an earlier entry left open, each under a key of its own, in one line.
#pragma once

#include <optional>
#include <string_view>

#include "tests/ledger/builders.hpp"

namespace giro::test {

template <class Request>
auto checked_as(std::string_view key, Request request) {
  request.key = key;
  return checked(request);
}

inline CheckedHold hold_of(std::string_view key, const LegRequest& leg,
                           std::optional<std::string_view> timeout = {}) {
  return checked(hold(leg, [&](HoldRequest& request) {
    request.payment.key = key;
    request.timeout = timeout;
  }));
}
inline CheckedCapture capture_of(std::string_view key, const ReferenceRequest& hold,
                                 std::optional<Amount> amount = {}, bool final = false) {
  return checked_as(key, capture(hold, [&](CaptureRequest& request) {
                      request.amount = amount;
                      request.final = final;
                    }));
}
inline CheckedVoid void_of(std::string_view key, const ReferenceRequest& hold) {
  return checked_as(key, release(hold));
}
inline CheckedReversal reversal_of(std::string_view key, const ReferenceRequest& original,
                                   std::optional<Amount> amount = {}) {
  return checked_as(key,
                    reversal(original, [&](ReversalRequest& request) { request.amount = amount; }));
}
inline CheckedCancel cancel_of(std::string_view key, const ReferenceRequest& schedule) {
  return checked_as(key, cancel(schedule));
}

}  // namespace giro::test
