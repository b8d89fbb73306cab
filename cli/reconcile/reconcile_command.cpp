// giro reconcile: a bank's statement beside the account's own.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/reconcile/statements.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct ReconcileOptions {
  std::string account;
  ImportInput input;
  int days = 3;
  std::string from;
  std::string to;
  std::string opening;
  std::string closing;
  bool opposite = false;
};

void declare_reconcile(CLI::App& command, ReconcileOptions& options) {
  constexpr int kDaysMax = 366;
  command.add_option("ACCOUNT", options.account, "The account here")->required();
  declare_import_input(command, options.input);
  command.add_option("--days", options.days, "How far apart days may be (default 3)")
      ->check(CLI::Range(0, kDaysMax));
  command.add_option("--from", options.from,
                     "The first day that is compared (default: the file's first)");
  command.add_option("--to", options.to, "The last one (default: the file's last)");
  command.add_option("--opening", options.opening,
                     "The bank's balance before it, a decimal, where the file doesn't say");
  command.add_option("--closing", options.closing, "The bank's balance after it, likewise");
  command.add_flag("--opposite", options.opposite,
                   "What comes in at the bank goes out of ACCOUNT, and the other way round");
}

struct Reconciliation {
  std::string account;
  std::string currency;
  int scale = 0;
  Period period;
  Statement here;
  Statement there;
  Matching matching;

  [[nodiscard]] static bool agree(std::optional<Amount> here, std::optional<Amount> there) {
    return !here || !there || *here == *there;
  }
  [[nodiscard]] bool all_matched() const {
    return matching.differing.empty() && matching.only_here.empty() &&
           matching.only_there.empty() && agree(here.opening, there.opening) &&
           agree(here.closing, there.closing);
  }
};

Result<Date> day_of_option(const char* name, const std::string& text) {
  const auto day = parse_date(text);
  if (!day) return usage_failure(fmt::format("{} `{}` is no day such as 2026-11-23", name, text));
  return *day;
}

Result<Period> period_of(const ReconcileOptions& options, const Statement& there) {
  Period period;
  if (there.lines.empty() && (options.from.empty() || options.to.empty())) {
    return usage_failure("the file has no line of this account, so it has no period",
                         "Say with --from and --to which days are to be compared.");
  }
  if (!there.lines.empty()) {
    const auto [first, last] = std::ranges::minmax_element(there.lines, {}, &StatementLine::date);
    period = {first->date, last->date};
  }
  for (const auto& [name, text, day] : {std::tuple("--from", &options.from, &period.from),
                                        std::tuple("--to", &options.to, &period.to)}) {
    if (text->empty()) continue;
    const auto named = day_of_option(name, *text);
    if (!named) return std::unexpected(named.error());
    *day = *named;
  }
  if (period.to < period.from) return usage_failure("--to lies before --from");
  return period;
}

// Lines beyond the period may be somebody's other half, but are nobody's difference.
void drop_beyond(const Period& period, const std::vector<StatementLine>& lines,
                 std::vector<std::size_t>& indexes) {
  std::erase_if(indexes, [&](std::size_t index) {
    return lines[index].date < period.from || period.to < lines[index].date;
  });
}

Result<Reconciliation> reconcile(Session& session, const ReconcileOptions& options) {
  const auto account = session.call("accounts.get", {{"id", options.account}});
  if (!account) return std::unexpected(account.error());
  Reconciliation result{.account = options.account,
                        .currency = text_field(*account, "currency"),
                        .scale = scale_field(*account),
                        .period = {},
                        .here = {},
                        .there = {},
                        .matching = {}};
  auto there = read_bank_statement(session, options.input, options.account, result.currency,
                                   options.opposite);
  if (!there) return std::unexpected(std::move(there).error());
  result.there = std::move(*there);
  for (const auto& [text, balance] : {std::pair(&options.opening, &result.there.opening),
                                      std::pair(&options.closing, &result.there.closing)}) {
    if (text->empty()) continue;
    const auto amount = session.parse_amount(*text, result.currency);
    if (!amount) return std::unexpected(amount.error());
    *balance = *amount;
  }
  const auto period = period_of(options, result.there);
  if (!period) return std::unexpected(period.error());
  result.period = *period;
  auto here = read_own_statement(session, options.account, *period, options.days);
  if (!here) return std::unexpected(std::move(here).error());
  result.here = std::move(*here);
  result.matching = match_lines(result.here.lines, result.there.lines, options.days);
  drop_beyond(*period, result.here.lines, result.matching.only_here);
  drop_beyond(*period, result.there.lines, result.matching.only_there);
  return result;
}

