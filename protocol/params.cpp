#include "protocol/params.hpp"

#include "protocol/metadata.hpp"

namespace giro::protocol {
namespace {

// Names are the client's bytes: a message that repeats a whole megabyte helps nobody.
constexpr std::size_t kNameBytesShown = 64;

std::string shown(std::string_view name) {
  if (name.size() <= kNameBytesShown) return std::string(name);
  std::size_t end = kNameBytesShown;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return std::string(name.substr(0, end)).append("...");
}

}  // namespace

std::string Reading::path() const {
  if (array_.empty()) return std::string(field_);
  std::string path = std::string(array_).append("[").append(std::to_string(index_)).append("]");
  if (!field_.empty()) path.append(".").append(field_);
  return path;
}

bool Reading::refuse(ErrorCode code, std::string_view must) {
  refusal_ = {.code = code, .field = path(), .message = {}};
  refusal_.message = refusal_.field + " must " + std::string(must);
  return false;
}

bool Reading::wrong_type(std::string_view expected) {
  return refuse(ErrorCode::malformed, "be " + std::string(expected));
}

bool Reading::unknown(std::string_view name) {
  const std::string short_name = shown(name);
  field_ = short_name;
  refusal_ = {.code = ErrorCode::unknown_field, .field = path(), .message = {}};
  refusal_.message = refusal_.field + " isn't a field of this method; nothing was decided";
  field_ = {};
  return false;
}

bool Reading::twice(std::string_view name) {
  at_field(name);
  return refuse(ErrorCode::malformed, "be given once, not twice");
}

bool Reading::missing(std::string_view name) {
  at_field(name);
  return refuse(ErrorCode::malformed, "be given");
}

bool Reading::text(const Value& value, std::string_view& out) {
  return value.get(out) == simdjson::SUCCESS || wrong_type("a string");
}

bool Reading::text(const Value& value, std::optional<std::string_view>& out) {
  return text(value, out.emplace());
}

bool Reading::flag(const Value& value, bool& out) {
  return value.get(out) == simdjson::SUCCESS || wrong_type("true or false");
}

bool Reading::integer(const Value& value, std::int64_t& out) {
  if (value.get(out) == simdjson::SUCCESS) return true;
  if (value.is_uint64()) return refuse(ErrorCode::invalid_value, "be at most 9223372036854775807");
  return wrong_type("an integer: no point, no exponent, no quotes");
}

bool Reading::integer(const Value& value, std::optional<std::int64_t>& out) {
  return integer(value, out.emplace());
}

bool Reading::reference(const Value& value, ReferenceRequest& out) {
  if (value.is_string()) return text(value, out.key);
  return value.is_int64() ? integer(value, out.seq) : wrong_type("a key or a seq");
}

bool Reading::integer_or_null(const Value& value, std::optional<std::int64_t>& out) {
  if (!value.is_null()) return integer(value, out.emplace());
  out.reset();
  return true;
}

bool Reading::count(const Value& value, std::uint64_t min, std::uint64_t max, std::uint64_t& out) {
  if (!value.is_int64() && !value.is_uint64()) return wrong_type("an integer");
  if (value.get(out) == simdjson::SUCCESS && out >= min && out <= max) return true;
  return refuse(ErrorCode::invalid_value,
                "be " + std::to_string(min) + " to " + std::to_string(max));
}

bool Reading::moment(const Value& value, std::optional<Moment>& out) {
  std::string_view time;
  if (value.get(time) != simdjson::SUCCESS) {
    Seq seq = 0;
    if (!value.is_int64() && !value.is_uint64()) return wrong_type("a seq or a time");
    if (!count(value, 0, static_cast<Seq>(kAmountMax), seq)) return false;
    out = Moment(seq);
    return true;
  }
  const auto parsed = parse_rfc3339(time);
  if (!parsed) {
    return refuse(ErrorCode::invalid_value,
                  "be a seq, or a time as in RFC 3339, such as 2026-11-23T09:00:00Z");
  }
  out = Moment(*parsed);
  return true;
}

bool Reading::date(const Value& value, std::optional<Date>& out) {
  std::string_view day;
  if (!text(value, day)) return false;
  out = parse_date(day);
  return out.has_value() || refuse(ErrorCode::invalid_value, "be a day, YYYY-MM-DD");
}

bool Reading::metadata(const Value& value, std::string& storage,
                       std::optional<std::string_view>& out) {
  if (!value.is_object()) return wrong_type("an object");
  storage.clear();
  if (!append_canonical(storage, value)) {
    return refuse(ErrorCode::malformed, "not have a key twice");
  }
  // An empty object says nothing, so it is the same as none.
  if (storage != "{}") out = storage;
  return true;
}

}  // namespace giro::protocol
