// A CSV of a bank, read by rules.
//
// What always holds: a record whose values are wrong is bad, and the next one follows; one whose form is broken, or that
// has other columns than the header, ends the file.
// Thread: the main one.
#pragma once

#include <vector>

#include "cli/import/bank_file.hpp"
#include "cli/import/rules.hpp"
#include "cli/submit/payment_row.hpp"
#include "cli/submit/record_source.hpp"

namespace giro::cli {

class CsvBankFile final : public BankFile {
 public:
  // `rules` must outlive it.
  CsvBankFile(ByteSource bytes, const ImportRules& rules, ParseAmount parse_amount);

  [[nodiscard]] Result<NextBankLine> next(bool may_wait) override;
  [[nodiscard]] std::uint64_t line() const override { return records_.line(); }
  [[nodiscard]] const std::string& header() const override { return header_; }
  [[nodiscard]] std::uint64_t bytes_read() const override { return records_.bytes().consumed(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return records_.bytes().size();
  }

 private:
  using Fields = std::vector<std::string>;

  // Each: true, or with false that it would wait.
  [[nodiscard]] Result<bool> skip_lines(bool may_wait);
  [[nodiscard]] Result<bool> read_header(bool may_wait);
  [[nodiscard]] Result<void> find_columns(const Fields& names);
  [[nodiscard]] Result<std::vector<std::size_t>> indexes_of(const std::vector<ColumnName>& columns,
                                                            const Fields& names) const;
  [[nodiscard]] Result<NextBankLine> read_record(const CsvRecord& record);
  // Usage failures are the record's own fault.
  [[nodiscard]] Result<BankLine> bank_line(const Fields& fields) const;
  [[nodiscard]] Result<void> read_amounts(const Fields& fields, BankLine& line) const;
  [[nodiscard]] Result<Amount> amount_of(const std::string& text, const BankLine& line) const;
  [[nodiscard]] std::string text_of(const Fields& fields, Meaning meaning) const;
  [[nodiscard]] Result<Fields> decoded_fields(const Fields& raw) const;

  RecordSource records_;
  const ImportRules& rules_;
  ParseAmount parse_amount_;
  std::string header_;  // With the lines that are skipped.
  std::size_t lines_to_skip_;
  std::size_t count_ = 0;  // Of columns; 0: not known yet.
  std::vector<std::vector<std::size_t>> columns_{kColumnMeanings};
  std::vector<std::size_t> key_;
};

}  // namespace giro::cli
