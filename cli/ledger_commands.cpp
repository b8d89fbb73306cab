// giro trial-balance | verify | status: the ledger as a whole.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/pages.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "ledger/store/keys/key_repair.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- trial-balance ---

struct TrialBalanceOptions {
  std::string at;
  std::string effective;
};

void declare_trial_balance(CLI::App& command, TrialBalanceOptions& options) {
  CLI::Option* at = command.add_option(
      "--at", options.at,
      "As it was at this time (RFC 3339) or seq, or at the end of this date (UTC)");
  command
      .add_option("--effective", options.effective,
                  "By effective date, at the end of this day, YYYY-MM-DD")
      ->excludes(at);
}

std::string trial_balance_table(const json::object& result, bool colours) {
  Table table({{"CURRENCY"},
               {"ACCOUNTS", Align::right},
               {"CREDIT", Align::right},
               {"DEBIT", Align::right},
               {"NET", Align::right}});
  for (const json::value& element : array_field(result, "currencies")) {
    if (!element.is_object()) continue;
    const json::object& sums = element.get_object();
    const int scale = scale_field(sums);
    const bool zero = number_field(sums, "net") == 0;
    table.add({text_field(sums, "currency"), shown_field(sums, "accounts"),
               amount_field(sums, "credit", scale), amount_field(sums, "debit", scale),
               Cell(amount_field(sums, "net", scale), zero ? Style::good : Style::bad)});
  }
  return table.render(colours);
}

Result<ExitCode> run_trial_balance(Session& session, const TrialBalanceOptions& options) {
  json::object params;
  if (!options.at.empty()) params["at"] = time_or_seq(options.at, DateMeans::end);
  if (!options.effective.empty()) params["effective_at"] = options.effective;
  const auto result = session.call("ledger.trial_balance", params);
  if (!result) return std::unexpected(result.error());
  print(session.json() ? json_line(*result) : trial_balance_table(*result, session.colours()));
  const bool balanced = true_field(*result, "balanced");
  if (!session.json()) {
    note(fmt::format("{} as of seq {}.\n", balanced ? "Balanced" : "NOT BALANCED",
                     shown_field(*result, "as_of_seq")));
  }
  return balanced ? ExitCode::ok : ExitCode::rejected;
}

// --- totals ---

struct TotalsOptions {
  std::string prefix;
  int depth = 1;
  std::string at;
  PageOptions pages;
};

void declare_totals(CLI::App& command, TotalsOptions& options) {
  constexpr int kDepthMax = 64;
  command.add_option("PREFIX", options.prefix,
                     "Only this account and all below it, by whole parts (default: all)");
  command
      .add_option("--depth", options.depth,
                  "How many parts of ids below it are told apart, 0 to 64 (default 1)")
      ->check(CLI::Range(0, kDepthMax));
  command.add_option("--at", options.at,
                     "As it was at this time (RFC 3339) or seq, or at the end of this date (UTC)");
  declare_pages(command, options.pages, "Rows");
}

Result<ExitCode> run_totals(Session& session, const TotalsOptions& options) {
  json::object params{{"depth", options.depth}};
  if (!options.prefix.empty()) params["prefix"] = options.prefix;
  if (!options.at.empty()) params["at"] = time_or_seq(options.at, DateMeans::end);
  Table table({{"ACCOUNTS BELOW"},
               {"CURRENCY"},
               {"ACCOUNTS", Align::right},
               {"CREDIT", Align::right},
               {"DEBIT", Align::right},
               {"BALANCE", Align::right}});
  const auto show_page = [&](const json::object& page) {
    for (const json::value& element : array_field(page, "rows")) {
      if (!element.is_object()) continue;
      const json::object& row = element.get_object();
      const int scale = scale_field(row);
      const std::string prefix = text_field(row, "prefix");
      const auto depth = static_cast<std::size_t>(number_field(row, "depth").value_or(0));
      table.add({std::string(2 * depth, ' ') + (prefix.empty() ? "(all)" : prefix),
                 text_field(row, "currency"), shown_field(row, "accounts"),
                 amount_field(row, "credit", scale), amount_field(row, "debit", scale),
                 amount_field(row, "balance", scale)});
    }
    return table.render(session.colours());
  };
  return run_pages(session, "ledger.totals", std::move(params), options.pages, "cursor", show_page);
}

// --- verify ---

std::string verify_details(const json::object& result, bool colours) {
  const bool whole = true_field(result, "ok");
  Details details;
  details.add("ledger", whole ? Cell("whole", Style::good) : Cell("DAMAGED", Style::bad));
  for (const char* name : {"entries", "accounts", "head_seq", "head_digest"}) {
    details.add(name, shown_field(result, name));
  }
  std::string out = details.render(colours);
  if (array_field(result, "problems").empty()) return out;
  Table problems({{"SEQ", Align::right}, {"PROBLEM"}});
  for (const json::value& element : array_field(result, "problems")) {
    if (!element.is_object()) continue;
    const json::object& problem = element.get_object();
    problems.add({shown_field(problem, "seq"), Cell(text_field(problem, "what"), Style::bad)});
  }
  return out + "\n" + problems.render(colours);
}

struct VerifyOptions {
  std::string data;
};

void declare_verify(CLI::App& command, VerifyOptions& options) {
  command
      .add_option("--data", options.data,
                  "The folder of a ledger that no daemon runs on: reads its files themselves, and "
                  "changes nothing")
      ->type_name("DIR");
}

struct RepairOptions {
  std::string data;
};

