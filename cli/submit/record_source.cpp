#include "cli/submit/record_source.hpp"

#include <fmt/format.h>

namespace giro::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Result<bool> RecordSource::begin(bool may_wait) {
  if (begun_) return true;
  while (view().size() < kByteOrderMark.size() && !bytes_.at_end()) {
    const auto filled = fill(may_wait);
    if (!filled || !*filled) return filled;
  }
  if (view().starts_with(kByteOrderMark)) bytes_.consume(kByteOrderMark.size());
  begun_ = true;
  return true;
}

Result<bool> RecordSource::find(bool may_wait) {
  if (const auto begun = begin(may_wait); !begun || !*begun) return begun;
  for (;;) {
    if (view().starts_with('\n') || view().starts_with("\r\n")) {
      bytes_.consume(view().starts_with('\n') ? 1 : 2);
      ++line_;
    } else if (!view().empty() && view() != "\r") {
      return true;
    }
    if (!view().empty() && view() != "\r") continue;
    if (bytes_.at_end()) return false;
    const auto filled = fill(may_wait);
    if (!filled || !*filled) return filled;
  }
}

Result<bool> RecordSource::fill(bool may_wait) {
  if (!may_wait && bytes_.would_wait()) return false;
  if (auto filled = bytes_.fill(); !filled) return std::unexpected(std::move(filled).error());
  return true;
}

Result<std::optional<CsvRecord>> RecordSource::csv_record(bool may_wait, char separator) {
  for (;;) {
    auto record = parse_csv_record(view(), bytes_.at_end(), separator);
    if (!record) return broken(record.error());
    if (*record) return std::move(*record);
    if (view().size() > kRowBytesMax) {
      return broken(
          fmt::format("a row of more than {} bytes, or a quote never closed", kRowBytesMax));
    }
    const auto filled = fill(may_wait);
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return std::nullopt;
  }
}

std::string RecordSource::take(std::size_t bytes, std::size_t lines) {
  std::string text(view().substr(0, bytes));
  bytes_.consume(bytes);
  line_ += lines;
  return text;
}

std::unexpected<Failure> RecordSource::broken(std::string_view what) const {
  return usage_failure(
      fmt::format("line {}: {}. Where this row ends can't be told, so neither it nor anything "
                  "behind it was sent",
                  line_, what),
      "Mend it.");
}

bool RecordSource::at_end() const {
  return bytes_.at_end() && (view().empty() || view() == "\r");
}

}  // namespace giro::cli
