// The params of what opens or changes an account, closes the books or opens them again. Thread: any.
#pragma once

#include <expected>

#include "ledger/command/account_requests.hpp"
#include "ledger/command/books_request.hpp"
#include "ledger/command/request.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

[[nodiscard]] std::expected<CheckedOpenAccount, Refusal> read_open_account(
    const std::optional<Value>& params);

[[nodiscard]] std::expected<CheckedAccountChange, Refusal> read_account_change(
    AccountAction action, const std::optional<Value>& params);

[[nodiscard]] std::expected<CheckedBooks, Refusal> read_books(BooksAction action,
                                                              const std::optional<Value>& params);

}  // namespace giro::protocol
