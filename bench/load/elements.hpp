// The elements of payments.submit_many that workloads are made of.
//
// What always holds: element number `i` is a pure function of (plan, i), and its key is that of
// payment `i` of the plan, so keys are unique. An element that needs an earlier one (a capture its
// hold) names it by key; sent in order over one connection, it comes after it.
// Thread: the one of the driver.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "bench/load/payment_maker.hpp"

namespace giro::load {

// Appends one element, with this number.
using Element = std::function<void(std::string& out, std::uint64_t number)>;

[[nodiscard]] Element plain_payments(const PaymentPlan& plan);

// Even numbers are holds, each captured by the odd number after it.
[[nodiscard]] Element holds_and_captures(const PaymentPlan& plan);

// Every method that changes the ledger, in the same proportions in each hundred. What captures,
// voids, reverses, cancels, closes or reopens means something of the hundred before: only in the
// first two hundreds there may be nothing to mean, which is rejected.
inline constexpr std::uint64_t kMixCycle = 100;
[[nodiscard]] Element all_methods(const PaymentPlan& plan);

// A velocity limit for the account of this number, so loose that no payment of a workload meets it,
// and yet each is counted and checked.
[[nodiscard]] Element velocity_limits(const PaymentPlan& plan);

// When holds are to expire: evenly, the first at `begin`, the last before `begin + length`.
struct ExpiryWindow {
  std::chrono::sys_time<std::chrono::milliseconds> begin;
  std::chrono::milliseconds length;
};
[[nodiscard]] Element expiring_holds(const PaymentPlan& plan, const ExpiryWindow& window,
                                     std::uint64_t holds);

}  // namespace giro::load
