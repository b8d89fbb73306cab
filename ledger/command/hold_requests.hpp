// Requests about money that is reserved before it is paid (two-phase payments), before and after their
// checks, and the reversal of what was paid.
//
//   hold     reserves on the payer's side; capture pays what is held or a part of it; void lets go of it
//   reverse  pays back what a payment moved, or a part of it
//
// Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ledger/command/reference.hpp"
#include "ledger/command/request.hpp"

namespace giro {

struct HoldRequest {
  PaymentRequest payment;                   // Of one leg.
  std::optional<std::string_view> timeout;  // "90s", "15m", "24h", "7d".
  std::optional<std::string_view> expires_at;
};

struct CaptureRequest {
  std::string_view key;
  ReferenceRequest hold;
  std::optional<Amount> amount;  // Nothing: all that is left.
  bool final = false;            // Lets go of the rest.
  bool dry_run = false;
};

struct VoidRequest {
  std::string_view key;
  ReferenceRequest hold;
  bool dry_run = false;
};

struct ReversalRequest {
  std::string_view key;
  ReferenceRequest original;
  std::optional<Amount> amount;  // Nothing: all that is left to reverse.
  PaymentRequest options;        // Only what describes it: code, reference, and so on.
  bool dry_run = false;
};

// A payment of one leg that is reserved first.
class CheckedHold {
 public:
  [[nodiscard]] static std::expected<CheckedHold, Refusal> check(const HoldRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return payment_.key(); }
  [[nodiscard]] bool dry_run() const { return payment_.dry_run(); }
  [[nodiscard]] const CheckedPayment& payment() const { return payment_; }
  [[nodiscard]] const Leg& leg() const { return payment_.leg(); }
  [[nodiscard]] HoldTerms terms() const {
    return payment_.more_ == nullptr ? HoldTerms{} : payment_.more_->hold;
  }

  friend bool operator==(const CheckedHold&, const CheckedHold&) = default;

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  explicit CheckedHold(CheckedPayment payment) : payment_(std::move(payment)) {}

  CheckedPayment payment_;
};

class CheckedCapture {
 public:
  [[nodiscard]] static std::expected<CheckedCapture, Refusal> check(const CaptureRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] const Reference& refers_to() const { return hold_; }
  [[nodiscard]] std::optional<Amount> amount() const { return amount_; }
  [[nodiscard]] bool final() const { return final_; }

  friend bool operator==(const CheckedCapture&, const CheckedCapture&) = default;

 private:
  friend class CommandReader;
  CheckedCapture() = default;

  PaymentKey key_;
  Reference hold_;
  std::optional<Amount> amount_;
  bool final_ = false;
  bool dry_run_ = false;
};

class CheckedVoid {
 public:
  [[nodiscard]] static std::expected<CheckedVoid, Refusal> check(const VoidRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] const Reference& refers_to() const { return hold_; }

  friend bool operator==(const CheckedVoid&, const CheckedVoid&) = default;

 private:
  friend class CommandReader;
  CheckedVoid() = default;

  PaymentKey key_;
  Reference hold_;
  bool dry_run_ = false;
};

class CheckedReversal {
 public:
  [[nodiscard]] static std::expected<CheckedReversal, Refusal> check(
      const ReversalRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] const Reference& refers_to() const { return original_; }
  [[nodiscard]] std::optional<Amount> amount() const { return amount_; }
  // Null: none.
  [[nodiscard]] const PaymentOptions* options() const { return options_.get(); }

  friend bool operator==(const CheckedReversal& a, const CheckedReversal& b) {
    const bool same_options = a.options_ == nullptr || b.options_ == nullptr
                                  ? a.options_ == b.options_
                                  : *a.options_ == *b.options_;
    return a.key_ == b.key_ && a.original_ == b.original_ && a.amount_ == b.amount_ &&
           a.dry_run_ == b.dry_run_ && same_options;
  }

 private:
  friend class CommandReader;
  CheckedReversal() = default;

  PaymentKey key_;
  Reference original_;
  std::optional<Amount> amount_;
  std::unique_ptr<PaymentOptions> options_;
  bool dry_run_ = false;
};

}  // namespace giro
