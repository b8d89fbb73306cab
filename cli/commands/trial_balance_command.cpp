// giro trial-balance: the sums of balances by currency, or those of accounts, at a moment or over a time range.
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

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

constexpr int kDepthMax = 64;

// --- by currency ---

struct TrialBalanceOptions {
  std::string prefix;
  std::string at;
  std::string effective;
  RangeOptions range;
  bool by_account = false;
  std::optional<int> depth;

  [[nodiscard]] bool of_accounts() const { return by_account || depth || range.given(); }
};

void declare_trial_balance(CLI::App& command, TrialBalanceOptions& options) {
  CLI::Option* prefix = command.add_option("PREFIX", options.prefix,
                                           "Only ids that begin so, with --by-account or --depth");
  CLI::Option* at =
      command.add_option("--at", options.at, std::string("As it was at ") + kMomentHelp);
  CLI::Option* effective = command
                               .add_option("--effective", options.effective,
                                           "By effective date, at the end of this day or period")
                               ->excludes(at);
  declare_range(command, options.range);
  for (const char* name : {"--from", "--to", "--period"}) {
    command.get_option(name)->excludes(at)->excludes(effective);
  }
  CLI::Option* by_account =
      command.add_flag("--by-account", options.by_account, "A row for each account")
          ->excludes(effective);
  command
      .add_option(
          "--depth", options.depth,
          "A row for all accounts whose ids have the first so many parts in common, 1 to 64")
      ->check(CLI::Range(1, kDepthMax))
      ->excludes(effective)
      ->excludes(by_account);
  prefix->excludes(effective);
}

constexpr auto kCurrencyColumns =
    std::to_array<std::string_view>({"currency", "accounts", "debit", "credit", "net"});
constexpr auto kTurnoverColumns = std::to_array<std::string_view>(
    {"id", "currency", "accounts", "opening", "debit", "credit", "closing"});

std::string trial_balance_table(const json::object& result, const Look& look) {
  Table table({{"CURRENCY"},
               {"ACCOUNTS", Align::right},
               {"DEBIT", Align::right},
               {"CREDIT", Align::right},
               {"NET", Align::right}});
  for (const json::value& element : array_field(result, "currencies")) {
    if (!element.is_object()) continue;
    const json::object& sums = element.get_object();
    const int scale = scale_field(sums);
    const bool zero = wide_field(sums, "net") == 0;
    table.add({text_field(sums, "currency"), shown_field(sums, "accounts"),
               amount_field(sums, "debit", scale), amount_field(sums, "credit", scale),
               Cell(amount_field(sums, "net", scale), zero ? Style::good : Style::bad)});
  }
  return table.render(look);
}

void tell_balanced(Session& session, bool balanced, const std::string& as_of) {
  if (!session.json()) note(fmt::format("{} {}.\n", balanced ? "Balanced" : "NOT BALANCED", as_of));
}

Result<ExitCode> run_by_currency(Session& session, const TrialBalanceOptions& options) {
  json::object params;
  const auto words = put_moment(params, options.at, options.effective);
  if (!words) return std::unexpected(words.error());
  const auto result = session.call("ledger.trial_balance", params);
  if (!result) return std::unexpected(result.error());
  if (session.format() == Format::table) {
    print(head_line("at", *words, session.look()) + trial_balance_table(*result, session.look()));
  } else if (session.format() == Format::answers) {
    print(json_line(*result));
  } else {
    print_rows(session, array_field(*result, "currencies"), kCurrencyColumns);
  }
  const bool balanced = true_field(*result, "balanced");
  tell_balanced(session, balanced, "as of seq " + shown_field(*result, "as_of_seq"));
  return balanced ? ExitCode::ok : ExitCode::rejected;
}

// --- of accounts ---

// "customers" of "customers:ada:eur" with a depth of 1.
std::string first_parts(const std::string& id, int depth) {
  std::size_t end = 0;
  for (int part = 0; part < depth; ++part) {
    end = id.find(':', end + (part == 0 ? 0 : 1));
    if (end == std::string::npos) return id;
  }
  return id.substr(0, end);
}

// The rows of a trial balance, one after the other, and their sums by currency.
class TrialBalance {
 public:
  // `sums`: whether they are shown; else a row is one already.
  TrialBalance(Session& session, bool turnover, bool sums)
      : session_(session),
        turnover_(turnover),
        shows_sums_(sums),
        writer_(session, kTurnoverColumns) {}

  void add(const Turnover& row) {
    const auto [sum, is_new] = sums_.try_emplace(row.currency, row);
    if (!is_new) sum->second.add(row);
    if (!is_table()) return print(writer_.row(row.json()));
    add_row(row);
    if (++rows_ % kRowsAPage == 0) print(table_.render(session_.look()));
  }

