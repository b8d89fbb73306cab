#include "cli/output/answers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/output/csv.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/visible_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr auto kAccountColumns = std::to_array<std::string_view>(
    {"id", "currency", "balance", "available", "held_in", "held_out", "floor", "ceiling", "frozen",
     "closed", "posted_in", "posted_out", "version", "opened_seq", "last_seq", "metadata"});
constexpr auto kEntryColumns = std::to_array<std::string_view>(
    {"seq",        "at",   "type",      "status",      "code",         "key",
     "leg",        "from", "to",        "amount",      "currency",     "from_balance",
     "to_balance", "hold", "original",  "schedule",    "left",         "released",
     "expires_at", "id",   "reference", "description", "payment_code", "effective_date",
     "metadata",   "uid",  "node"});
constexpr auto kHoldColumns = std::to_array<std::string_view>(
    {"seq", "at", "key", "from", "to", "amount", "left", "currency", "expires_at"});
constexpr auto kScheduleColumns = std::to_array<std::string_view>(
    {"seq", "next_at", "key", "every", "occurrence", "count", "until", "leg", "from", "to",
     "amount", "currency", "reference"});
constexpr auto kAmounts = std::to_array<std::string_view>({"amount",
                                                           "asked",
                                                           "available",
                                                           "balance",
                                                           "ceiling",
                                                           "change",
                                                           "closing",
                                                           "closing_balance",
                                                           "credit",
                                                           "debit",
                                                           "floor",
                                                           "from_balance",
                                                           "from_held_in",
                                                           "from_held_out",
                                                           "held_in",
                                                           "held_out",
                                                           "if_available_gte",
                                                           "in",
                                                           "left",
                                                           "net",
                                                           "opening",
                                                           "opening_balance",
                                                           "out",
                                                           "posted_in",
                                                           "posted_out",
                                                           "released",
                                                           "reversed",
                                                           "to_balance",
                                                           "to_held_in",
                                                           "to_held_out",
                                                           "used_amount"});

// Of the row itself, else of its currency; nothing: nobody knows it.
std::optional<int> scale_of(Session& session, const json::object& row) {
  if (row.contains("scale")) return scale_field(row);
  const std::string currency = text_field(row, "currency");
  if (currency.empty()) return std::nullopt;
  const auto scale = session.scale_of(currency);
  return scale ? std::optional(*scale) : std::nullopt;
}

void add_scales(Session& session, json::object& row) {
  if (json::value* legs = row.if_contains("legs"); legs != nullptr && legs->is_array()) {
    for (json::value& leg : legs->get_array()) {
      if (leg.is_object()) add_scales(session, leg.get_object());
    }
  }
  if (row.contains("scale")) return;
  if (const auto scale = scale_of(session, row)) row["scale"] = *scale;
}

// A balance of a rejected payment may be in another currency than was asked for; its own stands beside it.
std::optional<int> scale_of_field(Session& session, const json::object& row, std::string_view field,
                                  std::optional<int> scale) {
  for (const char* side : {"from", "to"}) {
    if (!field.starts_with(fmt::format("{}_", side))) continue;
    const std::string own = text_field(row, fmt::format("{}_currency", side));
    if (own.empty()) continue;
    const auto known = session.scale_of(own);
    return known ? std::optional(*known) : std::nullopt;
  }
  return scale;
}

std::string csv_value(Session& session, const json::object& row, std::string_view field,
                      std::optional<int> scale) {
  if (is_amount(field)) {
    const auto own = scale_of_field(session, row, field, scale);
    if (own) return amount_field(row, field, *own);
  }
  const json::value* value = row.if_contains({field.data(), field.size()});
  return value == nullptr || value->is_null() ? std::string() : csv_field(shown_field(row, field));
}

// On a terminal nothing of the data may act; into a file everything goes as it is.
std::string harmless(const std::string& line) {
  return terminal_width() > 0 ? visible(line, LineEnds::kept) : line;
}

void flatten(Session& session, const json::object& object, const std::string& before,
             std::optional<int> scale, std::string& header, std::string& row) {
  for (const auto& member : object) {
    const std::string name(member.key());
    if (member.value().is_object() && name != "metadata") {
      flatten(session, member.value().get_object(), before + name + ".", scale, header, row);
      continue;
    }
    if (!header.empty()) header += ',', row += ',';
    header += csv_field(before + name);
    row += csv_value(session, object, name, scale);
  }
}

}  // namespace

Columns account_columns() {
  return kAccountColumns;
}

Columns entry_columns() {
  return kEntryColumns;
}

Columns hold_columns() {
  return kHoldColumns;
}

Columns schedule_columns() {
  return kScheduleColumns;
}

bool is_amount(std::string_view field) {
  return std::ranges::find(kAmounts, field) != kAmounts.end();
}

std::string RowWriter::row(json::object row) {
  if (session_.format() == Format::csv) return csv_rows(row);
  if (session_.format() != Format::answers) add_scales(session_, row);
  std::string line = json_line(row);
  if (session_.format() == Format::json) {
    line.pop_back();
    line.insert(0, begun_ ? ",\n" : "[\n");
  }
  begun_ = true;
  return line;
}

std::string RowWriter::csv_header() {
  if (std::exchange(begun_, true)) return {};
  std::string header;
  for (const std::string_view name : columns_) header.append(name).append(",");
  header.back() = '\n';
  return header;
}

std::string RowWriter::csv_rows(const json::object& row) {
  std::string lines = csv_header();
  const auto add_line = [&](const json::object& fields) {
    const auto scale = scale_of(session_, fields);
    std::string line;
    for (const std::string_view name : columns_) {
      line.append(csv_value(session_, fields, name, scale)).append(",");
    }
    line.back() = '\n';
    lines += harmless(line);
  };
  const json::array& legs = array_field(row, "legs");
  if (legs.empty()) add_line(row);
  for (std::size_t i = 0; i < legs.size(); ++i) {
    if (!legs[i].is_object()) continue;
    json::object leg = row;
    for (const auto& member : legs[i].get_object()) leg[member.key()] = member.value();
    leg["leg"] = i;
    add_line(leg);
  }
  return lines;
}

std::string RowWriter::end() {
  if (session_.format() == Format::csv) return csv_header();
  if (session_.format() == Format::json) return begun_ ? "\n]\n" : "[]\n";
  return {};
}

void print_rows(Session& session, const json::array& rows, Columns columns) {
  RowWriter writer(session, columns);
  for (const json::value& row : rows) {
    if (row.is_object()) print(writer.row(row.get_object()));
  }
  print(writer.end());
}

Result<std::string> answer_text(Session& session, const json::object& answer,
                                const std::function<Result<std::string>()>& text, Columns columns) {
  if (session.format() == Format::table) return text();
  if (session.format() == Format::answers) return json_line(answer);
  if (session.format() == Format::csv) {
    if (!columns.empty()) return RowWriter(session, columns).row(answer);
    std::string header;
    std::string row;
    flatten(session, answer, {}, scale_of(session, answer), header, row);
    // An empty line would be no row.
    return harmless(header + "\n" + (row.empty() ? "\"\"" : row) + "\n");
  }
  json::object complete = answer;
  add_scales(session, complete);
  return json_line(complete);
}

Result<void> print_answer(Session& session, const json::object& answer,
                          const std::function<Result<std::string>()>& text, Columns columns) {
  const auto shown = answer_text(session, answer, text, columns);
  if (!shown) return std::unexpected(shown.error());
  print(*shown);
  return {};
}

}  // namespace giro::cli
