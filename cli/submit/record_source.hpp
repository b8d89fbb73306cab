// The records of a text, one after the other, whatever they mean: lines of a CSV or of NDJSON. Constant memory: a
// record has at most kRowBytesMax.
//
// What always holds: every byte belongs to one record, or to a blank line or a byte order mark between them; a record
// whose form is broken stays where it is, and nothing behind it is a record.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/failure.hpp"
#include "cli/output/csv.hpp"
#include "cli/submit/byte_source.hpp"

namespace giro::cli {

inline constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;

class RecordSource {
 public:
  explicit RecordSource(ByteSource bytes) : bytes_(std::move(bytes)) {}

  // The first bytes are there, without a byte order mark: true; reading on would wait: false.
  [[nodiscard]] Result<bool> begin(bool may_wait);
  // The bytes of the next record's beginning are there: true; the source has none (for now): false.
  [[nodiscard]] Result<bool> find(bool may_wait);
  // Reads more, or says with false that this would wait.
  [[nodiscard]] Result<bool> fill(bool may_wait);
  // The record of a CSV that view() begins with, to be taken by take(); nothing: it would wait for the rest.
  [[nodiscard]] Result<std::optional<CsvRecord>> csv_record(bool may_wait, char separator = ',');
  // Takes the record at the beginning of view() away: its text.
  [[nodiscard]] std::string take(std::size_t bytes, std::size_t lines);

  // About the record at the beginning of view().
  [[nodiscard]] std::unexpected<Failure> broken(std::string_view what) const;

  [[nodiscard]] std::string_view view() const { return bytes_.view(); }
  // Nothing is left but a line end.
  [[nodiscard]] bool at_end() const;
  [[nodiscard]] const ByteSource& bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t line() const { return line_; }  // Of the beginning of view().

 private:
  ByteSource bytes_;
  std::uint64_t line_ = 1;
  bool begun_ = false;
};

}  // namespace giro::cli
