// Amounts as strings, for whoever reads numbers as doubles: those are exact up to 2^53 alone (RFC 8259,
// section 6), and an amount that was rounded is another amount.
//
// What always holds: nothing but the values of fields that hold amounts changes, and nothing within
// metadata, which is the client's. Text that isn't JSON is left to whoever parses it.
// Pure functions: any thread.
#pragma once

#include <string>
#include <string_view>

namespace giro::http {

// Whether a field of this name holds minor units, wherever the protocol has it.
[[nodiscard]] bool holds_amount(std::string_view field);

// "amount":1250 becomes "amount":"1250".
[[nodiscard]] std::string with_quoted_amounts(std::string_view json);
// The other way round, where the string is a whole number.
[[nodiscard]] std::string with_bare_amounts(std::string_view json);

}  // namespace giro::http
