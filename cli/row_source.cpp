#include "cli/row_source.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/json_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

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
    : bytes_(std::move(bytes)), format_(format), parse_amount_(std::move(parse_amount)) {}

Result<NextRow> RowSource::next(bool may_wait) {
  for (;;) {
    const auto found = find_row(may_wait);
    if (!found) return std::unexpected(found.error());
    if (!*found) return no_row();
    auto row = format_ == RowFormat::csv ? next_csv(may_wait) : next_json(may_wait);
    // The CSV header is consumed without giving a row.
    const bool header = row && std::holds_alternative<Row>(*row) && std::get<Row>(*row).line == 0;
    if (!header) return row;
  }
}

Result<bool> RowSource::find_row(bool may_wait) {
  if (!begun_) {
    const auto detected = detect_format(may_wait);
    if (!detected || !*detected) return detected;
    begun_ = true;
  }
  for (;;) {
    const std::string_view view = bytes_.view();
    if (view.starts_with('\n') || view.starts_with("\r\n")) {
      bytes_.consume(view.starts_with('\n') ? 1 : 2);
      ++line_;
    } else if (!view.empty() && view != "\r") {
      return true;
    }
    if (!bytes_.view().empty() && bytes_.view() != "\r") continue;
    if (bytes_.at_end()) return false;
    const auto filled = fill(may_wait);
    if (!filled || !*filled) return filled;
  }
}

Result<bool> RowSource::detect_format(bool may_wait) {
  while (bytes_.view().size() < kByteOrderMark.size() && !bytes_.at_end()) {
    const auto filled = fill(may_wait);
    if (!filled || !*filled) return filled;
  }
  if (bytes_.view().starts_with(kByteOrderMark)) bytes_.consume(kByteOrderMark.size());
  if (format_ == RowFormat::detect) {
    const std::size_t first = bytes_.view().find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && bytes_.view()[first] == '{';
    format_ = json ? RowFormat::ndjson : RowFormat::csv;
  }
  return true;
}

Result<bool> RowSource::fill(bool may_wait) {
  if (!may_wait && bytes_.would_wait()) return false;
  if (auto filled = bytes_.fill(); !filled) return std::unexpected(std::move(filled).error());
  return true;
}

Result<NextRow> RowSource::next_csv(bool may_wait) {
  for (;;) {
    const auto record = parse_csv_record(bytes_.view(), bytes_.at_end());
    if (!record) return broken(record.error());
    if (*record) return read_record(**record);
    if (bytes_.view().size() > kRowBytesMax) {
      return broken(
          fmt::format("a row of more than {} bytes, or a quote never closed", kRowBytesMax));
    }
    const auto filled = fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return no_row();
  }
}

Result<NextRow> RowSource::read_record(const CsvRecord& record) {
  if (!columns_) {
    auto columns = RowColumns::from_header(record.fields);
    if (!columns) return std::unexpected(std::move(columns).error());
    columns_ = std::move(*columns);
    header_ = take_text(record.bytes, record.lines);
    return Row{};
  }
  if (record.fields.size() != columns_->count()) {
    return broken(
        fmt::format("{} columns where the header has {}", record.fields.size(), columns_->count()));
  }
  auto request = columns_->request(record.fields, parse_amount_);
  if (!request && request.error().exit != ExitCode::usage) {
    return std::unexpected(std::move(request).error());
  }
  const std::uint64_t line = line_;
  std::string text = take_text(record.bytes, record.lines);
  if (!request) return BadRow{line, std::move(request).error().what, std::move(text)};
  return Row{line, std::move(*request), std::move(text)};
}

Result<NextRow> RowSource::next_json(bool may_wait) {
  for (;;) {
    const std::string_view view = bytes_.view();
    const std::size_t end = std::min(view.find('\n'), view.size());
    if (end > kRowBytesMax) return broken(fmt::format("more than {} bytes", kRowBytesMax));
    if (end < view.size()) return read_json_line(view.substr(0, end), end + 1);
    // JSON tells by itself whether its end is missing.
    if (bytes_.at_end()) return read_json_line(view, end);
    const auto filled = fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return no_row();
  }
}

Result<NextRow> RowSource::read_json_line(std::string_view line, std::size_t bytes) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto request = request_of_json(line);
  if (!request && !is_whole_json(line)) return broken(request.error());
  const std::uint64_t number = line_;
  std::string text = take_text(bytes, 1);
  if (!request) return BadRow{number, std::move(request).error(), std::move(text)};
  return Row{number, std::move(*request), std::move(text)};
}

std::string RowSource::take_text(std::size_t bytes, std::size_t lines) {
  std::string text(bytes_.view().substr(0, bytes));
  bytes_.consume(bytes);
  line_ += lines;
  return text;
}

std::unexpected<Failure> RowSource::broken(std::string_view what) const {
  return usage_failure(
      fmt::format("line {}: {}. Where this row ends can't be told, so neither it nor anything "
                  "behind it was sent",
                  line_, what),
      "Mend it.");
}

NoRow RowSource::no_row() const {
  return NoRow{bytes_.at_end() && (bytes_.view().empty() || bytes_.view() == "\r")};
}

}  // namespace giro::cli
