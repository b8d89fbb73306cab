// Appends JSON to a string: no tree, no allocation for a field, numbers with to_chars.
//
//   JsonWriter json(out);
//   json.begin_object().field("seq", 42).field("key", "inv-17").end_object();
//
// What always holds: text is escaped as RFC 8259 asks; commas are set from the last byte written, so
// values can be appended to the same string in any number of calls. A line feed or nothing before
// the first value starts a new document.
// Names of fields are constants of the program and need no escaping. Thread: any, one at a time.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/inline_text.hpp"
#include "ledger/money.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/timestamp.hpp"

namespace giro::protocol {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    separate();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
    return *this;
  }

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(Timestamp time);
  JsonWriter& value(Date date) { return value(format_date(date)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(std::nullptr_t) { return raw("null"); }

  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  JsonWriter& value(Number number) {
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    out_.append(digits, end.ptr);
    return *this;
  }

  // A number; past 64 bits, which JSON's readers can't be trusted with, its digits as a string.
  JsonWriter& value(Int128 sum);

  template <class Tag, std::size_t kMax>
  JsonWriter& value(const InlineText<Tag, kMax>& text) {
    return value(text.view());
  }
  JsonWriter& value(const PaymentKey& key) { return value(key.view()); }

  // Nothing is null.
  template <class Value>
  JsonWriter& value(const std::optional<Value>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }

  // A value that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
  }

  template <class Value>
  JsonWriter& field(std::string_view name, const Value& field_value) {
    return key(name).value(field_value);
  }
  JsonWriter& raw_field(std::string_view name, std::string_view json) {
    return key(name).raw(json);
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_.push_back(bracket);
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_.push_back(bracket);
    return *this;
  }
  // Text ends with a quote, so none of these bytes can be the end of a value.
  void separate() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':' && last != '\n') out_.push_back(',');
  }

  std::string& out_;
};

}  // namespace giro::protocol
