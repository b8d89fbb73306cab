// One record of comma-separated values as in RFC 4180: fields may be quoted, then they may hold
// separators, line ends and doubled quotes. Stricter in one thing: the last record needs its line end as
// all others do, or half an amount of a file that was cut off could pass for a whole one.
// Pure functions: any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace giro::cli {

struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t bytes = 0;  // With its line end.
  std::size_t lines = 0;
};

// The record at the beginning of `bytes`, or nothing when it may go on behind them. Errors: what is
// wrong with it. Then nobody knows where it ends, and what follows may be the text of a field: the
// caller must not go on behind it. REQUIRES: !bytes.empty().
[[nodiscard]] std::expected<std::optional<CsvRecord>, std::string> parse_csv_record(
    std::string_view bytes, bool at_end, char separator = ',');

// As a field of a record, quoted where it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace giro::cli
