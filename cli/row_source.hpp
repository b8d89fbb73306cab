// The payments of a file, one after the other: CSV with a header row, or NDJSON of the params of
// payments.submit. Constant memory: a row has at most kRowBytesMax.
//
// What always holds: every row comes out once, in order, good or bad, with the line it begins in.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/byte_source.hpp"
#include "cli/failure.hpp"
#include "cli/payment_row.hpp"

namespace giro::cli {

inline constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;

enum class RowFormat { detect, csv, ndjson };

struct Row {
  std::uint64_t line = 0;
  std::string payment;  // JSON.
};
struct BadRow {
  std::uint64_t line = 0;
  std::string what;
};
struct NoRow {  // The end, or nothing for now.
  bool at_end = true;
};
using NextRow = std::variant<Row, BadRow, NoRow>;

class RowSource {
 public:
  RowSource(ByteSource bytes, RowFormat format, ParseAmount parse_amount);

  // Failures: the input can't be read, its header is wrong, or `parse_amount` failed for a reason
  // that isn't the row's.
  [[nodiscard]] Result<NextRow> next(bool may_wait);

  [[nodiscard]] const ByteSource& bytes() const { return bytes_; }

 private:
  // The bytes of the next row's beginning are there: true; the source has none (for now): false.
  [[nodiscard]] Result<bool> find_row(bool may_wait);
  [[nodiscard]] Result<bool> detect_format(bool may_wait);
  // Reads more, or says with false that this would wait.
  [[nodiscard]] Result<bool> fill(bool may_wait);
  [[nodiscard]] Result<NextRow> next_csv(bool may_wait);
  [[nodiscard]] Result<NextRow> next_json(bool may_wait);
  [[nodiscard]] Result<NextRow> csv_payment(const std::vector<std::string>& fields,
                                            std::uint64_t line);
  // The first line of view() is bad: takes it away, whatever its length.
  [[nodiscard]] NextRow skip_line(std::string what);
  [[nodiscard]] NoRow no_row() const;

  ByteSource bytes_;
  RowFormat format_;
  ParseAmount parse_amount_;
  std::optional<PaymentColumns> columns_;  // CSV: once the header was read.
  std::uint64_t line_ = 1;                 // Of the beginning of view().
  bool skipping_ = false;                  // In the rest of a line that was too long.
  bool begun_ = false;
};

}  // namespace giro::cli