// --- told to a person ---

std::string balances_text(const Reconciliation& result, std::optional<Amount> here,
                          std::optional<Amount> there) {
  const auto text = [&](std::optional<Amount> balance) {
    return balance ? format_decimal(*balance, result.scale) + " " + result.currency
                   : std::string("unknown");
  };
  std::string words = fmt::format("{} here, {} there", text(here), text(there));
  if (here && there && *here != *there) {
    words += fmt::format(", {} apart", format_decimal(Int128{*here} - *there, result.scale));
  }
  return words;
}

std::string summary_text(const Reconciliation& result, const Look& look) {
  const Matching& matching = result.matching;
  const auto by = [&](MatchedBy how) {
    return std::ranges::count(matching.matched, how, &Match::by);
  };
  Details details;
  details.add("account", {result.account, Style::strong});
  details.add("period", format_date(result.period.from) + " to " + format_date(result.period.to));
  details.add("matched", fmt::format("{} ({} by key, {} by reference, {} by amount and day)",
                                     matching.matched.size(), by(MatchedBy::key),
                                     by(MatchedBy::reference), by(MatchedBy::amount)));
  details.add("differing", std::to_string(matching.differing.size()));
  details.add("only_here", std::to_string(matching.only_here.size()));
  details.add("only_there", std::to_string(matching.only_there.size()));
  if (result.there.left_out > 0) details.add("left_out", std::to_string(result.there.left_out));
  details.add("opening_balance", balances_text(result, result.here.opening, result.there.opening));
  details.add("closing_balance", balances_text(result, result.here.closing, result.there.closing));
  return details.render(look);
}

constexpr auto kDifferenceColumns = std::to_array<std::string_view>(
    {"difference", "seq", "line", "day_here", "day_there", "here", "there", "reference", "text"});

// Amounts as decimals; what isn't there is empty.
json::array difference_rows(const Reconciliation& result) {
  json::array rows;
  const auto add = [&](const char* what, const StatementLine* here, const StatementLine* there) {
    const StatementLine& told = there != nullptr ? *there : *here;
    const auto place = [](const StatementLine* line) {
      return line == nullptr ? std::string() : std::to_string(line->place);
    };
    const auto day = [](const StatementLine* line) {
      return line == nullptr ? std::string() : format_date(line->date);
    };
    const auto amount = [&](const StatementLine* line) {
      return line == nullptr ? std::string() : format_decimal(line->amount, result.scale);
    };
    const std::string& reference =
        !told.reference.empty() || here == nullptr ? told.reference : here->key;
    rows.push_back({{"difference", what},
                    {"seq", place(here)},
                    {"line", place(there)},
                    {"day_here", day(here)},
                    {"day_there", day(there)},
                    {"here", amount(here)},
                    {"there", amount(there)},
                    {"reference", reference},
                    {"text", told.text}});
  };
  for (const Match& match : result.matching.differing) {
    add("differs", &result.here.lines[match.here], &result.there.lines[match.there]);
  }
  for (const std::size_t i : result.matching.only_here) {
    add("only here", &result.here.lines[i], nullptr);
  }
  for (const std::size_t i : result.matching.only_there) {
    add("only there", nullptr, &result.there.lines[i]);
  }
  return rows;
}

