// Reading `params` strictly: each method has a table of its fields; a field that isn't in it, one
// that is given twice, one of the wrong type and one that is missing are refused, by path. A field that is
// null is one that wasn't given, as clients write what they have nothing for; but for the few where it
// means none from now on.
//
// A table entry reads one value into the target with the accessors of Reading, which say what was
// expected when they answer false. Thread: any, one at a time. Views point into the document.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/questions.hpp"
#include "ledger/command/reference.hpp"
#include "ledger/command/request.hpp"
#include "protocol/rpc.hpp"

namespace giro::protocol {

// The field at hand, and why reading stopped.
class Reading {
 public:
  // Each of these answers false, and keeps the refusal, when the value is of another type or range.
  bool text(const Value& value, std::string_view& out);
  bool text(const Value& value, std::optional<std::string_view>& out);
  bool flag(const Value& value, bool& out);
  bool integer(const Value& value, std::int64_t& out);
  bool integer(const Value& value, std::optional<std::int64_t>& out);
  bool integer_or_null(const Value& value, std::optional<std::int64_t>& out);
  // A whole number from `min` to `max`.
  bool count(const Value& value, std::uint64_t min, std::uint64_t max, std::uint64_t& out);
  // What was decided before: its key, a string, or its seq, a number.
  bool reference(const Value& value, ReferenceRequest& out);
  bool moment(const Value& value, std::optional<Moment>& out);
  bool date(const Value& value, std::optional<Date>& out);
  // Canonical text of an object: keys sorted, compact. Nothing for an empty one.
  bool metadata(const Value& value, std::string& storage, std::optional<std::string_view>& out);

  // Always false, for `return reading.refuse(...)`.
  bool refuse(ErrorCode code, std::string_view must);
  bool wrong_type(std::string_view expected);
  bool unknown(std::string_view name);
  bool twice(std::string_view name);
  bool missing(std::string_view name);

  void at_field(std::string_view name) { field_ = name; }
  // Within an element of an array: paths then start with "array[index].".
  void enter(std::string_view array, std::size_t index) { array_ = array, index_ = index; }
  void leave() { array_ = {}; }

  [[nodiscard]] Refusal take_refusal() { return std::move(refusal_); }

 private:
  [[nodiscard]] std::string path() const;

  std::string_view field_;
  std::string_view array_;
  std::size_t index_ = 0;
  Refusal refusal_;
};

enum class Null : std::uint8_t { is_absent, is_a_value };

template <class Target>
struct Field {
  std::string_view name;
  bool needed;
  bool (*read)(const Value& value, Target& target, Reading& reading);
  Null null = Null::is_absent;
};

using Seen = std::uint32_t;  // A bit for each field of the table.

template <class Target>
[[nodiscard]] constexpr std::size_t find_field(std::span<const Field<Target>> table,
                                               std::string_view name, std::size_t expected) {
  if (expected < table.size() && table[expected].name == name) return expected;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return i;
  }
  return table.size();
}

// Nothing: refused, reading.take_refusal() says why. Clients send fields in one order mostly, so the
// search starts at the field after the last one.
template <class Target>
[[nodiscard]] std::optional<Seen> read_object(const Value& value,
                                              std::span<const Field<Target>> table, Target& target,
                                              Reading& reading) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    reading.wrong_type("an object");
    return std::nullopt;
  }
  Seen named = 0;
  Seen seen = 0;
  std::size_t expected = 0;
  for (const auto [name, field_value] : object) {
    const std::size_t i = find_field(table, name, expected);
    if (i == table.size()) return reading.unknown(name), std::nullopt;
    const Seen bit = Seen{1} << i;
    if ((named & bit) != 0) return reading.twice(name), std::nullopt;
    named |= bit;
    expected = i + 1;
    if (field_value.is_null() && table[i].null == Null::is_absent) continue;
    seen |= bit;
    reading.at_field(table[i].name);
    if (!table[i].read(field_value, target, reading)) return std::nullopt;
  }
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].needed && (seen >> i & 1) == 0)
      return reading.missing(table[i].name), std::nullopt;
  }
  return seen;
}

// Each element of an array, `name`, by the same table, behind those that `out` has. False: refused.
template <class Target>
[[nodiscard]] bool read_elements(const simdjson::dom::array& array, std::string_view name,
                                 std::span<const Field<Target>> table, std::vector<Target>& out,
                                 Reading& reading) {
  for (const Value element : array) {
    reading.enter(name, out.size());
    reading.at_field({});
    if (!read_object(element, table, out.emplace_back(), reading)) return false;
  }
  reading.leave();
  return true;
}

// The params of a request as a whole: absent is an empty object, by-position is refused.
template <class Target>
[[nodiscard]] std::expected<Seen, Refusal> read_params(const std::optional<Value>& params,
                                                       std::span<const Field<Target>> table,
                                                       Target& target) {
  Reading reading;
  reading.at_field("params");
  if (!params) {
    for (const Field<Target>& field : table) {
      if (!field.needed) continue;
      reading.missing(field.name);
      return std::unexpected(reading.take_refusal());
    }
    return Seen{0};
  }
  const std::optional<Seen> seen = read_object(*params, table, target, reading);
  if (!seen) return std::unexpected(reading.take_refusal());
  return *seen;
}

}  // namespace giro::protocol
