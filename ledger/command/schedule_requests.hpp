// Requests about payments that are decided later, before and after their checks.
//
//   schedule  a payment to come, once or again and again (a standing order)
//   cancel    ends that before its time, or before its next time
//
// Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ledger/command/reference.hpp"
#include "ledger/command/request.hpp"
#include "ledger/recurrence.hpp"

namespace giro {

struct ScheduleRequest {
  PaymentRequest payment;
  std::string_view at;
  std::optional<std::string_view> every;  // "P1D", "P2W", "P1M", "P1Y".
  std::optional<std::string_view> until;
  std::optional<std::int64_t> count;
};

struct CancelRequest {
  std::string_view key;
  ReferenceRequest schedule;
  bool dry_run = false;
};

// A payment, of one leg or of several, that is judged when its time comes.
class CheckedSchedule {
 public:
  [[nodiscard]] static std::expected<CheckedSchedule, Refusal> check(
      const ScheduleRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return payment_.key(); }
  [[nodiscard]] bool dry_run() const { return payment_.dry_run(); }
  [[nodiscard]] const CheckedPayment& payment() const { return payment_; }
  [[nodiscard]] const ScheduleTerms& terms() const { return payment_.more_->schedule; }

  friend bool operator==(const CheckedSchedule&, const CheckedSchedule&) = default;

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  CheckedSchedule(CheckedPayment payment, const ScheduleTerms& terms);

  CheckedPayment payment_;
};

class CheckedCancel {
 public:
  [[nodiscard]] static std::expected<CheckedCancel, Refusal> check(const CancelRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] const Reference& refers_to() const { return schedule_; }

  friend bool operator==(const CheckedCancel&, const CheckedCancel&) = default;

 private:
  friend class CommandReader;
  CheckedCancel() = default;

  PaymentKey key_;
  Reference schedule_;
  bool dry_run_ = false;
};

}  // namespace giro
