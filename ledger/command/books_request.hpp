// Closing the books up to a day, or opening them again, before and after the check.
// Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ledger/command/refusal.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

// Numbers in the journal.
enum class BooksAction : std::uint8_t { close = 0, open = 1 };

struct BooksRequest {
  BooksAction action = BooksAction::close;
  std::string_view key;
  std::optional<std::string_view> until;  // Nothing: every day is open again.
  bool dry_run = false;
};

class CheckedBooks {
 public:
  [[nodiscard]] static std::expected<CheckedBooks, Refusal> check(const BooksRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] BooksAction action() const { return action_; }
  // The last day that is to be closed; nothing: none, of an opening only.
  [[nodiscard]] std::optional<Date> until() const { return until_; }

  friend bool operator==(const CheckedBooks&, const CheckedBooks&) = default;

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  CheckedBooks() = default;

  PaymentKey key_;
  std::optional<Date> until_;
  BooksAction action_ = BooksAction::close;
  bool dry_run_ = false;
};

}  // namespace giro
