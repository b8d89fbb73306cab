// giro statement: an account's entries with the running balance, for people, spreadsheets and programs.
#include <array>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/pages.hpp"
#include "cli/output/table.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr auto kColumns = std::to_array<std::string_view>(
    {"seq", "at", "type", "key", "counterparty", "leg", "effective_date", "amount", "balance",
     "held_in", "held_out", "currency", "reference", "description"});

struct StatementOptions {
  std::string id;
  RangeOptions range;
  bool ascending = false;
  std::string by = "at";
  std::string format = "table";
  PageOptions pages;

  [[nodiscard]] bool by_effective_date() const { return by == "effective-date"; }
};

void declare_statement(CLI::App& command, StatementOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  declare_range(command, options.range);
  command
      .add_option("--by", options.by,
                  "at: in the order of decisions (the default); effective-date: what moved money, "
                  "in the order of the days on which it counts; a range is of days then")
      ->check(CLI::IsMember({"at", "effective-date"}));
  command.add_flag("--asc", options.ascending, "Oldest first (default: newest first)");
  command
      .add_option("--format", options.format,
                  "table, csv or json: the older form of --output table and csv, and of --json")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  declare_pages(command, options.pages, "Lines");
}

std::string text_of(const json::object& line) {
  std::string text = text_field(line, "reference");
  const std::string description = text_field(line, "description");
  if (!text.empty() && !description.empty()) text += ": ";
  return text + description;
}

// `by_effective_date`: with the day on which it counts in place of what is held.
std::vector<Cell> table_line(const json::object& line, int scale, bool by_effective_date) {
  const std::int64_t amount = number_field(line, "amount").value_or(0);
  const Style style = amount == 0 ? Style::plain : amount < 0 ? Style::bad : Style::good;
  return {shown_field(line, "seq"),
          text_field(line, "at"),
          text_field(line, "type"),
          Cell(amount_field(line, "amount", scale), style),
          amount_field(line, "balance", scale),
          by_effective_date ? text_field(line, "effective_date") : held_text(line, "", scale),
          text_field(line, "counterparty"),
          text_field(line, "key"),
          text_of(line)};
}

// Balances of the period, and what it had in all.
std::string heading(const json::object& page, const std::string& period, const Look& look) {
  const int scale = scale_field(page);
  const std::string currency = text_field(page, "currency");
  Details details;
  details.add("account", {text_field(page, "id"), Style::strong});
  details.add("period", period);
  for (const char* name : {"opening_balance", "in", "out", "closing_balance"}) {
    const std::string amount = amount_field(page, name, scale);
    if (!amount.empty()) details.add(name, fmt::format("{} {}", amount, currency));
  }
  for (const char* name : {"count", "as_of_seq"}) details.add(name, shown_field(page, name));
  return details.render(look) + "\n";
}

Result<ExitCode> show_statement(Session& session, const StatementOptions& options, Range range) {
  Table table({{"SEQ", Align::right},
               {"TIME", Align::left, 0, Cut::time},
               {"TYPE", Align::left, 0, Cut::text},
               {"AMOUNT", Align::right},
               {"BALANCE", Align::right},
               {options.by_effective_date() ? "EFFECTIVE" : "HELD"},
               {"COUNTERPARTY", Align::left, 0, Cut::last},
               {"KEY", Align::left, 0, Cut::text},
               {"TEXT", Align::left, 0, Cut::first}});
  bool first_page = true;
  const auto show_page = [&](const json::object& page) {
    std::string out;
    if (std::exchange(first_page, false)) out = heading(page, range.words, session.look());
    for (const json::value& line : array_field(page, "lines")) {
      if (line.is_object()) {
        table.add(table_line(line.get_object(), scale_field(page), options.by_effective_date()));
      }
    }
    return out + table.render(session.look());
  };
  return run_pages(session, "accounts.statement", std::move(range.params), options.pages, "cursor",
                   show_page,
                   {.field = "lines", .columns = kColumns, .from_page = {"currency", "scale"}});
}

Result<ExitCode> run_statement(Session& session, const StatementOptions& options) {
  if (options.format == "json") session.answer_in_json();
  StatementOptions wanted = options;
  if (options.format == "csv") {
    session.answer_in_csv();
    wanted.pages.all = true;
  }
  auto range =
      range_of(options.range, options.by_effective_date() ? RangeOf::days : RangeOf::times);
  if (!range) return std::unexpected(std::move(range).error());
  range->params["id"] = options.id;
  range->params["order"] = options.ascending ? "asc" : "desc";
  if (options.by_effective_date()) range->params["by"] = "effective_date";
  return show_statement(session, wanted, std::move(*range));
}

}  // namespace

void add_statement_command(CLI::App& parent, Invocation& invocation, const std::string& words) {
  add_command<StatementOptions>(parent, invocation, "statement",
                                "Shows an account's entries with the running balance",
                                fmt::format("  giro {} customers:ada --period 2026-10 --asc\n"
                                            "  giro {} customers:ada --output csv > ada.csv",
                                            words, words),
                                declare_statement, run_statement);
}

}  // namespace giro::cli
