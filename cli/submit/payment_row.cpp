#include "cli/submit/payment_row.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/commands/options.hpp"
#include "ledger/command/request.hpp"

namespace giro::cli {
namespace {

// How a field becomes JSON.
enum class Kind : std::uint8_t {
  text,
  amount,   // A decimal of the row's currency.
  limit,    // Likewise, or `none`.
  whole,    // A whole number.
  earlier,  // What was decided before: its key, or #42 for its seq.
  flag,     // true or false.
  object,   // JSON.
  method,
};

struct RowColumn {
  std::string_view name;
  Kind kind = Kind::text;
};

constexpr std::array<RowColumn, 27> kColumns{{
    {"key"},
    {"from"},
    {"to"},
    {"amount", Kind::amount},
    {"currency"},
    {"reference"},
    {"description"},
    {"code", Kind::whole},
    {"effective_date"},
    {"deadline"},
    {"metadata", Kind::object},
    {"method", Kind::method},
    {"hold", Kind::earlier},
    {"original", Kind::earlier},
    {"schedule", Kind::earlier},
    {"id"},
    {"timeout"},
    {"expires_at"},
    {"final", Kind::flag},
    {"at"},
    {"every"},
    {"until"},
    {"count", Kind::whole},
    {"floor", Kind::limit},
    {"ceiling", Kind::limit},
    {"frozen"},
    {"scale", Kind::whole},
}};
constexpr std::size_t kNeededColumns = 5;    // Of a file of payments.
constexpr std::size_t kPaymentColumns = 11;  // All that it may have.

constexpr std::size_t index_of(std::string_view name) {
  std::size_t index = 0;
  while (kColumns[index].name != name) ++index;
  return index;
}
constexpr std::size_t kCurrency = index_of("currency");
constexpr std::size_t kMethod = index_of("method");
constexpr std::size_t kScale = index_of("scale");

using Values = std::array<std::string_view, kColumns.size()>;

// A row of these has its currency only to say what its decimals mean.
constexpr std::array<std::string_view, 7> kTakeNoCurrency{
    "payments.capture", "payments.void",  "payments.reverse", "payments.cancel",
    "accounts.update",  "accounts.close", "accounts.reopen"};

bool is_payment(const Values& values) {
  return values[kMethod].empty() || values[kMethod] == "payments.submit";
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 && (text.size() == 1 || text.front() != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Failure> bad_column(std::size_t column, std::string_view value,
                                    std::string_view rule) {
  return usage_failure(
      fmt::format("column {} (`{}`) must be {}", kColumns[column].name, value, rule));
}

std::string names_of(std::span<const RowColumn> columns) {
  std::string names;
  for (const RowColumn& column : columns) {
    if (!names.empty()) names += ", ";
    names += column.name;
  }
  return names;
}

std::unexpected<Failure> unknown_column(std::string_view name,
                                        std::span<const RowColumn> known_columns) {
  std::string advice =
      fmt::format("The first line names the columns, separated by commas, out of: {}.",
                  names_of(known_columns));
  if (known_columns.size() < kColumns.size()) {
    advice += fmt::format(" With a column method, which says what each row asks for, also: {}.",
                          names_of(std::span(kColumns).subspan(kMethod + 1)));
  }
  return usage_failure(fmt::format("the header row: unknown column `{}`", name), std::move(advice));
}

std::string with_plain_line_ends(std::string_view value) {
  std::string text(value);
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

Result<void> append_text(std::string& out, std::size_t column, std::string_view value) {
  // Files from Windows end the lines inside a quoted field as they end all others.
  const std::string text = with_plain_line_ends(value);
  if (!is_plain_text(text)) {
    return bad_column(column, "...", "UTF-8 text without control characters");
  }
  append_json_string(out, text);
  return {};
}

Result<void> append_object(std::string& out, std::size_t column, const Values& values) {
  const std::string_view value = values[column];
  const std::size_t levels_above = is_payment(values) ? 1 : 2;
  if (auto problem = problem_of_object(value, kPaymentNestingMax - levels_above)) {
    return usage_failure(fmt::format("column {} is {}", kColumns[column].name, *problem));
  }
  // A quoted field may hold line ends; between JSON tokens a space means the same.
  std::string text(value);
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  out += text;
  return {};
}

Result<void> append_earlier(std::string& out, std::size_t column, std::string_view value) {
  const boost::json::value named = key_or_seq(std::string(value));
  if (named.is_string()) return append_text(out, column, value);
  out += std::to_string(named.as_int64());
  return {};
}

// A currency that the row itself declares has the scale that it says.
Result<Amount> parse_declared(std::size_t column, std::string_view value, std::string_view scale) {
  int digits = 0;
  std::from_chars(scale.data(), scale.data() + scale.size(), digits);
  if (!is_whole_number(scale) || digits > kScaleMax) {
    return bad_column(kScale, scale, "a whole number from 0 to 18");
  }
  const auto amount = parse_decimal(value, digits);
  if (amount) return *amount;
  return bad_column(column, value, fmt::format("a decimal with at most {} decimals", digits));
}

Result<void> append_amount(std::string& out, std::size_t column, const Values& values,
                           const ParseAmount& parse_amount) {
  const std::string_view value = values[column];
  if (kColumns[column].kind == Kind::limit && value == "none") {
    out += "null";
    return {};
  }
  if (values[kCurrency].empty()) {
    return usage_failure(fmt::format(
        "column {} (`{}`) is a decimal, and column currency doesn't say of which currency",
        kColumns[column].name, value));
  }
  const auto amount = values[kScale].empty() ? parse_amount(value, values[kCurrency])
                                             : parse_declared(column, value, values[kScale]);
  if (!amount) return std::unexpected(amount.error());
  out += std::to_string(*amount);
  return {};
}

Result<void> append_value(std::string& out, std::size_t column, const Values& values,
                          const ParseAmount& parse_amount) {
  const std::string_view value = values[column];
  switch (kColumns[column].kind) {
    case Kind::amount:
    case Kind::limit:
      return append_amount(out, column, values, parse_amount);
    case Kind::whole:
      if (!is_whole_number(value)) return bad_column(column, value, "a whole number");
      out += value;
      return {};
    case Kind::earlier:
      return append_earlier(out, column, value);
    case Kind::flag:
      if (value != "true" && value != "false") return bad_column(column, value, "true or false");
      out += value;
      return {};
    case Kind::object:
      return append_object(out, column, values);
    case Kind::text:
    case Kind::method:
      break;
  }
  return append_text(out, column, value);
}

}  // namespace

Result<RowColumns> RowColumns::from_header(const std::vector<std::string>& header) {
  RowColumns columns;
  columns.with_method_ = std::ranges::find(header, kColumns[kMethod].name) != header.end();
  const auto known_columns =
      std::span(kColumns).first(columns.with_method_ ? kColumns.size() : kPaymentColumns);
  for (const std::string& name : header) {
    const auto known = std::ranges::find(known_columns, name, &RowColumn::name);
    if (known == known_columns.end()) return unknown_column(name, known_columns);
    const auto index = static_cast<std::size_t>(known - known_columns.begin());
    if (std::ranges::count(columns.known_column_of_, index) > 0) {
      return usage_failure(fmt::format("the header row: column `{}` is there twice", name));
    }
    columns.known_column_of_.push_back(index);
  }
  if (columns.with_method_) return columns;
  std::vector<std::string_view> missing;
  for (std::size_t needed = 0; needed < kNeededColumns; ++needed) {
    if (std::ranges::count(columns.known_column_of_, needed) == 0) {
      missing.push_back(kColumns[needed].name);
    }
  }
  if (missing.empty()) return columns;
  return usage_failure(
      fmt::format("the header row: missing columns: {}", fmt::join(missing, ", ")));
}

Result<RowRequest> RowColumns::request(const std::vector<std::string>& row,
                                       const ParseAmount& parse_amount) const {
  Values values;
  for (std::size_t i = 0; i < row.size(); ++i) values[known_column_of_[i]] = row[i];
  if (!is_plain_text(values[kMethod])) {
    return bad_column(kMethod, "...", "UTF-8 text without control characters");
  }
  RowRequest request{.method = {}, .params = "{"};
  if (!is_payment(values)) request.method = values[kMethod];
  const bool takes_currency =
      std::ranges::find(kTakeNoCurrency, values[kMethod]) == kTakeNoCurrency.end();
  std::string& out = request.params;
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    const bool needed = !with_method_ && column < kNeededColumns;
    if (values[column].empty() && !needed) continue;
    if (column == kMethod || (column == kCurrency && !takes_currency)) continue;
    if (out.size() > 1) out += ',';
    out += '"';
    out += kColumns[column].name;
    out += "\":";
    if (auto appended = append_value(out, column, values, parse_amount); !appended) {
      return std::unexpected(std::move(appended).error());
    }
  }
  out += '}';
  return request;
}

}  // namespace giro::cli
