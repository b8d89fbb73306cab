#include "cli/submit/row_input.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace giro::cli {

void declare_rows(CLI::App& command, RowInput& input, const std::string& what) {
  static const std::map<std::string, RowFormat> kFormats{{"csv", RowFormat::csv},
                                                         {"ndjson", RowFormat::ndjson}};
  command.add_option("FILE", input.file, what + "; `-` reads stdin")->required();
  command.add_option("--format", input.format, "csv or ndjson (default: the first byte tells)")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("FORMAT");
}

Result<RowSource> open_rows(Session& session, const RowInput& input) {
  auto bytes = ByteSource::open(input.file);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  return RowSource(std::move(*bytes), input.format,
                   [&session](std::string_view decimal, std::string_view currency) {
                     return session.parse_amount(decimal, currency);
                   });
}

}  // namespace giro::cli
