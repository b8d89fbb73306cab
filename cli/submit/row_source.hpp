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

#include "cli/submit/payment_row.hpp"
#include "cli/submit/record_source.hpp"
#include "cli/submit/rows.hpp"

namespace giro::cli {

enum class RowFormat { detect, csv, ndjson };

class RowSource final : public Rows {
 public:
  RowSource(ByteSource bytes, RowFormat format, ParseAmount parse_amount);

  // Failures, behind which there is no next row: the input can't be read, its header is wrong, a row
  // is broken, or `parse_amount` failed for a reason that isn't the row's.
  [[nodiscard]] Result<NextRow> next(bool may_wait) override;

  [[nodiscard]] std::uint64_t line() const override { return records_.line(); }
  // CSV: the header row as it stands in the input.
  [[nodiscard]] const std::string& header() const override { return header_; }
  [[nodiscard]] std::uint64_t bytes_read() const override { return records_.bytes().consumed(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return records_.bytes().size();
  }

 private:
  [[nodiscard]] Result<bool> detect_format(bool may_wait);
  [[nodiscard]] Result<NextRow> next_csv(bool may_wait);
  [[nodiscard]] Result<NextRow> next_json(bool may_wait);
  [[nodiscard]] Result<NextRow> read_record(const CsvRecord& record);
  [[nodiscard]] Result<NextRow> read_json_line(std::string_view line, std::size_t bytes);
  [[nodiscard]] NoRow no_row() const;

  RecordSource records_;
  RowFormat format_;
  ParseAmount parse_amount_;
  std::optional<RowColumns> columns_;  // CSV: once the header was read.
  std::string header_;
};

}  // namespace giro::cli
