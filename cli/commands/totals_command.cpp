// giro totals: sums of balances by the parts of accounts' ids, at a moment or before and after a time range.
#include <array>
#include <utility>

#include "cli/command.hpp"
#include "cli/commands/turnover.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/pages.hpp"
#include "cli/output/table.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kTotalsDepthMax = 64;

struct TotalsOptions {
  std::string prefix;
  int depth = 1;
  std::string at;
  RangeOptions range;
  PageOptions pages;
};

void declare_totals(CLI::App& command, TotalsOptions& options) {
  command.add_option("PREFIX", options.prefix,
                     "Only this account and all below it, by whole parts (default: all)");
  command
      .add_option("--depth", options.depth,
                  "How many parts of ids below it are told apart, 0 to 64 (default 1)")
      ->check(CLI::Range(0, kTotalsDepthMax));
  CLI::Option* at =
      command.add_option("--at", options.at, std::string("As it was at ") + kMomentHelp);
  declare_range(command, options.range);
  for (const char* name : {"--from", "--to", "--period"}) {
    command.get_option(name)->excludes(at);
  }
  declare_pages(command, options.pages, "Rows");
}

constexpr auto kTotalsColumns = std::to_array<std::string_view>(
    {"prefix", "depth", "currency", "accounts", "debit", "credit", "balance"});
constexpr auto kChangeColumns = std::to_array<std::string_view>(
    {"prefix", "depth", "currency", "accounts", "opening", "change", "closing"});

// Indented by its depth.
Cell prefix_cell(const json::object& row) {
  const std::string prefix = text_field(row, "prefix");
  const auto depth = static_cast<std::size_t>(number_field(row, "depth").value_or(0));
  return {std::string(2 * depth, ' ') + (prefix.empty() ? "(all)" : prefix)};
}

Result<ExitCode> run_balances(Session& session, const TotalsOptions& options, json::object params) {
  const auto words = put_moment(params, options.at, {});
  if (!words) return std::unexpected(words.error());
  Table table({{"ACCOUNTS BELOW", Align::left, 0, Cut::last},
               {"CURRENCY"},
               {"ACCOUNTS", Align::right},
               {"DEBIT", Align::right},
               {"CREDIT", Align::right},
               {"BALANCE", Align::right}});
  std::string head = head_line("at", *words, session.look());
  const auto show_page = [&](const json::object& page) {
    for (const json::value& element : array_field(page, "rows")) {
      if (!element.is_object()) continue;
      const json::object& row = element.get_object();
      const int scale = scale_field(row);
      table.add({prefix_cell(row), text_field(row, "currency"), shown_field(row, "accounts"),
                 amount_field(row, "debit", scale), amount_field(row, "credit", scale),
                 amount_field(row, "balance", scale)});
    }
    return std::exchange(head, {}) + table.render(session.look());
  };
  return run_pages(session, "ledger.totals", std::move(params), options.pages, "cursor", show_page,
                   {.field = "rows", .columns = kTotalsColumns});
}

// The row of the later moment with what it had at the earlier one, where it was there already.
json::object with_change(json::object row, const json::object* earlier) {
  const Int128 closing = wide_field(row, "balance");
  const Int128 opening = earlier == nullptr ? 0 : wide_field(*earlier, "balance");
  for (const char* name : {"debit", "credit", "balance"}) row.erase(name);
  row["opening"] = number_of(opening);
  row["change"] = number_of(closing - opening);
  row["closing"] = number_of(closing);
  return row;
}

bool same_row(const json::object& one, const json::object& other) {
  return text_field(one, "prefix") == text_field(other, "prefix") &&
         text_field(one, "currency") == text_field(other, "currency");
}

// Rows come in one order, and none is ever taken away: the earlier ones are met among the later.
Result<ExitCode> run_changes(Session& session, const TotalsOptions& options,
                             const json::object& params) {
  const auto range = range_of(options.range);
  if (!range) return std::unexpected(range.error());
  const auto ends = ends_of(session, *range);
  if (!ends) return std::unexpected(ends.error());
  const auto rows_at = [&](const json::value& at) {
    json::object asked = params;
    asked["at"] = at;
    return RowStream(session, "ledger.totals", std::move(asked), "rows", "cursor");
  };
  session.page_long_answers();
  const bool is_table = session.format() == Format::table;
  if (is_table) print(head_line("period", range->words, session.look()));
  Table table({{"ACCOUNTS BELOW", Align::left, 0, Cut::last},
               {"CURRENCY"},
               {"ACCOUNTS", Align::right},
               {"OPENING", Align::right},
               {"CHANGE", Align::right},
               {"CLOSING", Align::right}});
  RowWriter writer(session, kChangeColumns);
  RowStream later = rows_at(ends->until);
  RowStream earlier = rows_at(ends->before.value_or(ends->until));
  const json::object* known = nullptr;
  bool wants_known = ends->before.has_value();
  for (;;) {
    if (std::exchange(wants_known, false)) {
      const auto next = earlier.next();
      if (!next) return std::unexpected(next.error());
      known = *next;
    }
    const auto row = later.next();
    if (!row) return std::unexpected(row.error());
    if (*row == nullptr) break;
    wants_known = known != nullptr && same_row(*known, **row);
    const json::object change = with_change(**row, wants_known ? known : nullptr);
    if (!is_table) {
      print(writer.row(change));
      continue;
    }
    const int scale = scale_field(change);
    table.add({prefix_cell(change), text_field(change, "currency"), shown_field(change, "accounts"),
               amount_field(change, "opening", scale), amount_field(change, "change", scale),
               amount_field(change, "closing", scale)});
  }
  print(is_table ? table.render(session.look()) : writer.end());
  return ExitCode::ok;
}

Result<ExitCode> run_totals(Session& session, const TotalsOptions& options) {
  json::object params{{"depth", options.depth}};
  if (!options.prefix.empty()) params["prefix"] = options.prefix;
  return options.range.given() ? run_changes(session, options, params)
                               : run_balances(session, options, std::move(params));
}

}  // namespace

void add_totals_command(CLI::App& app, Invocation& invocation) {
  add_command<TotalsOptions>(
      app, invocation, "totals",
      "Shows the sums of balances by the parts of accounts' ids: a balance sheet, or with a period "
      "how it changed",
      "  giro totals customers --depth 2 --at 2026-10-31\n  giro totals --period 'last month'",
      declare_totals, run_totals);
}

}  // namespace giro::cli
