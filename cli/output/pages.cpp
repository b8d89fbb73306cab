#include "cli/output/pages.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kPageMax = 1'000;

}  // namespace

void declare_pages(CLI::App& command, PageOptions& options, const std::string& what) {
  command
      .add_option("--limit", options.limit,
                  what +
                      " a page, 1 to 1000 (default: 100 in a table; --output csv, json and ndjson "
                      "have everything)")
      ->check(CLI::Range(1, kPageMax));
  command.add_flag("--all", options.all, "Every page, not only the first");
}

void add_rows(RowWriter& writer, const json::object& page, const RowsShape& shape) {
  for (const json::value& element : array_field(page, shape.field)) {
    if (!element.is_object()) continue;
    json::object row = element.get_object();
    for (const std::string_view name : shape.from_page) {
      const json::value* value = page.if_contains({name.data(), name.size()});
      if (value != nullptr) row.insert_or_assign({name.data(), name.size()}, *value);
    }
    print(writer.row(std::move(row)));
  }
}

}  // namespace giro::cli
