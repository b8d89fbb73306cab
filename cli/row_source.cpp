#include "cli/row_source.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/csv.hpp"

namespace giro::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

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
    if (skipping_) {
      const std::size_t end = view.find('\n');
      skipping_ = end == std::string_view::npos;
      bytes_.consume(skipping_ ? view.size() : end + 1);
      if (!skipping_) ++line_;
    } else if (view.starts_with('\n') || view.starts_with("\r\n")) {
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
    auto record = parse_csv_record(bytes_.view(), bytes_.at_end());
    if (!record && !columns_) {
      return usage_failure(fmt::format("the header row: {}", record.error()));
    }
    if (!record) return skip_line(std::move(record).error());
    if (*record) {
      const std::uint64_t line = std::exchange(line_, line_ + (*record)->lines);
      bytes_.consume((*record)->bytes);
      return csv_payment((*record)->fields, line);
    }
    if (bytes_.view().size() > kRowBytesMax) {
      return skip_line(
          fmt::format("a row of more than {} bytes, or a quote never closed", kRowBytesMax));
    }
    const auto filled = fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return no_row();
  }
}

Result<NextRow> RowSource::csv_payment(const std::vector<std::string>& fields, std::uint64_t line) {
  if (!columns_) {
    auto columns = PaymentColumns::from_header(fields);
    if (!columns) return std::unexpected(std::move(columns).error());
    columns_ = std::move(*columns);
    return Row{};
  }
  auto payment = columns_->payment(fields, parse_amount_);
  if (payment) return Row{line, std::move(*payment)};
  if (payment.error().exit != ExitCode::usage) return std::unexpected(std::move(payment).error());
  return BadRow{line, std::move(payment).error().what};
}

Result<NextRow> RowSource::next_json(bool may_wait) {
  for (;;) {
    const std::string_view view = bytes_.view();
    const std::size_t end = std::min(view.find('\n'), view.size());
    if (end > kRowBytesMax) {
      return skip_line(fmt::format("a line of more than {} bytes", kRowBytesMax));
    }
    if (end < view.size() || bytes_.at_end()) {
      std::string payment(view.substr(0, end));
      if (payment.ends_with('\r')) payment.pop_back();
      if (auto problem = problem_of_json_payment(payment)) return skip_line(std::move(*problem));
      bytes_.consume(std::min(end + 1, view.size()));
      return Row{line_++, std::move(payment)};
    }
    const auto filled = fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return no_row();
  }
}

NextRow RowSource::skip_line(std::string what) {
  BadRow bad{line_, std::move(what)};
  skipping_ = true;
  return bad;
}

NoRow RowSource::no_row() const {
  return NoRow{bytes_.at_end() && (bytes_.view().empty() || bytes_.view() == "\r")};
}

}  // namespace giro::cli
