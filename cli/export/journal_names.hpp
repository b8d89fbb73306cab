// Our ids in what plain-text accounting allows as names, and back.
//
// What always holds: two ids never become one name.
// Pure functions: any thread.
#pragma once

#include <string>
#include <string_view>

namespace giro::cli {

// ledger and hledger take an id as it is; only a part of it that is empty is `%`.
[[nodiscard]] std::string ledger_name(std::string_view id);
[[nodiscard]] std::string id_of_ledger_name(std::string_view name);

// beancount: Assets, Liabilities, Equity, Income or Expenses first, and each part begins with a capital or a digit and has
// letters, digits and `-`. An id that begins with one of these stays; any other goes below Equity:Giro-Id. Any other
// character is `-` and its two hexadecimal digits; see beancount_name() for capitals.
[[nodiscard]] std::string beancount_name(std::string_view id);
[[nodiscard]] std::string id_of_beancount_name(std::string_view name);

// A currency, quoted where a digit of it could be taken for an amount.
[[nodiscard]] std::string ledger_commodity(std::string_view currency);

}  // namespace giro::cli
