// From a row of a payments file to the JSON of one payment.
//
// What always holds: what leaves here is JSON in UTF-8 on one line, so that one bad row can't spoil
// the rows that travel with it. What a payment may say is the daemon's to check, not ours.
// Pure functions, but for what `parse_amount` does. Any thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

// Decimal text and currency to minor units. A usage failure is the row's own fault.
using ParseAmount = std::function<Result<Amount>(std::string_view, std::string_view)>;

// Which column holds what. Made from the header row.
class PaymentColumns {
 public:
  // key, from, to, amount and currency, in any order, and optional ones; nothing else, nothing
  // twice.
  [[nodiscard]] static Result<PaymentColumns> from_header(const std::vector<std::string>& header);

  [[nodiscard]] std::size_t count() const { return known_column_of_.size(); }

  // REQUIRES: row.size() == count(). The payment as a JSON object. Empty optional fields are left out.
  [[nodiscard]] Result<std::string> payment(const std::vector<std::string>& row,
                                            const ParseAmount& parse_amount) const;

 private:
  PaymentColumns() = default;

  std::vector<std::size_t> known_column_of_;  // By position in the row: index into the known ones.
};

// Nothing when `line` is one JSON object that can travel in a batch; else what is wrong with it.
[[nodiscard]] std::optional<std::string> problem_of_json_payment(std::string_view line);

// Appends `text` as a JSON string. REQUIRES: UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace giro::cli
