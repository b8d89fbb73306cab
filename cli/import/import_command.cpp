// giro import: payments out of a bank's file, of another program's, or of a journal.
#include <algorithm>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/import/account_opener.hpp"
#include "cli/import/check.hpp"
#include "cli/import/import_source.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/submit/group_rows.hpp"
#include "cli/submit/submission.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct ImportOptions {
  ImportInput input;
  SubmissionOptions submission;
  bool check = false;
  bool all_or_none = false;
  bool open_accounts = false;
};

void declare_import(CLI::App& command, ImportOptions& options) {
  declare_import_input(command, options.input);
  declare_sides(command, options.input);
  CLI::Option* check = command.add_flag(
      "--check", options.check,
      "Decides nothing: totals by currency, what would become of each row, unknown accounts");
  command
      .add_flag("--all-or-none", options.all_or_none,
                "All rows as one group, at most 1000, or none of them")
      ->excludes(check);
  command.add_flag("--open-accounts", options.open_accounts,
                   "Opens the accounts that payments name and that aren't there, without a floor");
  declare_submission(command, options.submission);
}

// --- a check, told ---

std::string rejected_text(const CheckReport& report) {
  std::uint64_t count = 0;
  std::vector<std::string> codes;
  for (const auto& [code, rows] : report.rejections) {
    count += rows;
    codes.push_back(fmt::format("{} {}", rows, code));
  }
  return codes.empty() ? "0" : fmt::format("{} ({})", count, fmt::join(codes, ", "));
}

std::string replays_text(const CheckReport& report) {
  std::string text = std::to_string(report.replays);
  if (report.replays_rejected > 0) {
    text += fmt::format(" ({} of them rejected)", report.replays_rejected);
  }
  return text;
}

Result<std::string> totals_table(const CheckReport& report, const DeclaredScales& scales,
                                 bool colours) {
  Table table({{"CURRENCY"}, {"MOVEMENTS", Align::right}, {"TOTAL", Align::right}});
  for (const auto& [currency, total] : report.totals) {
    const auto scale = scales.scale_of(currency);
    if (!scale && scale.error().exit != ExitCode::usage) return std::unexpected(scale.error());
    table.add(
        {currency, std::to_string(total.movements), format_decimal(total.sum, scale.value_or(0))});
  }
  return table.empty() ? std::string() : "\n" + table.render(colours);
}

Result<std::string> check_text(const CheckReport& report, const DeclaredScales& scales,
                               bool colours) {
  Details details;
  details.add("would_apply", std::to_string(report.applicable));
  details.add("would_reject", rejected_text(report));
  details.add("decided_before", replays_text(report));
  details.add("errors", std::to_string(report.errors));
  if (report.left_out > 0) details.add("left_out", std::to_string(report.left_out));
  const auto totals = totals_table(report, scales, colours);
  if (!totals) return totals;
  std::string text = details.render(colours) + *totals;
  if (!report.unknown_accounts.empty()) {
    text += fmt::format("\nThere is no account {}{}.\n", fmt::join(report.unknown_accounts, ", "),
                        report.more_unknown_accounts ? ", and others" : "");
  }
  return text;
}

json::object check_json(const CheckReport& report) {
  json::object rejections;
  for (const auto& [code, rows] : report.rejections) rejections[code] = rows;
  json::object totals;
  for (const auto& [currency, total] : report.totals) {
    totals[currency] = {{"movements", total.movements}, {"total", format_integer(total.sum)}};
  }
  json::array unknown;
  for (const std::string& id : report.unknown_accounts) unknown.emplace_back(id);
  return {{"would_apply", report.applicable},
          {"would_reject", std::move(rejections)},
          {"decided_before", report.replays},
          {"decided_before_rejected", report.replays_rejected},
          {"errors", report.errors},
          {"left_out", report.left_out},
          {"in_order", report.in_order},
          {"totals", std::move(totals)},
          {"unknown_accounts", std::move(unknown)}};
}

std::string check_advice(const CheckReport& report) {
  std::string text = "A check: nothing was decided.";
  if (!report.rejections.empty() && !report.in_order) {
    text +=
        " Each row was judged by itself, against the ledger as it is now: what needs money that an "
        "earlier row brings may be applied at the import.";
  }
  if (!report.unknown_accounts.empty()) {
    text += " `giro account open` opens accounts, and --open-accounts all of these at the import.";
  }
  return text + "\n";
}

Result<ExitCode> run_check(Session& session, OpenImport& open, bool quiet) {
  const auto report = Checker(session, *open.rows, quiet).run();
  if (!report) return std::unexpected(report.error());
  if (session.json()) {
    print(json_line(check_json(*report)));
  } else {
    const auto text = check_text(*report, open.scales, session.colours());
    if (!text) return std::unexpected(text.error());
    print(*text);
    note(check_advice(*report));
  }
  return report->all_fine() ? ExitCode::ok : ExitCode::rejected;
}

// --- the import itself ---

Result<ExitCode> run_import(Session& session, const ImportOptions& options) {
  auto open = open_import(session, options.input);
  if (!open) return std::unexpected(std::move(open).error());
  OpenImport& import = **open;
  if (options.check) return run_check(session, import, options.submission.quiet);
  AccountOpener opener(session, import.scales);
  OpeningRows opening(*import.rows, opener);
  Rows& rows = options.open_accounts ? static_cast<Rows&>(opening) : *import.rows;
  auto done = options.all_or_none ? send_as_group(session, rows, options.input.file, false)
                                  : submit_rows(session, rows, options.submission);
  if (opener.opened() > 0) {
    note(fmt::format("Accounts opened, without a floor: {}.\n", opener.opened()));
  }
  if (done && import.rows->left_out() > 0) {
    note(fmt::format("Left out, because they move nothing: {}.\n", import.rows->left_out()));
  }
  return done;
}

}  // namespace

void add_import_command(CLI::App& app, Invocation& invocation) {
  add_command<ImportOptions>(
      app, invocation, "import",
      "Imports payments: a bank's CSV by a file of rules, NDJSON, an hledger journal, pain.001 or "
      "camt.053 of ISO 20022.\n\n"
      "Look first with --check, which decides nothing. Every payment gets a key that is made of "
      "the "
      "file's own words, so the same file again, after a crash or by mistake, pays nothing twice. "
      "Rows take effect in the file's order, each by itself, or with --all-or-none as one group. A "
      "row that is wrong is named by its line. Without --rules a CSV has the columns of `giro "
      "submit`. What a rules file may say, and how a journal becomes payments, is in "
      "docs/IMPORT_EXPORT.md. Exit code: 0 when every row is applied, now or before, 1 when some "
      "aren't, 64 when the file or the rules are broken, 75 when the daemon was lost: import the "
      "file again",
      "  cat > bank.toml <<'RULES'\n"
      "  account = \"assets:bank\"\n  counter_account = \"world\"\n  currency = \"EUR\"\n"
      "  separator = \";\"\n  decimal = \",\"\n  date_format = \"%d.%m.%Y\"\n"
      "  [columns]\n  date = \"Date\"\n  amount = \"Amount\"\n  description = \"Text\"\n"
      "  RULES\n"
      "  giro import may.csv --rules bank.toml --check && giro import may.csv --rules bank.toml\n"
      "  giro import books.journal --currency USD --open-accounts",
      declare_import, run_import);
}

}  // namespace giro::cli