  // Whether every currency's sums are zero.
  bool end() {
    bool balanced = true;
    for (auto& [currency, sum] : sums_) {
      balanced = balanced && sum.opening == 0 && sum.closing() == 0;
      sum.id = "total";
      if (is_table() && shows_sums_) add_row(sum, Style::strong);
    }
    print(is_table() ? table_.render(session_.look()) : writer_.end());
    return balanced;
  }

 private:
  static constexpr std::size_t kRowsAPage = 1'000;

  [[nodiscard]] bool is_table() const { return session_.format() == Format::table; }

  [[nodiscard]] Table empty_table() const {
    std::vector<Column> columns{{"ACCOUNT", Align::left, 0, Cut::last}, {"CURRENCY"}};
    if (turnover_) columns.push_back({"OPENING", Align::right});
    columns.insert(columns.end(), {{"DEBIT", Align::right}, {"CREDIT", Align::right}});
    if (turnover_) columns.push_back({"CLOSING", Align::right});
    return Table(std::move(columns));
  }

  void add_row(const Turnover& row, Style style = Style::plain) {
    const auto decimal = [&](Int128 amount) {
      return Cell(format_decimal(amount, row.scale), style);
    };
    std::vector<Cell> cells{Cell(row.id.empty() ? "(all)" : row.id, style),
                            Cell(row.currency, style)};
    if (turnover_) cells.push_back(decimal(row.opening));
    cells.insert(cells.end(), {decimal(row.debit), decimal(row.credit)});
    if (turnover_) cells.push_back(decimal(row.closing()));
    table_.add(std::move(cells));
  }

  Session& session_;
  bool turnover_;
  bool shows_sums_;
  RowWriter writer_;
  Table table_ = empty_table();
  std::map<std::string, Turnover> sums_;
  std::size_t rows_ = 0;
};

// Without a range: the balance itself, on the side that it is on.
Turnover as_balance(Turnover row) {
  const Int128 balance = row.closing();
  row.opening = 0;
  row.debit = balance < 0 ? -balance : 0;
  row.credit = balance > 0 ? balance : 0;
  return row;
}

Result<ExitCode> run_of_accounts(Session& session, const TrialBalanceOptions& options) {
  const bool turnover = options.range.given();
  RangeOptions asked = options.range;
  if (!turnover) asked.to = options.at;
  const auto range = range_of(asked);
  if (!range) return std::unexpected(range.error());
  const auto ends = ends_of(session, *range);
  if (!ends) return std::unexpected(ends.error());
  session.page_long_answers();
  if (session.format() == Format::table) {
    print(head_line(turnover ? "period" : "at", range->words, session.look()));
  }
  TrialBalance balance(session, turnover, options.by_account || options.depth);
  // Accounts with the same parts are neighbours, but for those in between whose names end the part before: "a-b"
  // stands between "a" and "a:c". So groups are kept until the end.
  std::map<std::pair<std::string, std::string>, Turnover> groups;
  const auto take = [&](Turnover row) {
    if (!turnover) row = as_balance(std::move(row));
    if (options.by_account) return balance.add(row);
    row.id = options.depth ? first_parts(row.id, *options.depth) : "";
    const auto [group, is_new] = groups.try_emplace({row.id, row.currency}, row);
    if (!is_new) group->second.add(row);
  };
  if (auto walked = for_each_turnover(session, options.prefix, *ends, take); !walked) {
    return std::unexpected(std::move(walked).error());
  }
  for (const auto& [name, group] : groups) balance.add(group);
  const bool balanced = balance.end();
  // A part of the accounts needn't be balanced.
  if (!options.prefix.empty()) return ExitCode::ok;
  tell_balanced(session, balanced,
                "as of " + (ends->until.is_int64() ? "seq " + json::serialize(ends->until)
                                                   : std::string(ends->until.get_string())));
  return balanced ? ExitCode::ok : ExitCode::rejected;
}

Result<ExitCode> run_trial_balance(Session& session, const TrialBalanceOptions& options) {
  if (options.of_accounts()) return run_of_accounts(session, options);
  if (!options.prefix.empty()) {
    return usage_failure("PREFIX goes with --by-account, --depth or a period only",
                         "`giro totals PREFIX` shows the sums below it.");
  }
  return run_by_currency(session, options);
}

}  // namespace

void add_trial_balance_command(CLI::App& app, Invocation& invocation) {
  add_command<TrialBalanceOptions>(
      app, invocation, "trial-balance",
      "Shows the sums of balances by currency, or those of accounts. With a period: what they "
      "moved in it, too. Exit code 1 if they aren't zero",
      "  giro trial-balance --at 2026-10-31\n  giro trial-balance --period 2026-Q3 --depth 1",
      declare_trial_balance, run_trial_balance);
}

}  // namespace giro::cli
