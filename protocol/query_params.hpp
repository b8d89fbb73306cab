// Questions: what the methods that only read were asked, checked. They own their text, because they
// outlive the line that they came in. Values: any thread.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <variant>

#include "ledger/entry/entry.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

inline constexpr std::uint32_t kPageLimitMax = 1'000;
inline constexpr std::uint32_t kPageLimitDefault = 100;

struct AccountQuestion {
  AccountId id;
  std::optional<Moment> at;
};
struct AccountsPage {
  std::string prefix;
  std::string after;
  std::uint32_t limit = kPageLimitDefault;
};
// Where a statement's next page begins, and the end of its range, which the first page fixed.
struct Cursor {
  Seq until_seq = 0;
  std::uint64_t position = 0;  // desc: the entry to go on with. asc: the entry shown last.
};
struct StatementQuestion {
  AccountId id;
  std::optional<Moment> from;
  std::optional<Moment> to;
  std::uint32_t limit = kPageLimitDefault;
  bool newest_first = true;
  std::optional<Cursor> cursor;
};
struct PaymentQuestion {
  std::optional<PaymentKey> key;
  Seq seq = 0;  // Without a key.
};
struct PaymentsPage {
  std::optional<std::string> reference;
  Seq after = 0;
  std::uint32_t limit = kPageLimitDefault;
};
struct TrialBalanceQuestion {
  std::optional<Moment> at;
};
struct VerifyQuestion {};
struct SubscribeQuestion {
  std::optional<Seq> from;
};
struct UnsubscribeQuestion {};
struct StatusQuestion {};

template <class Result>
using Read = std::expected<Result, Refusal>;
using Params = std::optional<Value>;

[[nodiscard]] Read<AccountQuestion> read_account_question(const Params& params);
[[nodiscard]] Read<AccountsPage> read_accounts_page(const Params& params);
[[nodiscard]] Read<StatementQuestion> read_statement_question(const Params& params);
[[nodiscard]] Read<PaymentQuestion> read_payment_question(const Params& params);
[[nodiscard]] Read<PaymentsPage> read_payments_page(const Params& params);
[[nodiscard]] Read<TrialBalanceQuestion> read_trial_balance_question(const Params& params);
[[nodiscard]] Read<SubscribeQuestion> read_subscribe_question(const Params& params);
// For methods without fields.
[[nodiscard]] Read<void> read_no_params(const Params& params);

[[nodiscard]] std::string format_cursor(const Cursor& cursor);
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace giro::protocol
