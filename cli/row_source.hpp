// What a file asks for, one row after the other: CSV with a header row, or NDJSON. Rows are payments, or
// requests of any method that they name. Constant memory: a row has at most kRowBytesMax.
//
// What always holds:
//   - Every row comes out once, in order, with the line it begins in. One whose values are wrong is
//     bad, and the next one follows.
//   - A row whose form is broken (quotes, columns, JSON, length, no line end) ends the input: where
//     it ends is unknown, and text of a field that was open must never pass for a payment.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cli/byte_source.hpp"
#include "cli/csv.hpp"
#include "cli/failure.hpp"
#include "cli/payment_row.hpp"

namespace giro::cli {

inline constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;

enum class RowFormat { detect, csv, ndjson };

struct Row {
  std::uint64_t line = 0;
  RowRequest request;
  std::string text;  // As it stands in the input, with its line end.
};
struct BadRow {
  std::uint64_t line = 0;
  std::string what;
  std::string text;
};
struct NoRow {  // The end, or nothing for now.
  bool at_end = true;
};
using NextRow = std::variant<Row, BadRow, NoRow>;

class RowSource {
 public:
  RowSource(ByteSource bytes, RowFormat format, ParseAmount parse_amount);

  // Failures, behind which there is no next row: the input can't be read, its header is wrong, a row
  // is broken, or `parse_amount` failed for a reason that isn't the row's.
  [[nodiscard]] Result<NextRow> next(bool may_wait);

  [[nodiscard]] const ByteSource& bytes() const { return bytes_; }
  // Where the next row begins; after a failure, the one that failed.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  // CSV: the header row as it stands in the input.
  [[nodiscard]] const std::string& header() const { return header_; }

 private:
  // The bytes of the next row's beginning are there: true; the source has none (for now): false.
  [[nodiscard]] Result<bool> find_row(bool may_wait);
  [[nodiscard]] Result<bool> detect_format(bool may_wait);
  // Reads more, or says with false that this would wait.
  [[nodiscard]] Result<bool> fill(bool may_wait);
  [[nodiscard]] Result<NextRow> next_csv(bool may_wait);
  [[nodiscard]] Result<NextRow> next_json(bool may_wait);
  [[nodiscard]] Result<NextRow> read_record(const CsvRecord& record);
  [[nodiscard]] Result<NextRow> read_json_line(std::string_view line, std::size_t bytes);
  // Takes the row at the beginning of view() away: its text.
  [[nodiscard]] std::string take_text(std::size_t bytes, std::size_t lines);
  [[nodiscard]] std::unexpected<Failure> broken(std::string_view what) const;
  [[nodiscard]] NoRow no_row() const;

  ByteSource bytes_;
  RowFormat format_;
  ParseAmount parse_amount_;
  std::optional<RowColumns> columns_;  // CSV: once the header was read.
  std::string header_;
  std::uint64_t line_ = 1;  // Of the beginning of view().
  bool begun_ = false;
};

}  // namespace giro::cli
