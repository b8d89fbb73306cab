// giro verify | repair: whether the ledger is whole, and what can be made anew.
#include <fmt/format.h>

#include "cli/backup/backup_report.hpp"
#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "ledger/store/keys/key_repair.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- verify ---

std::string verify_details(const json::object& result, const Look& look) {
  const bool whole = true_field(result, "ok");
  Details details;
  details.add("ledger", whole ? Cell("whole", Style::good) : Cell("DAMAGED", Style::bad));
  for (const char* name : {"entries", "accounts", "head_seq", "head_digest"}) {
    details.add(name, shown_field(result, name));
  }
  std::string out = details.render(look);
  if (array_field(result, "problems").empty()) return out;
  Table problems({{"SEQ", Align::right}, {"PROBLEM"}});
  for (const json::value& element : array_field(result, "problems")) {
    if (!element.is_object()) continue;
    const json::object& problem = element.get_object();
    problems.add({shown_field(problem, "seq"), Cell(text_field(problem, "what"), Style::bad)});
  }
  return out + "\n" + problems.render(look);
}

struct VerifyOptions {
  std::string data;
  std::string backup;
};

void declare_verify(CLI::App& command, VerifyOptions& options) {
  CLI::Option* data = command.add_option(
      "--data", options.data,
      "The folder of a ledger that no daemon runs on: reads its files themselves, and changes "
      "nothing");
  data->type_name("DIR");
  command
      .add_option("--backup", options.backup,
                  "A file of `giro backup`, a folder of `giro backup --follow`, or - for standard "
                  "input: reads it whole, as a restore would")
      ->type_name("SOURCE")
      ->excludes(data);
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

Result<ExitCode> verify_backup(Session& session, const std::string& source) {
  const auto checked = [&] {
    BackupProgressLine progress;
    return store::check_backup(source, progress.tell());
  }();
  if (!checked) return backup_failure(checked.error());
  json::object report{
      {"backup", "whole"}, {"bytes", checked->bytes}, {"accounts", checked->accounts}};
  for (auto& field : end_fields(checked->end, checked->at)) report.insert(std::move(field));
  if (auto printed = print_report(session, report); !printed) {
    return std::unexpected(std::move(printed).error());
  }
  return ExitCode::ok;
}

Result<ExitCode> run_verify(Session& session, const VerifyOptions& options) {
  if (!options.backup.empty()) return verify_backup(session, options.backup);
  const auto result = verified(session, options);
  if (!result) return std::unexpected(result.error());
  const auto text = [&]() -> Result<std::string> {
    return verify_details(*result, session.look());
  };
  if (auto shown = print_answer(session, *result, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  if (true_field(*result, "ok")) return ExitCode::ok;
  note(advice_on(*result));
  return ExitCode::rejected;
}

// --- repair keys ---

Result<ExitCode> run_repair_keys(Session& session, const RepairOptions& options) {
  const auto repaired = store::repair_keys(options.data);
  if (!repaired) return usage_failure(repaired.error());
  const json::object result{{"keys", repaired->keys}, {"runs", repaired->runs}};
  const auto text = [&]() -> Result<std::string> {
    return fmt::format("{} keys made anew from the journal, in {} runs\n", repaired->keys,
                       repaired->runs);
  };
  if (auto shown = print_answer(session, result, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

}  // namespace

void add_verify_commands(CLI::App& app, Invocation& invocation) {
  add_command<VerifyOptions>(
      app, invocation, "verify",
      "Reads the whole journal and checks it. Exit code 1 if it finds a problem",
      "  giro verify && echo whole\n  giro verify --data /var/lib/giro\n  giro "
      "verify --backup /srv/backup/giro-2026-11-25.giro",
      declare_verify, run_verify);
  CLI::App* repair = app.add_subcommand("repair", "Makes parts of a ledger anew from its journal");
  repair->require_subcommand(1);
  repair->footer("Example:\n  giro repair keys --data /var/lib/giro");
  add_command<RepairOptions>(*repair, invocation, "keys",
                             "Makes the keys of all old payments anew from the journal, while no "
                             "daemon runs. girod does so by itself for what it finds damaged",
                             "  giro repair keys --data /var/lib/giro", declare_repair,
                             run_repair_keys);
}

}  // namespace giro::cli
