// giro statement: an account's entries with the running balance, for people, spreadsheets and programs.
#include <array>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/csv.hpp"
#include "cli/pages.hpp"
#include "cli/table.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct StatementOptions {
  std::string id;
  std::string from;
  std::string to;
  bool ascending = false;
  std::string by = "at";
  std::string format = "table";
  PageOptions pages;

  [[nodiscard]] bool by_effective_date() const { return by == "effective-date"; }
};

void declare_statement(CLI::App& command, StatementOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  command.add_option("--from", options.from, "From this time (RFC 3339), date or seq on");
  command.add_option("--to", options.to, "Up to this time or seq, or the end of this date (UTC)");
  command
      .add_option("--by", options.by,
                  "at: in the order of decisions (the default); effective-date: what moved money, "
                  "in the order of the days on which it counts; --from and --to are days then")
      ->check(CLI::IsMember({"at", "effective-date"}));
  command.add_flag("--asc", options.ascending, "Oldest first (default: newest first)");
  command
      .add_option("--format", options.format,
                  "table, csv (every page) or json (as --json; default: table)")
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
std::string heading(const json::object& page, bool colours) {
  const int scale = scale_field(page);
  const std::string currency = text_field(page, "currency");
  Details details;
  details.add("account", {text_field(page, "id"), Style::strong});
  for (const char* name : {"opening_balance", "in", "out", "closing_balance"}) {
    const std::string amount = amount_field(page, name, scale);
    if (!amount.empty()) details.add(name, amount + " " + currency);
  }
  for (const char* name : {"count", "as_of_seq"}) details.add(name, shown_field(page, name));
  return details.render(colours) + "\n";
}

Result<ExitCode> show_table(Session& session, const StatementOptions& options,
                            json::object params) {
  Table table({{"SEQ", Align::right},
               {"TIME"},
               {"TYPE"},
               {"AMOUNT", Align::right},
               {"BALANCE", Align::right},
               {options.by_effective_date() ? "EFFECTIVE" : "HELD"},
               {"COUNTERPARTY"},
               {"KEY"},
               {"TEXT"}});
  bool first_page = true;
  const auto show_page = [&](const json::object& page) {
    std::string out;
    if (std::exchange(first_page, false)) out = heading(page, session.colours());
    for (const json::value& line : array_field(page, "lines")) {
      if (line.is_object()) {
        table.add(table_line(line.get_object(), scale_field(page), options.by_effective_date()));
      }
    }
    return out + table.render(session.colours());
  };
  return run_pages(session, "accounts.statement", std::move(params), options.pages, "cursor",
                   show_page);
}

// --- csv ---

constexpr std::array kCsvTexts{"seq", "at", "type", "key", "counterparty", "leg", "effective_date"};
constexpr std::array kCsvAmounts{"amount", "balance", "held_in", "held_out"};
constexpr std::array kCsvNotes{"reference", "description"};

std::string csv_heading() {
  std::string out;
  for (const char* name : kCsvTexts) out.append(name).append(",");
  for (const char* name : kCsvAmounts) out.append(name).append(",");
  out.append("currency");
  for (const char* name : kCsvNotes) out.append(",").append(name);
  return out + "\n";
}

std::string csv_line(const json::object& line, const std::string& currency, int scale) {
  std::string out;
  for (const char* name : kCsvTexts) out.append(csv_field(shown_field(line, name))).append(",");
  for (const char* name : kCsvAmounts) out.append(amount_field(line, name, scale)).append(",");
  out.append(currency);
  for (const char* name : kCsvNotes) out.append(",").append(csv_field(text_field(line, name)));
  return out + "\n";
}

Result<ExitCode> show_csv(Session& session, const StatementOptions& options, json::object params) {
  bool first_page = true;
  const auto show_page = [&](const json::object& page) {
    std::string out;
    if (std::exchange(first_page, false)) out = csv_heading();
    for (const json::value& line : array_field(page, "lines")) {
      if (!line.is_object()) continue;
      out += csv_line(line.get_object(), text_field(page, "currency"), scale_field(page));
    }
    return out;
  };
  const PageOptions every_page{.limit = options.pages.limit, .all = true};
  return run_pages(session, "accounts.statement", std::move(params), every_page, "cursor",
                   show_page);
}

Result<ExitCode> run_statement(Session& session, const StatementOptions& options) {
  if (options.format == "json") session.answer_in_json();
  json::object params{{"id", options.id}, {"order", options.ascending ? "asc" : "desc"}};
  const auto bound = [&](const std::string& text, DateMeans means) {
    return options.by_effective_date() ? json::value(json::string(text)) : time_or_seq(text, means);
  };
  if (!options.from.empty()) params["from"] = bound(options.from, DateMeans::begin);
  if (!options.to.empty()) params["to"] = bound(options.to, DateMeans::end);
  if (options.by_effective_date()) params["by"] = "effective_date";
  return options.format == "csv" ? show_csv(session, options, std::move(params))
                                 : show_table(session, options, std::move(params));
}

}  // namespace

void add_statement_command(CLI::App& parent, Invocation& invocation, const std::string& words) {
  add_command<StatementOptions>(
      parent, invocation, "statement", "Shows an account's entries with the running balance",
      fmt::format("  giro {} customers:ada --from 2026-10-01 --to 2026-10-31 --asc\n"
                  "  giro {} customers:ada --format csv > ada.csv",
                  words, words),
      declare_statement, run_statement);
}

}  // namespace giro::cli
