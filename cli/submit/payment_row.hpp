// From a row of a CSV file to what it asks for: a payment, or, where the header has a column `method`, a
// request of any method that changes the ledger.
// Pure functions, but for what `parse_amount` does. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.hpp"
#include "cli/submit/row_request.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

// Decimal text and currency to minor units. A usage failure is the row's own fault.
using ParseAmount = std::function<Result<Amount>(std::string_view, std::string_view)>;

// Which column holds what. Made from the header row.
class RowColumns {
 public:
  // In any order, nothing else, nothing twice. Without a `method` the rows are payments, and key, from, to,
  // amount and currency are needed.
  [[nodiscard]] static Result<RowColumns> from_header(const std::vector<std::string>& header);

  [[nodiscard]] std::size_t count() const { return known_column_of_.size(); }

  // REQUIRES: row.size() == count(). Empty fields that aren't needed are left out.
  [[nodiscard]] Result<RowRequest> request(const std::vector<std::string>& row,
                                           const ParseAmount& parse_amount) const;

 private:
  RowColumns() = default;

  std::vector<std::size_t> known_column_of_;  // By position in the row: index into the known ones.
  bool with_method_ = false;
};

}  // namespace giro::cli
