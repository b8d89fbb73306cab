#include "cli/payment_row.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/json_text.hpp"
#include "ledger/command/request.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kAmountColumn = 3;
constexpr std::size_t kCurrencyColumn = 4;
constexpr std::size_t kNeededColumns = 5;
constexpr std::array<std::string_view, 11> kColumns{
    "key",  "from",           "to",       "amount",  "currency", "reference", "description",
    "code", "effective_date", "deadline", "metadata"};
constexpr std::size_t kCodeColumn = 7;
constexpr std::size_t kMetadataColumn = 10;

// In a batch a payment lies three levels deep, and a request has at most 32.
constexpr std::size_t kPaymentNestingMax = 32 - 3;

// What is wrong with `text` as a JSON object of at most `nesting` levels.
std::optional<std::string> problem_of_object(std::string_view text, std::size_t nesting) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = nesting;
  json::monotonic_resource memory;
  const auto value = read_json(text, options, error, &memory);
  if (!value) return "not JSON: " + error.message();
  if (!value->is_object()) return "not a JSON object";
  return std::nullopt;
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 && (text.size() == 1 || text.front() != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Failure> bad_column(std::size_t column, std::string_view value,
                                    std::string_view rule) {
  return usage_failure(fmt::format("column {} (`{}`) must be {}", kColumns[column], value, rule));
}

std::string quoted_names(const std::vector<std::string_view>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string with_plain_line_ends(std::string_view value) {
  std::string text(value);
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

Result<void> append_value(std::string& out, std::size_t column, std::string_view value) {
  if (column == kCodeColumn) {
    if (!is_whole_number(value)) return bad_column(column, value, "a whole number");
    out += value;
  } else if (column == kMetadataColumn) {
    if (auto problem = problem_of_object(value, kPaymentNestingMax - 1)) {
      return usage_failure(fmt::format("column metadata is {}", *problem));
    }
    // A quoted field may hold line ends; between JSON tokens a space means the same.
    std::string text(value);
    std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out += text;
  } else {
    // Files from Windows end the lines inside a quoted field as they end all others.
    const std::string text = with_plain_line_ends(value);
    if (!is_plain_text(text)) {
      return bad_column(column, "...", "UTF-8 text without control characters");
    }
    append_json_string(out, text);
  }
  return {};
}

}  // namespace

Result<PaymentColumns> PaymentColumns::from_header(const std::vector<std::string>& header) {
  PaymentColumns columns;
  for (const std::string& name : header) {
    const auto known = std::ranges::find(kColumns, name);
    if (known == kColumns.end()) {
      return usage_failure(
          fmt::format("the header row: unknown column `{}`", name),
          fmt::format("The first line names the columns, separated by commas, out of: {}.",
                      fmt::join(kColumns, ", ")));
    }
    const auto index = static_cast<std::size_t>(known - kColumns.begin());
    if (std::ranges::count(columns.known_column_of_, index) > 0) {
      return usage_failure(fmt::format("the header row: column `{}` is there twice", name));
    }
    columns.known_column_of_.push_back(index);
  }
  std::vector<std::string_view> missing;
  for (std::size_t needed = 0; needed < kNeededColumns; ++needed) {
    if (std::ranges::count(columns.known_column_of_, needed) == 0) {
      missing.push_back(kColumns[needed]);
    }
  }
  if (!missing.empty()) {
    return usage_failure(fmt::format("the header row: missing columns: {}", quoted_names(missing)));
  }
  return columns;
}

Result<std::string> PaymentColumns::payment(const std::vector<std::string>& row,
                                            const ParseAmount& parse_amount) const {
  std::array<std::string_view, kColumns.size()> values;
  for (std::size_t i = 0; i < row.size(); ++i) values[known_column_of_[i]] = row[i];
  const auto amount = parse_amount(values[kAmountColumn], values[kCurrencyColumn]);
  if (!amount) return std::unexpected(amount.error());

  std::string out = "{";
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    const std::string_view value = values[column];
    if (value.empty() && column >= kNeededColumns) continue;
    if (out.size() > 1) out += ',';
    out += '"';
    out += kColumns[column];
    out += "\":";
    if (column == kAmountColumn) {
      out += std::to_string(*amount);
    } else if (auto appended = append_value(out, column, value); !appended) {
      return std::unexpected(std::move(appended).error());
    }
  }
  out += '}';
  return out;
}

std::optional<std::string> problem_of_json_payment(std::string_view line) {
  return problem_of_object(line, kPaymentNestingMax);
}

void append_json_string(std::string& out, std::string_view text) {
  const bool needs_escapes = std::ranges::any_of(
      text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  if (needs_escapes) {
    out += json::serialize(json::string_view(text.data(), text.size()));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

}  // namespace giro::cli
