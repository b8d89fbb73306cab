// Questions whose answers come in pages: their options, and the pages one after the other.
// Thread: the main one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct PageOptions {
  std::optional<int> limit = {};  // Nothing: the first page of a table, everything elsewhere.
  bool all = false;
};

void declare_pages(CLI::App& command, PageOptions& options, const std::string& what);

// The rows of a page: the name of the array that has them, and what a CSV shows of each.
struct RowsShape {
  std::string_view field = {};
  Columns columns = {};
  // Fields of the page that each row is to have, as its currency.
  std::vector<std::string_view> from_page = {};
};

void add_rows(RowWriter& writer, const boost::json::object& page, const RowsShape& shape);

// Asks for one page, or with --all for one after the other; `cursor` names the field that takes
// `next`. Each page is printed as it comes: memory doesn't grow with the answer. `show_page` gives a page
// as text, or why it can't; formats that aren't tables get the rows of `shape`.
template <class ShowPage>
Result<ExitCode> run_pages(Session& session, std::string_view method, boost::json::object params,
                           const PageOptions& options, std::string_view cursor, ShowPage show_page,
                           const RowsShape& shape = {}) {
  constexpr int kRowsAPage = 100;
  constexpr int kRowsAPageOfAll = 1'000;
  const bool rows = !shape.field.empty() && session.format() != Format::table &&
                    session.format() != Format::answers;
  const bool all = options.all || (rows && !options.limit);
  params["limit"] = options.limit.value_or(rows ? kRowsAPageOfAll : kRowsAPage);
  RowWriter writer(session, shape.columns);
  session.page_long_answers();
  for (;;) {
    const auto page = session.call(method, params);
    if (!page) return std::unexpected(page.error());
    if (rows) {
      add_rows(writer, *page, shape);
    } else if (session.json()) {
      print(json_line(*page));
    } else {
      const Result<std::string> text = show_page(*page);
      if (!text) return std::unexpected(text.error());
      print(*text);
    }
    const boost::json::value* next = page->if_contains("next");
    const bool more = next != nullptr && !next->is_null();
    if (more && all) {
      params[boost::json::string_view(cursor.data(), cursor.size())] = *next;
      continue;
    }
    if (rows) print(writer.end());
    if (more && !session.json()) note("There is more: --all shows everything.\n");
    return ExitCode::ok;
  }
}

}  // namespace giro::cli
