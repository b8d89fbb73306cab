// The look-ups of a group of payments, made some payments ahead of their decisions, so that deciding
// never waits for memory: with a million accounts a payment touches a dozen cache lines, each of them
// as far away as a seventh of its whole cost. Each is hashed once. Thread: the store's.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "ledger/store/store.hpp"

namespace giro::store {

// `payment_at(i)`: a pointer to the group's i-th payment, null where it has something else there.
template <class PaymentAt>
class LookAhead {
 public:
  LookAhead(const Store& store, std::size_t count, PaymentAt payment_at)
      : store_(store), count_(count), payment_at_(std::move(payment_at)) {}

  // The look-up of the i-th payment, valid until the next call. REQUIRES: called for those that are
  // payments, in order.
  [[nodiscard]] const Lookup& at(std::size_t i) {
    while (begun_ <= i + kAhead) advance();
    return lookups_[i % lookups_.size()];
  }

 private:
  // Distances between the steps, in payments: each about a microsecond, several times what memory takes.
  static constexpr std::size_t kStep = 4;
  static constexpr std::size_t kAhead = 3 * kStep;

  void advance() {
    const std::size_t first = begun_++;
    if (first < count_) {
      if (const CheckedPayment* payment = payment_at_(first))
        slot(first) = store_.look_up(*payment);
    }
    // These go on past the last payment.
    if (is_payment(first, kStep)) store_.fetch_accounts(slot(first - kStep));
    if (is_payment(first, 2 * kStep)) store_.fetch_names(slot(first - 2 * kStep));
  }
  [[nodiscard]] bool is_payment(std::size_t first, std::size_t behind) const {
    return first >= behind && first - behind < count_;
  }
  [[nodiscard]] Lookup& slot(std::size_t i) { return lookups_[i % lookups_.size()]; }

  const Store& store_;
  std::size_t count_;
  PaymentAt payment_at_;
  std::array<Lookup, 16> lookups_{};
  std::size_t begun_ = 0;  // The payment whose first step is next.
  static_assert(kAhead < std::tuple_size_v<decltype(lookups_)>);
};

}  // namespace giro::store
