// What every file of requests is held to, whatever its format.
// Thread: that of the target.
#pragma once

#include <string_view>
#include <vector>

#include "cli/submit/payment_row.hpp"
#include "cli/submit/rows.hpp"

namespace giro::fuzz {

// Two decimals, whatever the currency.
[[nodiscard]] cli::Result<Amount> cents(std::string_view decimal, std::string_view currency);

// Takes all rows: each is a request by itself that can't spoil the ones that travel with it, in the order of the file, and
// there is an end or a failure that says what is wrong.
std::vector<cli::Row> take_rows(cli::Rows& rows);

}  // namespace giro::fuzz
