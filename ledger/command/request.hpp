// Requests that change the ledger, before and after their checks.
//
//   PaymentRequest  what a client said: views into its bytes, trusted in nothing.
//   CheckedPayment  the same after every rule that needs no state. Only check() makes one, so a
//                   function that takes one can rely on it.
//
// A checked payment of one leg without options owns no heap memory: millions of them pass the queue
// each second. Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/command/refusal.hpp"
#include "ledger/inline_text.hpp"
#include "ledger/money.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/recurrence.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

inline constexpr std::size_t kLegsMax = 1'000;  // A payment.
inline constexpr std::size_t kReferenceBytesMax = 64;
inline constexpr std::size_t kDescriptionBytesMax = 1'024;
inline constexpr std::size_t kMetadataBytesMax = 4'096;  // As canonical JSON text.

struct LegRequest {
  std::string_view from;
  std::string_view to;
  Amount amount = 0;
  std::string_view currency;
};

struct PaymentRequest {
  std::string_view key;
  LegRequest leg;                    // Without `legs`.
  std::span<const LegRequest> legs;  // Non-empty: a payment of several legs.
  std::optional<std::int64_t> code;
  std::optional<std::string_view> reference;
  std::optional<std::string_view> description;
  std::optional<std::string_view> metadata;  // Canonical JSON text of an object.
  std::optional<std::string_view> effective_date;
  std::optional<std::string_view> deadline;
  std::optional<std::int64_t> if_version;
  std::optional<Amount> if_available_gte;
  std::optional<std::string_view> traceparent;
  bool up_to = false;
  bool dry_run = false;
};

struct OpenAccountRequest {
  std::string_view id;
  std::string_view currency;
  std::optional<std::int64_t> scale;  // Needed for currencies that ISO 4217 doesn't know.
  std::optional<Amount> floor = 0;    // Nothing: the account may go below zero without limit.
  std::optional<Amount> ceiling;
  std::optional<std::string_view> metadata;  // Canonical JSON text of an object.
};

struct Leg {
  AccountId from;
  AccountId to;
  Amount amount = 0;
  CurrencyCode currency;

  friend bool operator==(const Leg&, const Leg&) = default;
};

// What most payments don't have. Kept beside the payment so that those cost nothing.
struct PaymentOptions {
  std::optional<std::uint16_t> code;
  std::string reference;  // Empty: none. Likewise below.
  std::string description;
  std::string metadata;
  std::optional<Date> effective_date;
  std::optional<Timestamp> deadline;
  std::optional<std::uint64_t> if_version;  // Of the account that pays.
  std::optional<Amount> if_available_gte;   // Of the account that pays.
  bool up_to = false;  // `amount` is the most to move; what is available moves.
  // W3C Trace Context. Of the sending, not of the payment: its repetition may have another.
  std::string traceparent = {};

  friend bool operator==(const PaymentOptions&, const PaymentOptions&) = default;
};

// Null: there are none.
[[nodiscard]] inline const PaymentOptions& or_none(const PaymentOptions* options) {
  static const PaymentOptions kNone;
  return options == nullptr ? kNone : *options;
}

// When a hold ends by itself, at most one of both.
struct HoldTerms {
  std::optional<std::int64_t> timeout_ns;  // After it was made.
  std::optional<Timestamp> expires_at;

  friend bool operator==(const HoldTerms&, const HoldTerms&) = default;
};

class CheckedPayment {
 public:
  // Checks every rule that needs no state. Errors: the first broken rule, in the order of the
  // fields in docs/PROTOCOL.md.
  [[nodiscard]] static std::expected<CheckedPayment, Refusal> check(const PaymentRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] const Leg& leg() const { return leg_; }  // The first one.
  [[nodiscard]] std::span<const Leg> legs() const {      // All of them, one or more.
    return more_ == nullptr || more_->legs.empty() ? std::span(&leg_, 1) : std::span(more_->legs);
  }
  [[nodiscard]] const PaymentOptions* options() const {
    return more_ == nullptr ? nullptr : &more_->options;
  }
  [[nodiscard]] bool dry_run() const { return dry_run_; }

  friend bool operator==(const CheckedPayment& a, const CheckedPayment& b) {
    const bool same_more = (a.more_ == nullptr) == (b.more_ == nullptr) &&
                           (a.more_ == nullptr || *a.more_ == *b.more_);
    return a.key_ == b.key_ && a.leg_ == b.leg_ && a.dry_run_ == b.dry_run_ && same_more;
  }

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  friend class CheckedHold;
  friend class CheckedSchedule;
  struct More {
    PaymentOptions options;
    std::vector<Leg> legs;   // Empty or at least two.
    HoldTerms hold;          // Of a hold.
    ScheduleTerms schedule;  // Of a payment that is scheduled.

    friend bool operator==(const More&, const More&) = default;
  };
  CheckedPayment() = default;

  PaymentKey key_;
  Leg leg_;
  bool dry_run_ = false;
  std::unique_ptr<More> more_;
};

class CheckedOpenAccount {
 public:
  [[nodiscard]] static std::expected<CheckedOpenAccount, Refusal> check(
      const OpenAccountRequest& request);

  static constexpr bool kIsKeyed = false;  // It is told from others by the accounts that there are.
  [[nodiscard]] PaymentKey key() const { return PaymentKey(id_.view()); }
  [[nodiscard]] bool dry_run() const {
    return false;
  }  // NOLINT(readability-convert-member-functions-to-static)
  [[nodiscard]] const AccountId& id() const { return id_; }
  [[nodiscard]] const Currency& currency() const { return currency_; }
  [[nodiscard]] std::optional<Amount> floor() const { return floor_; }
  [[nodiscard]] std::optional<Amount> ceiling() const { return ceiling_; }
  [[nodiscard]] const std::string& metadata() const { return metadata_; }  // Empty: none.

  friend bool operator==(const CheckedOpenAccount&, const CheckedOpenAccount&) = default;

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  CheckedOpenAccount() = default;

  AccountId id_;
  Currency currency_;
  std::optional<Amount> floor_;
  std::optional<Amount> ceiling_;
  std::string metadata_;
};

// 1-64 bytes of A-Za-z0-9._:/@- .
[[nodiscard]] bool is_account_id(std::string_view text);
// By whole parts: the id is the prefix, or goes on where a part of it ends.
[[nodiscard]] bool is_under(std::string_view id, std::string_view prefix);
// 1-128 bytes of UTF-8 without control characters: what may be asked for. A new key is held to more
// (ledger/identity.hpp), which older ledgers didn't ask of theirs.
[[nodiscard]] bool is_payment_key(std::string_view text);
// UTF-8 without control characters but tab and line feed.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace giro
