// What a file asks for, one row after the other, whatever its format: what a Submitter sends.
//
// What always holds: every row comes out once, in order, with the line it begins in; one whose values are wrong
// is bad, and the next one follows.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/failure.hpp"
#include "cli/submit/row_request.hpp"

namespace giro::cli {

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

class Rows {
 public:
  Rows() = default;
  Rows(Rows&&) = default;
  Rows& operator=(Rows&&) = delete;
  virtual ~Rows() = default;

  // Failures: there is no next row.
  [[nodiscard]] virtual Result<NextRow> next(bool may_wait) = 0;

  // Where the next row begins; after a failure, the one that failed.
  [[nodiscard]] virtual std::uint64_t line() const = 0;
  // What stands before the rows in a file of them; empty where the format has no such thing.
  [[nodiscard]] virtual const std::string& header() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> bytes_total() const = 0;  // Where it is known.
};

}  // namespace giro::cli
