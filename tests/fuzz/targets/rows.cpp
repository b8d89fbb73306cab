// Files of requests, in CSV and NDJSON: what a row asks for is the same where it stands alone, as in a file of rejects.
#include "cli/submit/row_source.hpp"
#include "tests/fuzz/targets/bytes_as_file.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/row_promises.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

cli::RowSource source_of(const BytesAsFile& file) {
  return {cli::ByteSource(file.reopen()), cli::RowFormat::detect, cents};
}

void require_stands_alone(const std::string& header, const cli::Row& row) {
  const BytesAsFile file(header + row.text);
  cli::RowSource source = source_of(file);
  const auto alone = take_rows(source);
  require(alone.size() == 1 && alone[0].request.method == row.request.method &&
              alone[0].request.params == row.request.params,
          "a row that stands alone asks for the same: " + header + row.text);
}

}  // namespace

void fuzz_rows(std::string_view bytes) {
  const BytesAsFile file(bytes);
  cli::RowSource source = source_of(file);
  const auto rows = take_rows(source);
  require(source.bytes_read() <= bytes.size(), "no byte is read twice");
  if (!rows.empty()) require_stands_alone(source.header(), rows.back());
}

}  // namespace giro::fuzz
