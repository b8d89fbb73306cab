#include "protocol/cursors.hpp"

#include <array>

#include "protocol/whole_number.hpp"

namespace giro::protocol {
namespace {

bool parse_number(std::string_view text, std::uint64_t& out) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto number = whole_number<std::uint64_t>(text);
  out = number.value_or(0);
  return number.has_value();
}

// A sum of amounts, of at most 36 digits.
bool parse_wide(std::string_view text, Int128& out) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 36 ||
      digits.find_first_not_of("0123456789") != digits.npos) {
    return false;
  }
  out = 0;
  for (const char digit : digits) out = out * 10 + (digit - '0');
  if (digits.size() < text.size()) out = -out;
  return format_integer(out) == text;
}

}  // namespace

std::string format_cursor(const Cursor& cursor) {
  return std::to_string(cursor.until_seq) + "." + std::to_string(cursor.position);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const std::size_t dot = text.find('.');
  Cursor cursor;
  if (dot == std::string_view::npos || !parse_number(text.substr(0, dot), cursor.until_seq) ||
      !parse_number(text.substr(dot + 1), cursor.position)) {
    return std::nullopt;
  }
  return cursor;
}

std::string format_effective_cursor(const EffectiveCursor& cursor) {
  std::string text = std::to_string(cursor.until_seq);
  for (const Int128 number :
       {Int128{cursor.place.day.days}, static_cast<Int128>(cursor.place.seq),
        Int128{cursor.place.leg}, cursor.balance, cursor.opening, cursor.closing}) {
    text.append(1, '.').append(format_integer(number));
  }
  return text;
}

std::optional<EffectiveCursor> parse_effective_cursor(std::string_view text) {
  std::array<Int128, 7> numbers{};
  for (Int128& number : numbers) {
    const bool last = &number == &numbers.back();
    const std::size_t end = last ? text.size() : text.find('.');
    if (end == std::string_view::npos || !parse_wide(text.substr(0, end), number)) {
      return std::nullopt;
    }
    text.remove_prefix(last ? end : end + 1);
  }
  const auto within = [&](std::size_t i, std::int64_t min, std::int64_t max) {
    return numbers[i] >= min && numbers[i] <= max;
  };
  if (!within(0, 0, kAmountMax) || !within(1, kFirstDate.days, kLastDate.days) ||
      !within(2, 0, kAmountMax) || !within(3, 0, kLegsMax)) {
    return std::nullopt;
  }
  return EffectiveCursor{.until_seq = static_cast<Seq>(numbers[0]),
                         .place = {.day = {static_cast<std::int32_t>(numbers[1])},
                                   .seq = static_cast<Seq>(numbers[2]),
                                   .leg = static_cast<std::uint16_t>(numbers[3])},
                         .balance = numbers[4],
                         .opening = numbers[5],
                         .closing = numbers[6]};
}

std::string format_totals_cursor(const TotalsCursor& cursor) {
  std::string text = std::to_string(cursor.as_of_seq).append(" ");
  return text.append(cursor.currency.view()).append(" ").append(cursor.branch);
}

std::optional<TotalsCursor> parse_totals_cursor(std::string_view text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  TotalsCursor cursor;
  if (second == std::string_view::npos || !parse_number(text.substr(0, first), cursor.as_of_seq)) {
    return std::nullopt;
  }
  const std::string_view currency = text.substr(first + 1, second - first - 1);
  cursor.branch = text.substr(second + 1);
  if (!is_currency_code(currency) || (!cursor.branch.empty() && !is_account_id(cursor.branch))) {
    return std::nullopt;
  }
  cursor.currency = CurrencyCode(currency);
  return cursor;
}

}  // namespace giro::protocol