std::string differences_table(const json::array& rows, const Look& look) {
  if (rows.empty()) return {};
  Table table({{"DIFFERENCE"},
               {"SEQ", Align::right},
               {"LINE", Align::right},
               {"DAY HERE"},
               {"DAY THERE"},
               {"HERE", Align::right},
               {"THERE", Align::right},
               {"REFERENCE"},
               {"TEXT"}});
  for (const json::value& row : rows) {
    std::vector<Cell> cells;
    cells.reserve(kDifferenceColumns.size());
    for (const std::string_view column : kDifferenceColumns) {
      cells.emplace_back(text_field(row.get_object(), column));
    }
    table.add(std::move(cells));
  }
  return "\n" + table.render(look);
}

// --- told to a program ---

json::object line_json(const StatementLine& line, const char* place) {
  return {{place, line.place}, {"date", format_date(line.date)}, {"amount", line.amount},
          {"key", line.key},   {"reference", line.reference},    {"text", line.text}};
}

json::object match_json(const Reconciliation& result, const Match& match) {
  static constexpr std::array<const char*, 3> kNames{"key", "reference", "amount"};
  return {{"by", kNames[static_cast<std::size_t>(match.by)]},
          {"here", line_json(result.here.lines[match.here], "seq")},
          {"there", line_json(result.there.lines[match.there], "line")}};
}

json::object balance_json(std::optional<Amount> here, std::optional<Amount> there) {
  const auto value = [](std::optional<Amount> balance) {
    return balance ? json::value(*balance) : json::value(nullptr);
  };
  return {{"here", value(here)}, {"there", value(there)}};
}

json::object result_json(const Reconciliation& result) {
  json::array matched;
  for (const Match& match : result.matching.matched) matched.push_back(match_json(result, match));
  json::array differing;
  for (const Match& match : result.matching.differing) {
    differing.push_back(match_json(result, match));
  }
  json::array only_here;
  for (const std::size_t i : result.matching.only_here) {
    only_here.push_back(line_json(result.here.lines[i], "seq"));
  }
  json::array only_there;
  for (const std::size_t i : result.matching.only_there) {
    only_there.push_back(line_json(result.there.lines[i], "line"));
  }
  return {{"account", result.account},
          {"currency", result.currency},
          {"scale", result.scale},
          {"from", format_date(result.period.from)},
          {"to", format_date(result.period.to)},
          {"all_matched", result.all_matched()},
          {"opening_balance", balance_json(result.here.opening, result.there.opening)},
          {"closing_balance", balance_json(result.here.closing, result.there.closing)},
          {"left_out", result.there.left_out},
          {"matched", std::move(matched)},
          {"differing", std::move(differing)},
          {"only_here", std::move(only_here)},
          {"only_there", std::move(only_there)}};
}

Result<ExitCode> run_reconcile(Session& session, const ReconcileOptions& options) {
  const auto result = reconcile(session, options);
  if (!result) return std::unexpected(result.error());
  if (session.json()) {
    print(json_line(result_json(*result)));
  } else if (session.format() == Format::csv) {
    print_rows(session, difference_rows(*result), kDifferenceColumns);
  } else {
    print(summary_text(*result, session.look()) +
          differences_table(difference_rows(*result), session.look()));
  }
  return result->all_matched() ? ExitCode::ok : ExitCode::rejected;
}

}  // namespace

void add_reconcile_command(CLI::App& app, Invocation& invocation) {
  add_command<ReconcileOptions>(
      app, invocation, "reconcile",
      "Compares a bank's statement, a CSV by rules or a camt.053, with an account's own.\n\n"
      "Lines belong together by key or reference, or else by amount and day, the nearest first. "
      "Days are those on which payments count (effective dates). What is left is only here, only "
      "there, or differs; so may the balances before and after. It only reads. Exit code: 0 all "
      "matched, 1 there are differences, 64 when the file can't be read",
      "  giro reconcile assets:bank may.csv --rules bank.toml\n"
      "  giro reconcile assets:bank may.xml --days 5 --json | jq .only_there",
      declare_reconcile, run_reconcile);
}

}  // namespace giro::cli
