// The params of accounts.open. Thread: any.
#pragma once

#include <expected>

#include "ledger/command/request.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

[[nodiscard]] std::expected<CheckedOpenAccount, Refusal> read_open_account(
    const std::optional<Value>& params);

}  // namespace giro::protocol
