// What the daemon answered, in the format that was asked for (--output): one answer, or rows one after the other.
//
// What always holds: in tables and CSV amounts are decimals; in JSON they are the daemon's minor units, and each row
// has the `scale` of its currency, so that a script needs nothing else to read it. A CSV has its header also where
// there are no rows.
// Thread: the main one.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// Names of fields, in the order of the columns of a CSV.
using Columns = std::span<const std::string_view>;

// The columns of what is listed and shown.
[[nodiscard]] Columns account_columns();
[[nodiscard]] Columns entry_columns();
[[nodiscard]] Columns hold_columns();
[[nodiscard]] Columns schedule_columns();

// Whether fields of this name are amounts of the row's currency.
[[nodiscard]] bool is_amount(std::string_view field);

// The rows of an answer that may be long, each as text when it comes, in one of the formats that aren't tables. What
// no answer of the daemon is a row of its own for --json, too.
class RowWriter {
 public:
  RowWriter(Session& session, Columns columns) : session_(session), columns_(columns) {}

  // A payment of several legs is a row a leg in CSV, and one row elsewhere.
  [[nodiscard]] std::string row(boost::json::object row);
  // What is left to write: a JSON array is whole after this only.
  [[nodiscard]] std::string end();

 private:
  [[nodiscard]] std::string csv_rows(const boost::json::object& row);
  [[nodiscard]] std::string csv_header();

  Session& session_;
  Columns columns_;
  bool begun_ = false;
};

// All rows at once, printed in one of the formats that aren't tables.
void print_rows(Session& session, const boost::json::array& rows, Columns columns);

// One answer as text. `text` gives what a person reads of it; `columns`: of its CSV, which without them has every field,
// those of objects within it as "queue.items".
[[nodiscard]] Result<std::string> answer_text(Session& session, const boost::json::object& answer,
                                              const std::function<Result<std::string>()>& text,
                                              Columns columns = {});
// Printed, as the answer to a question.
[[nodiscard]] Result<void> print_answer(Session& session, const boost::json::object& answer,
                                        const std::function<Result<std::string>()>& text,
                                        Columns columns = {});

}  // namespace giro::cli
