// giro export: the ledger in other programs' formats.
#include <map>
#include <optional>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/export/camt_export.hpp"
#include "cli/export/journal_export.hpp"
#include "cli/export/row_export.hpp"
#include "cli/export/sqlite_copy.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

enum class ExportFormat { none, csv, ndjson, ledger, hledger, beancount, camt053 };

struct ExportOptions {
  ExportFormat format = ExportFormat::none;
  std::string sqlite;
  std::string at;
  CamtScope camt;
};

void declare_export(CLI::App& command, ExportOptions& options) {
  static const std::map<std::string, ExportFormat> kFormats{{"csv", ExportFormat::csv},
                                                            {"ndjson", ExportFormat::ndjson},
                                                            {"ledger", ExportFormat::ledger},
                                                            {"hledger", ExportFormat::hledger},
                                                            {"beancount", ExportFormat::beancount},
                                                            {"camt.053", ExportFormat::camt053}};
  command
      .add_option_function<std::string>(
          "FORMAT", [&options](const std::string& name) { options.format = kFormats.at(name); },
          "In which format")
      ->check(CLI::IsMember({"csv", "ndjson", "ledger", "hledger", "beancount", "camt.053"}));
  command.add_option("--sqlite", options.sqlite, "A copy for analysis, as this new SQLite file")
      ->type_name("FILE");
  command.add_option("--at", options.at,
                     "As it was at this time or seq, or the end of this date (default: now)");
  command
      .add_option("--account", options.camt.accounts,
                  "camt.053: the statement of this account; may be given again (default: of every "
                  "account)")
      ->allow_extra_args(false);
  command.add_option("--from", options.camt.from,
                     "camt.053: from this time or date on (default: the beginning)");
}

Result<void> export_as(Session& session, const Snapshot& snapshot, const ExportOptions& options) {
  switch (options.format) {
    case ExportFormat::csv:
      return export_csv(session, snapshot);
    case ExportFormat::ndjson:
      return export_ndjson(session, snapshot);
    case ExportFormat::ledger:
      return export_journal(session, snapshot, JournalDialect::ledger);
    case ExportFormat::hledger:
      return export_journal(session, snapshot, JournalDialect::hledger);
    case ExportFormat::beancount:
      return export_journal(session, snapshot, JournalDialect::beancount);
    case ExportFormat::camt053:
      return export_camt(session, snapshot, options.camt);
    case ExportFormat::none:
      break;
  }
  return {};
}

Result<ExitCode> run_export(Session& session, const ExportOptions& options) {
  const bool camt = options.format == ExportFormat::camt053;
  if (options.format == ExportFormat::none && options.sqlite.empty()) {
    return usage_failure("neither a FORMAT nor --sqlite FILE", "`giro export --help` lists both.");
  }
  if (!camt && (!options.camt.accounts.empty() || !options.camt.from.empty())) {
    return usage_failure("--account and --from are of camt.053 alone");
  }
  const auto snapshot = take_snapshot(session, options.at);
  if (!snapshot) return std::unexpected(snapshot.error());
  if (auto done = export_as(session, *snapshot, options); !done) {
    return std::unexpected(std::move(done).error());
  }
  if (options.sqlite.empty()) return ExitCode::ok;
  const auto figures = copy_to_sqlite(session, *snapshot, options.sqlite);
  if (!figures) return std::unexpected(figures.error());
  if (session.json()) {
    print(json_line(json::object{{"file", options.sqlite},
                                 {"as_of_seq", snapshot->seq},
                                 {"accounts", figures->accounts},
                                 {"entries", figures->entries},
                                 {"movements", figures->movements}}));
  } else {
    note(fmt::format("{} has {} accounts, {} entries and {} movements, as of seq {}.\n",
                     options.sqlite, figures->accounts, figures->entries, figures->movements,
                     snapshot->seq));
  }
  return ExitCode::ok;
}

}  // namespace

void add_export_command(CLI::App& app, Invocation& invocation) {
  add_command<ExportOptions>(
      app, invocation, "export",
      "Writes the ledger out, as it was at one moment, while payments go on.\n\n"
      "csv: a row a movement of money. ndjson: a line an entry. ledger, hledger, beancount: a "
      "journal, in which every payment balances by itself in each currency, and which ends with "
      "all balances for these programs to check. camt.053: statements of accounts. Holds move "
      "nothing and are left out, and so is what was rejected; --sqlite FILE, a copy of its own "
      "with every index, has them too. docs/IMPORT_EXPORT.md says how names and texts are written",
      "  giro export hledger > books.journal && hledger -f books.journal balance\n"
      "  giro export camt.053 --account customers:ada --from 2026-10-01 --at 2026-10-31 > ada.xml\n"
      "  giro export --sqlite analysis.db",
      declare_export, run_export);
}

}  // namespace giro::cli
