// The params of the methods that only read: from JSON to checked questions. Thread: any.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "engine/questions.hpp"
#include "protocol/cursors.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

template <class Result>
using Read = std::expected<Result, Refusal>;
using Params = std::optional<Value>;

[[nodiscard]] Read<AccountQuestion> read_account_question(const Params& params);
[[nodiscard]] Read<AccountsQuestion> read_accounts_question(const Params& params);
[[nodiscard]] Read<StatementQuestion> read_statement_question(const Params& params);
[[nodiscard]] Read<PaymentQuestion> read_payment_question(const Params& params);
[[nodiscard]] Read<PaymentsQuestion> read_payments_question(const Params& params);
[[nodiscard]] Read<SchedulesQuestion> read_schedules_question(const Params& params);
[[nodiscard]] Read<HoldsQuestion> read_holds_question(const Params& params);
[[nodiscard]] Read<TrialBalanceQuestion> read_trial_balance_question(const Params& params);
[[nodiscard]] Read<TotalsQuestion> read_totals_question(const Params& params);
// Of events.subscribe: the first seq to be sent; nothing: the next one.
[[nodiscard]] Read<std::optional<Seq>> read_subscribe_from(const Params& params);
// For methods without fields.
[[nodiscard]] Read<void> read_no_params(const Params& params);

}  // namespace giro::protocol
