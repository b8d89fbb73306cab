#include "cli/output/csv.hpp"

#include <algorithm>
#include <utility>

namespace giro::cli {
namespace {

constexpr std::size_t kNotFound = std::string_view::npos;
constexpr const char* kNoLineEnd = "the input ends in it without a line end, so it may be cut off";

// Reads field after field. Each step says whether it needs more bytes by `short_of_bytes`.
class RecordParser {
 public:
  RecordParser(std::string_view bytes, bool at_end, char separator)
      : bytes_(bytes), at_end_(at_end), separator_(separator) {}

  std::expected<std::optional<CsvRecord>, std::string> parse() {
    for (;;) {
      std::string field;
      const bool quoted = at_ < bytes_.size() && bytes_[at_] == '"';
      const char* error = quoted ? read_quoted(field) : read_bare(field);
      if (error != nullptr) return std::unexpected(error);
      if (short_of_bytes_) return std::nullopt;
      record_.fields.push_back(std::move(field));
      if (bytes_[at_] != separator_) return end_record();
      ++at_;
    }
  }

 private:
  const char* read_bare(std::string& field) {
    const std::size_t end = bytes_.find_first_of(std::string_view(ends_of_field_), at_);
    if (end == kNotFound) return run_out(kNoLineEnd);
    if (bytes_[end] == '"') return "a quote inside a field that doesn't begin with one";
    field = bytes_.substr(at_, end - at_);
    at_ = end;
    return nullptr;
  }

  const char* read_quoted(std::string& field) {
    ++at_;
    for (;;) {
      const std::size_t quote = bytes_.find('"', at_);
      if (quote == kNotFound) return run_out("a quote that is never closed");
      // The next byte tells whether this quote closes the field or is the first of two.
      if (quote + 1 == bytes_.size()) return run_out(kNoLineEnd);
      field += bytes_.substr(at_, quote - at_);
      at_ = quote + 1;
      if (bytes_[at_] != '"') break;
      field += '"';
      ++at_;
    }
    const char next = bytes_[at_];
    return next == separator_ || next == '\r' || next == '\n' ? nullptr
                                                              : "text behind a closing quote";
  }

  // REQUIRES: at_ is at the line end behind the last field.
  std::expected<std::optional<CsvRecord>, std::string> end_record() {
    if (bytes_[at_] == '\r') {
      ++at_;
      const char* error = at_ == bytes_.size()  ? run_out(kNoLineEnd)
                          : bytes_[at_] != '\n' ? "a carriage return that no line feed follows"
                                                : nullptr;
      if (error != nullptr) return std::unexpected(error);
      if (short_of_bytes_) return std::nullopt;
    }
    ++at_;
    const std::string_view record = bytes_.substr(0, at_);
    record_.bytes = at_;
    record_.lines = static_cast<std::size_t>(std::count(record.begin(), record.end(), '\n'));
    return std::move(record_);
  }

  // The bytes end before the record does: more may come, else the record is broken.
  const char* run_out(const char* error) {
    short_of_bytes_ = !at_end_;
    return at_end_ ? error : nullptr;
  }

  std::string_view bytes_;
  bool at_end_;
  char separator_;
  std::string ends_of_field_{separator_, '\r', '\n', '"'};
  bool short_of_bytes_ = false;
  std::size_t at_ = 0;
  CsvRecord record_;
};

}  // namespace

std::expected<std::optional<CsvRecord>, std::string> parse_csv_record(std::string_view bytes,
                                                                      bool at_end, char separator) {
  return RecordParser(bytes, at_end, separator).parse();
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace giro::cli
