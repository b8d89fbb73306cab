// giro verify | repair: whether the ledger is whole, and what can be made anew.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/backup/backup_report.hpp"
#include "cli/command.hpp"
#include "cli/commands/verify_report.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/proof/checkpoint_files.hpp"
#include "cli/proof/ledger_folder.hpp"
#include "ledger/store/keys/key_repair.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- verify ---

struct VerifyOptions {
  std::string data;
  std::string backup;
  std::vector<std::string> checkpoints;
  std::string public_key;
};

void declare_verify(CLI::App& command, VerifyOptions& options) {
  CLI::Option* data = command.add_option(
      "--data", options.data,
      "The folder of a ledger that no daemon runs on: reads its files themselves, and changes "
      "nothing. With --checkpoint it may run (default then: girod's)");
  data->type_name("DIR");
  CLI::Option* backup =
      command
          .add_option("--backup", options.backup,
                      "A file of `giro backup`, a folder of `giro backup --follow`, or - for "
                      "standard input: reads it whole, as a restore would")
          ->type_name("SOURCE")
          ->excludes(data);
  CLI::Option* checkpoint =
      command
          .add_option("--checkpoint", options.checkpoints,
                      "Also proves that the ledger extends the one that this checkpoint was signed "
                      "for; may be given again. Reads the files themselves")
          ->type_name("FILE")
          ->allow_extra_args(false)
          ->excludes(backup);
  declare_public_key(command, options.public_key)->needs(checkpoint);
}

Result<std::vector<CheckpointFile>> read_all(const std::vector<std::string>& files) {
  std::vector<CheckpointFile> all;
  for (const std::string& file : files) {
    auto checkpoint = read_checkpoint(file);
    if (!checkpoint) return std::unexpected(std::move(checkpoint).error());
    all.push_back({.file = file, .checkpoint = std::move(*checkpoint)});
  }
  return all;
}

Result<json::object> verified_against(const VerifyOptions& options) {
  auto checkpoints = read_all(options.checkpoints);
  if (!checkpoints) return std::unexpected(std::move(checkpoints).error());
  const auto key = wanted_key(options.public_key);
  if (!key) return std::unexpected(key.error());
  const auto folder = data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  store::PointsWanted points;
  for (const CheckpointFile& each : *checkpoints) points.seqs.push_back(each.checkpoint.point.seq);
  const auto report =
      store::verify_files(*folder, store::BesideDaemon::allowed, [] { return false; }, points);
  if (!report) return usage_failure(report.error());
  json::object result = report_json(*report);
  json::array& held = result["checkpoints"].emplace_array();
  bool agree = true;
  for (CheckpointFile& each : *checkpoints) {
    const HeldAgainst against = hold_against(std::move(each.file), std::move(each.checkpoint),
                                             *key ? &**key : nullptr, *report);
    agree = agree && against.problem.empty();
    held.push_back(to_json(against));
  }
  result["ok"] = report->ok() && agree;
  return result;
}

Result<json::object> verified(Session& session, const VerifyOptions& options) {
  if (!options.checkpoints.empty()) return verified_against(options);
  if (options.data.empty()) return session.call("ledger.verify", {});
  const auto report = store::verify_at_rest(options.data, [] { return false; });
  if (!report) return usage_failure(report.error());
  return report_json(*report);
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
  const auto text = [&]() -> Result<std::string> { return report_text(*result, session.look()); };
  if (auto shown = print_answer(session, *result, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  for (const json::value& said : array_field(*result, "notes")) {
    note(json::value_to<std::string>(said) + ".\n");
  }
  if (!options.checkpoints.empty() && options.public_key.empty()) {
    note(kSignerUnchecked);
  }
  if (true_field(*result, "ok")) return ExitCode::ok;
  note(advice_on(*result));
  return ExitCode::rejected;
}

struct RepairOptions {
  std::string data;
};

void declare_repair(CLI::App& command, RepairOptions& options) {
  command.add_option("--data", options.data, "The folder of a ledger that no daemon runs on")
      ->type_name("DIR")
      ->required();
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
      "  giro verify && echo whole\n  giro verify --data /var/lib/giro\n"
      "  giro verify --checkpoint 00000000000001234567.checkpoint --public-key bank.pem\n"
      "  giro verify --backup /srv/backup/giro-2026-11-25.giro",
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
