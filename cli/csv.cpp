#include "cli/csv.hpp"

#include <algorithm>
#include <utility>

namespace giro::cli {
namespace {

constexpr std::size_t kNotFound = std::string_view::npos;

// Reads field after field. Each step says whether it needs more bytes by `short_of_bytes`.
class RecordParser {
 public:
  RecordParser(std::string_view bytes, bool at_end) : bytes_(bytes), at_end_(at_end) {}

  std::expected<std::optional<CsvRecord>, std::string> parse() {
    for (;;) {
      std::string field;
      const bool quoted = at_ < bytes_.size() && bytes_[at_] == '"';
      const char* error = quoted ? read_quoted(field) : read_bare(field);
      if (error != nullptr) return std::unexpected(error);
      if (short_of_bytes_) return std::nullopt;
      record_.fields.push_back(std::move(field));
      if (at_ < bytes_.size() && bytes_[at_] == ',') {
        ++at_;
        continue;
      }
      return end_record();
    }
  }

 private:
  const char* read_bare(std::string& field) {
    const std::size_t end = bytes_.find_first_of(",\n\"", at_);
    if (end == kNotFound && !at_end_) {
      short_of_bytes_ = true;
      return nullptr;
    }
    if (end != kNotFound && bytes_[end] == '"') {
      return "a quote inside a field that doesn't begin with one";
    }
    std::size_t last = std::min(end, bytes_.size());
    // CRLF ends a line as LF does.
    const bool at_line_end = last == bytes_.size() || bytes_[last] == '\n';
    if (at_line_end && last > at_ && bytes_[last - 1] == '\r') --last;
    field = bytes_.substr(at_, last - at_);
    at_ = last;
    return nullptr;
  }

  const char* read_quoted(std::string& field) {
    ++at_;
    for (;;) {
      const std::size_t quote = bytes_.find('"', at_);
      if (quote == kNotFound || (quote + 1 == bytes_.size() && !at_end_)) {
        short_of_bytes_ = !at_end_;
        return at_end_ ? "a quote that is never closed" : nullptr;
      }
      field += bytes_.substr(at_, quote - at_);
      at_ = quote + 1;
      if (at_ == bytes_.size() || bytes_[at_] != '"') break;
      field += '"';
      ++at_;
    }
    const bool ends_well =
        at_ == bytes_.size() || bytes_[at_] == ',' || bytes_[at_] == '\n' || bytes_[at_] == '\r';
    return ends_well ? nullptr : "text behind a closing quote";
  }

  // REQUIRES: at_ is behind the last field.
  std::expected<std::optional<CsvRecord>, std::string> end_record() {
    if (at_ < bytes_.size() && bytes_[at_] == '\r') {
      if (at_ + 1 == bytes_.size() && !at_end_) return std::nullopt;
      ++at_;
      if (at_ < bytes_.size() && bytes_[at_] != '\n') {
        return std::unexpected("a carriage return inside the row");
      }
    }
    if (at_ < bytes_.size()) ++at_;
    const std::string_view record = bytes_.substr(0, at_);
    record_.bytes = at_;
    record_.lines = static_cast<std::size_t>(std::count(record.begin(), record.end(), '\n'));
    if (!record.ends_with('\n')) ++record_.lines;
    return std::move(record_);
  }

  std::string_view bytes_;
  bool at_end_;
  bool short_of_bytes_ = false;
  std::size_t at_ = 0;
  CsvRecord record_;
};

}  // namespace

std::expected<std::optional<CsvRecord>, std::string> parse_csv_record(std::string_view bytes,
                                                                      bool at_end) {
  return RecordParser(bytes, at_end).parse();
}

}  // namespace giro::cli
