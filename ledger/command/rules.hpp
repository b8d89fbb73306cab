// The rules that need no state, by the field that they are about; what the check() of each kind of request
// is made of. Errors: the first broken rule. Pure functions: any thread.
#pragma once

#include <optional>
#include <string_view>

#include "ledger/command/refusal.hpp"
#include "ledger/command/request.hpp"

namespace giro::rules {

using Problem = std::optional<Refusal>;

inline constexpr std::string_view kIdRule = "have 1 to 64 bytes of A-Za-z0-9._:/@-";

[[nodiscard]] Refusal invalid(std::string_view field, std::string_view must);

[[nodiscard]] Problem check_key(std::string_view key);
[[nodiscard]] Problem check_currency(std::string_view code);
// The payment's one leg, or all of its legs.
[[nodiscard]] Problem check_legs(const PaymentRequest& request);
[[nodiscard]] Problem check_metadata(std::optional<std::string_view> metadata);
[[nodiscard]] Problem check_version(std::optional<std::int64_t> if_version);
// Of the limits that are there; nothing: there is none.
[[nodiscard]] Problem check_limits(std::optional<Amount> floor, std::optional<Amount> ceiling);
[[nodiscard]] Problem check_options(const PaymentRequest& request);

// REQUIRES: check_options() found nothing.
[[nodiscard]] PaymentOptions options_of(const PaymentRequest& request);
[[nodiscard]] bool has_options(const PaymentRequest& request);

}  // namespace giro::rules