void declare_repair(CLI::App& command, RepairOptions& options) {
  command.add_option("--data", options.data, "The folder of a ledger that no daemon runs on")
      ->type_name("DIR")
      ->required();
}

// As the daemon answers it.
json::object report_json(const store::VerifyReport& report) {
  json::array problems;
  for (const store::Problem& problem : report.problems) {
    const std::string_view part = store::name(problem.part);
    problems.push_back({{"seq", problem.seq},
                        {"part", json::string_view(part.data(), part.size())},
                        {"what", problem.what}});
  }
  return {{"ok", report.ok()},
          {"entries", report.entries},
          {"accounts", report.accounts},
          {"head_seq", report.head_seq},
          {"head_digest", report.head_digest},
          {"problems", std::move(problems)}};
}

Result<json::object> verified(Session& session, const VerifyOptions& options) {
  if (options.data.empty()) return session.call("ledger.verify", {});
  const auto report = store::verify_at_rest(options.data, [] { return false; });
  if (!report) return usage_failure(report.error());
  return report_json(*report);
}

// What each part that is damaged means, by the field `part` of its problems.
std::string advice_on(const json::object& result) {
  bool journal = false;
  for (const json::value& problem : array_field(result, "problems")) {
    journal = journal || text_field(problem.as_object(), "part") == "journal";
  }
  if (journal) {
    return "Nothing shows that the journal is all that was committed, and nothing can make it "
           "anew. "
           "Stop payments and keep a copy of the folder. A backup in its place lacks what was "
           "decided after it, and clients must send that again.\n";
  }
  return "The journal is whole: no payment is lost. What is damaged beside it can be made anew "
         "from it (girod does so for the keys by itself). Keep a copy of the folder first.\n";
}

Result<ExitCode> run_verify(Session& session, const VerifyOptions& options) {
  const auto result = verified(session, options);
  if (!result) return std::unexpected(result.error());
  print(session.json() ? json_line(*result) : verify_details(*result, session.colours()));
  if (true_field(*result, "ok")) return ExitCode::ok;
  note(advice_on(*result));
  return ExitCode::rejected;
}

// --- repair keys ---

Result<ExitCode> run_repair_keys(Session& session, const RepairOptions& options) {
  const auto repaired = store::repair_keys(options.data);
  if (!repaired) return usage_failure(repaired.error());
  const json::object result{{"keys", repaired->keys}, {"runs", repaired->runs}};
  print(session.json() ? json_line(result)
                       : fmt::format("{} keys made anew from the journal, in {} runs\n",
                                     repaired->keys, repaired->runs));
  return ExitCode::ok;
}

// --- status ---

std::string status_details(const json::object& status, bool colours) {
  Details details;
  std::string currencies;
  for (const json::value& element : array_field(status, "currencies")) {
    if (!element.is_object()) continue;
    if (!currencies.empty()) currencies += ", ";
    currencies += text_field(element.get_object(), "currency");
  }
  // Groups of figures become one line: "queue  0 items of 65536, ...".
  for (const auto& [key, value] : status) {
    const std::string name(key);
    if (name == "currencies") {
      details.add(name, currencies);
    } else if (value.is_object()) {
      std::string figures;
      for (const auto& [figure, number] : value.get_object()) {
        if (!figures.empty()) figures += ", ";
        figures += fmt::format("{} {}", std::string_view(figure.data(), figure.size()),
                               json::serialize(number));
      }
      details.add(name, figures);
    } else if (name == "read_only") {
      details.add(name, value == true ? Cell("true", Style::bad) : Cell("false"));
    } else {
      details.add(name, shown_field(status, name));
    }
  }
  return details.render(colours);
}

Result<ExitCode> run_status(Session& session, const NoOptions& /*options*/) {
  const auto status = session.call("ledger.status", {});
  if (!status) return std::unexpected(status.error());
  print(session.json() ? json_line(*status) : status_details(*status, session.colours()));
  return ExitCode::ok;
}

}  // namespace

void add_ledger_commands(CLI::App& app, Invocation& invocation) {
  add_command<TrialBalanceOptions>(
      app, invocation, "trial-balance",
      "Shows the sums of balances by currency. Exit code 1 if they aren't zero",
      "  giro trial-balance --at 2026-11-23T09:00:00Z", declare_trial_balance, run_trial_balance);
  add_command<TotalsOptions>(
      app, invocation, "totals",
      "Shows the sums of balances by the parts of accounts' ids: a balance sheet",
      "  giro totals customers --depth 2 --at 2026-10-31", declare_totals, run_totals);
  add_command<VerifyOptions>(
      app, invocation, "verify",
      "Reads the whole journal and checks it. Exit code 1 if it finds a problem",
      "  giro verify && echo whole\n  giro verify --data /var/lib/giro", declare_verify,
      run_verify);
  CLI::App* repair = app.add_subcommand("repair", "Makes parts of a ledger anew from its journal");
  repair->require_subcommand(1);
  repair->footer("Example:\n  giro repair keys --data /var/lib/giro");
  add_command<RepairOptions>(*repair, invocation, "keys",
                             "Makes the keys of all old payments anew from the journal, while no "
                             "daemon runs. girod does so by itself for what it finds damaged",
                             "  giro repair keys --data /var/lib/giro", declare_repair,
                             run_repair_keys);
  add_command<NoOptions>(app, invocation, "status", "Shows the daemon's figures",
                         "  giro status --json | jq .queue", declare_nothing, run_status);
}

}  // namespace giro::cli
