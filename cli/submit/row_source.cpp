#include "cli/submit/row_source.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/output/json_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Whether `line` is JSON as far as its form goes, whatever it says and in whatever encoding. Where
// it isn't, a string or an object may be open at its end.
bool is_whole_json(std::string_view line) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kNestingLookedInto;
  options.allow_invalid_utf8 = true;
  json::monotonic_resource memory;
  return read_json(line, options, error, &memory).has_value();
}

}  // namespace

RowSource::RowSource(ByteSource bytes, RowFormat format, ParseAmount parse_amount)
    : records_(std::move(bytes)), format_(format), parse_amount_(std::move(parse_amount)) {}

Result<NextRow> RowSource::next(bool may_wait) {
  for (;;) {
    if (const auto detected = detect_format(may_wait); !detected || !*detected) {
      if (!detected) return std::unexpected(detected.error());
      return no_row();
    }
    const auto found = records_.find(may_wait);
    if (!found) return std::unexpected(found.error());
    if (!*found) return no_row();
    auto row = format_ == RowFormat::csv ? next_csv(may_wait) : next_json(may_wait);
    // The CSV header is consumed without giving a row.
    const bool header = row && std::holds_alternative<Row>(*row) && std::get<Row>(*row).line == 0;
    if (!header) return row;
  }
}

Result<bool> RowSource::detect_format(bool may_wait) {
  const auto begun = records_.begin(may_wait);
  if (!begun || !*begun) return begun;
  if (format_ == RowFormat::detect) {
    const std::string_view view = records_.view();
    const std::size_t first = view.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && view[first] == '{';
    format_ = json ? RowFormat::ndjson : RowFormat::csv;
  }
  return true;
}

Result<NextRow> RowSource::next_csv(bool may_wait) {
  const auto record = records_.csv_record(may_wait);
  if (!record) return std::unexpected(record.error());
  if (!*record) return no_row();
  return read_record(**record);
}

Result<NextRow> RowSource::read_record(const CsvRecord& record) {
  if (!columns_) {
    auto columns = RowColumns::from_header(record.fields);
    if (!columns) return std::unexpected(std::move(columns).error());
    columns_ = std::move(*columns);
    header_ = records_.take(record.bytes, record.lines);
    return Row{};
  }
  if (record.fields.size() != columns_->count()) {
    return records_.broken(
        fmt::format("{} columns where the header has {}", record.fields.size(), columns_->count()));
  }
  auto request = columns_->request(record.fields, parse_amount_);
  if (!request && request.error().exit != ExitCode::usage) {
    return std::unexpected(std::move(request).error());
  }
  const std::uint64_t line = records_.line();
  std::string text = records_.take(record.bytes, record.lines);
  if (!request) return BadRow{line, std::move(request).error().what, std::move(text)};
  return Row{line, std::move(*request), std::move(text)};
}

Result<NextRow> RowSource::next_json(bool may_wait) {
  for (;;) {
    const std::string_view view = records_.view();
    const std::size_t end = std::min(view.find('\n'), view.size());
    if (end > kRowBytesMax) return records_.broken(fmt::format("more than {} bytes", kRowBytesMax));
    if (end < view.size()) return read_json_line(view.substr(0, end), end + 1);
    // JSON tells by itself whether its end is missing.
    if (records_.bytes().at_end()) return read_json_line(view, end);
    const auto filled = records_.fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return no_row();
  }
}

Result<NextRow> RowSource::read_json_line(std::string_view line, std::size_t bytes) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto request = request_of_json(line);
  if (!request && !is_whole_json(line)) return records_.broken(request.error());
  const std::uint64_t number = records_.line();
  std::string text = records_.take(bytes, 1);
  if (!request) return BadRow{number, std::move(request).error(), std::move(text)};
  return Row{number, std::move(*request), std::move(text)};
}

NoRow RowSource::no_row() const {
  return NoRow{records_.at_end()};
}

}  // namespace giro::cli
