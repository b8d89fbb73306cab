#include "protocol/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "ledger/json_text.hpp"

namespace giro::protocol {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The number at the beginning, by the grammar of RFC 8259, section 6; empty: there is none.
std::string_view number_at(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - first;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return {};
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return {};
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return {};
  }
  return text.substr(0, at);
}

// What a library with numbers of 64 bits can't read is replaced by what every field refuses as it would
// the number itself: an integer that is too large, or one that isn't an integer, with an exponent, so that nothing
// that follows makes another number of it.
std::string_view readable(std::string_view number) {
  const char* begin = number.data();
  const char* end = begin + number.size();
  if (number.find_first_of(".eE") != std::string_view::npos) {
    double value = 0;
    return std::from_chars(begin, end, value).ec == std::errc() ? number : "5e-1";
  }
  std::int64_t low = 0;
  std::uint64_t high = 0;
  const bool fits = std::from_chars(begin, end, low).ec == std::errc() ||
                    std::from_chars(begin, end, high).ec == std::errc();
  if (fits) return number;
  return number.starts_with('-') ? "-9223372036854775808" : "18446744073709551615";
}

// Whether a library gives it back to the letter.
bool is_plain_integer(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos && number != "-0" &&
         readable(number) == number;
}

std::optional<unsigned> hex(std::string_view digits) {
  unsigned value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (end.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// Whether a string's inside, escapes and all, says `name`, which is ASCII.
bool says(std::string_view inside, std::string_view name) {
  for (const char expected : name) {
    if (inside.empty()) return false;
    if (inside.starts_with("\\u") && inside.size() >= 6) {
      if (hex(inside.substr(2, 4)) != static_cast<unsigned char>(expected)) return false;
      inside.remove_prefix(6);
    } else if (inside.front() == expected) {
      inside.remove_prefix(1);
    } else {
      return false;
    }
  }
  return inside.empty();
}

bool begins_with_mark(std::string_view inside) {
  return inside.starts_with(kNumberMark) ||
         (inside.starts_with("\\u") && inside.size() >= 6 && hex(inside.substr(2, 4)) == 0xFFFF);
}

// Goes through a line once, and copies what lies between two changes in one piece. Anything that isn't JSON is
// copied: whoever reads it will say so.
class Marker {
 public:
  Marker(std::string_view line, std::string& out, Doubled doubled)
      : line_(line), out_(out), doubled_(doubled) {}

  void run() {
    out_.clear();
    while (at_ < line_.size()) step();
    copy_up_to(at_);
  }

 private:
  void step() {
    const char c = line_[at_];
    if (c == '"') return take_string();
    if (c == '-' || is_digit(c)) return take_number();
    switch (c) {
      case '{':
      case '[':
        if (value_is_ == Name::metadata && metadata_depth_ == 0)
          metadata_depth_ = depth_.size() + 1;
        depth_.push_back(c);
        is_key_ = c == '{';
        value_is_ = Name::other;
        break;
      case '}':
      case ']':
        if (depth_.size() == metadata_depth_) metadata_depth_ = 0;
        if (!depth_.empty()) depth_.pop_back();
        is_key_ = false;
        break;
      case ',':
        is_key_ = !depth_.empty() && depth_.back() == '{';
        value_is_ = Name::other;
        break;
      case ':':
        is_key_ = false;
        break;
      default:
        break;
    }
    ++at_;
  }

  void take_string() {
    const std::size_t end = end_of_string();
    if (end >= line_.size()) {  // It has no end.
      at_ = line_.size();
      return;
    }
    const std::string_view inside = line_.substr(at_ + 1, end - at_ - 1);
    if (is_key_) {
      if (metadata_depth_ == 0) {
        value_is_ = says(inside, "metadata")                   ? Name::metadata
                    : depth_.size() == 1 && says(inside, "id") ? Name::id
                                                               : Name::other;
      }
    } else if ((metadata_depth_ != 0 || value_is_ == Name::id || doubled_ == Doubled::everywhere) &&
               begins_with_mark(inside)) {
      copy_up_to(at_ + 1);
      out_.append(kNumberMark);
    }
    at_ = end + 1;
  }

  // Where the quote is that ends the string at hand; at the line's end or behind it: it has none.
  [[nodiscard]] std::size_t end_of_string() const {
    std::size_t end = find_special_in_json(line_, at_ + 1);
    while (end < line_.size() && line_[end] != '"') {
      end = find_special_in_json(line_, std::min(end + (line_[end] == '\\' ? 2 : 1), line_.size()));
    }
    return end;
  }

  void take_number() {
    const std::string_view number = number_at(line_.substr(at_));
    if (number.empty()) {
      ++at_;
      return;
    }
    if (metadata_depth_ != 0 || (value_is_ == Name::id && !is_plain_integer(number))) {
      copy_up_to(at_);
      out_.append("\"").append(kNumberMark).append(number).append("\"");
      copied_ += number.size();
    } else if (const std::string_view instead = readable(number); instead != number) {
      copy_up_to(at_);
      out_.append(instead);
      copied_ += number.size();
    }
    at_ += number.size();
  }

  void copy_up_to(std::size_t end) {
    out_.append(line_.substr(copied_, end - copied_));
    copied_ = end;
  }

  enum class Name : std::uint8_t { other, metadata, id };

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // What lies before it is in `out_`.
  std::string& out_;
  Doubled doubled_;
  std::vector<char> depth_;
  std::size_t metadata_depth_ = 0;  // 0: not in metadata.
  bool is_key_ = false;             // The next string is a member's name.
  Name value_is_ = Name::other;     // Whose value comes next.
};

}  // namespace

bool has_text(std::string_view line, std::string_view text) {
  return ::memmem(line.data(), line.size(), text.data(), text.size()) != nullptr;
}

bool may_have_metadata(std::string_view line) {
  // Most lines have no escape at all, and a byte is found many times faster than a text.
  return has_text(line, "metadata") || (line.contains('\\') && has_text(line, "\\u00"));
}

void keep_numbers(std::string_view line, std::string& out, Doubled doubled) {
  Marker(line, out, doubled).run();
}

std::string take_marks_off(std::string_view json) {
  // A quote before a mark always opens a string: behind a closing one stands no letter.
  const std::string opening = std::string("\"").append(kNumberMark);
  std::string out;
  out.reserve(json.size());
  for (auto at = json.find(opening); at != std::string_view::npos; at = json.find(opening)) {
    out.append(json.substr(0, at));
    json.remove_prefix(at + opening.size());
    if (json.starts_with(kNumberMark)) {
      out.append("\"");  // A string of the client's.
      continue;
    }
    const std::size_t end = json.find('"');
    out.append(json.substr(0, end));
    json.remove_prefix(end == std::string_view::npos ? json.size() : end + 1);
  }
  return out.append(json);
}

}  // namespace giro::protocol
