// giro checkpoint: signs what the ledger amounts to now, so that nobody can change its past unseen.
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/commands/verify_report.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/output.hpp"
#include "cli/proof/checkpoint_files.hpp"
#include "cli/proof/ledger_folder.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr const char* kCredential = "giro-checkpoint-key";
constexpr const char* kNothingSigned = "Nothing was signed, and no money moved.";

// What was asked for can't be done as it is.
std::unexpected<Failure> not_signed(std::string what, std::string advice) {
  return std::unexpected(Failure{.exit = ExitCode::usage,
                                 .what = std::move(what),
                                 .money = kNothingSigned,
                                 .advice = std::move(advice)});
}

struct CheckpointOptions {
  std::string data;
  std::string key;
  std::string name;
  std::string into;
  std::string new_key;
};

void declare_checkpoint(CLI::App& command, CheckpointOptions& options) {
  declare_data(command, options.data);
  command
      .add_option("--key", options.key,
                  "The key to sign with: Ed25519, in PEM, which nobody else may read (default: the "
                  "credential giro-checkpoint-key that systemd gave the service)")
      ->type_name("FILE");
  command.add_option("--name", options.name,
                     "How the ledger is called, to those who check (default: as the newest one of "
                     "--into has it, else this host's name)");
  command
      .add_option("--into", options.into,
                  "Keeps it as a new file of this folder, named by its seq, and only if it goes on "
                  "from the newest one there: of the same key and name, and extended by the ledger "
                  "(default: prints it)")
      ->type_name("DIR");
  command
      .add_option("--new-key", options.new_key,
                  "Makes a key in this new file, prints its public key, and signs nothing")
      ->type_name("FILE")
      ->excludes("--key", "--name", "--into", "--data");
}

Result<ExitCode> make_key(const std::string& file) {
  const auto key = store::SigningKey::make(file);
  if (!key) {
    return not_signed(key.error(), "Name a new file, in a folder that is there and has room.");
  }
  print(key->public_key().pem());
  note(
      fmt::format("{} signs in the ledger's name: keep it from everybody, and where the ledger "
                  "isn't. The public "
                  "key above is for those who check.\n",
                  file));
  return ExitCode::ok;
}

Result<store::SigningKey> signing_key(const std::string& named) {
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (named.empty() && credentials == nullptr) {
    return not_signed("no key to sign with",
                      "Name one with --key FILE (`giro checkpoint --new-key FILE` makes it).");
  }
  const std::filesystem::path file = named.empty()
                                         ? std::filesystem::path(credentials) / kCredential
                                         : std::filesystem::path(named);
  auto key = store::SigningKey::read(file);
  if (key) return std::move(*key);
  return not_signed(fmt::format("the key {}", key.error()),
                    "Checkpoints go on from each other under one key: name the one that signed the "
                    "others. `giro checkpoint --new-key FILE` makes the first.");
}

Result<std::string> ledger_name(std::string name) {
  if (name.empty()) {
    name.resize(256);
    if (::gethostname(name.data(), name.size() - 1) != 0) name.clear();
    name.resize(name.find_first_of('\0'));
  }
  if (store::is_ledger_name(name)) return name;
  return not_signed(fmt::format("a ledger can't be called `{}`", name),
                    "A name has 1 to 200 characters of ASCII, no blank and no plus sign, such as "
                    "bank.example/ledger.");
}

// The newest file of the folder isn't one that the next can go on from.
std::unexpected<Failure> no_predecessor(std::string what) {
  return std::unexpected(Failure{
      .exit = ExitCode::rejected,
      .what = std::move(what),
      .money = kNothingSigned,
      .advice = "The ledger can't be held to that file. Was it damaged, or put there? Compare the "
                "folder with the copies that others keep, move the file elsewhere, and run this "
                "again: it goes on from the one before. A new key begins a folder of its own."});
}

// Nothing of the file is believed that this key didn't sign.
Result<std::optional<CheckpointFile>> newest_before(const std::string& folder,
                                                    const store::PublicKey& key) {
  if (folder.empty()) return std::nullopt;
  auto file = newest_checkpoint(folder);
  if (!file) return std::unexpected(std::move(file).error());
  if (!*file) return std::nullopt;
  auto checkpoint = read_checkpoint(**file);
  if (!checkpoint) return no_predecessor(checkpoint.error().what);
  if (!store::is_signed_by(*checkpoint, key)) {
    return no_predecessor(fmt::format("this key didn't sign {} as {}", **file, checkpoint->name));
  }
  if (checkpoint_file(folder, checkpoint->point.seq) != **file) {
    return no_predecessor(
        fmt::format("{} bears another seq than it is of, {}", **file, checkpoint->point.seq));
  }
  return CheckpointFile{.file = std::move(**file), .checkpoint = std::move(*checkpoint)};
}

// A ledger's name is part of what is signed, and a series of checkpoints has one.
Result<std::string> name_after(const std::optional<CheckpointFile>& before,
                               const std::string& named) {
  if (!before) return ledger_name(named);
  const std::string& name = before->checkpoint.name;
  if (named.empty() || named == name) return name;
  return not_signed(
      fmt::format("{} is of {}, and the next one can't be of {}", before->file, name, named),
      "Without --name it goes on under the name it had; another one begins a folder of its own.");
}

// What speaks against signing; nothing: nothing does.
std::optional<Failure> objection(const store::VerifyReport& report,
                                 const std::optional<CheckpointFile>& before,
                                 const store::PublicKey& key) {
  if (!report.ok()) {
    const store::Problem& first = report.problems.front();
    return Failure{
        .exit = ExitCode::rejected,
        .what = fmt::format("the ledger isn't whole: {} problems, the first at seq {}: {}",
                            report.problems.size(), first.seq, first.what),
        .money = kNothingSigned,
        .advice = "`giro verify` lists them. " + advice_on(report_json(report))};
  }
  if (before) {
    const HeldAgainst held = hold_against(before->file, before->checkpoint, &key, report);
    if (!held.problem.empty()) {
      return Failure{
          .exit = ExitCode::rejected,
          .what = fmt::format("the ledger doesn't extend {}: {}", held.file, held.problem),
          .money = kNothingSigned,
          .advice = held.advice};
    }
  }
  if (report.points.empty()) {
    return Failure{.exit = ExitCode::rejected,
                   .what = "the ledger has no entry yet",
                   .money = kNothingSigned,
                   .advice = "Sign once something was decided."};
  }
  return std::nullopt;
}

// What stands for this state of the ledger: a file of the folder, or without a folder the text alone.
Result<CheckpointFile> kept(const std::string& folder, const std::optional<CheckpointFile>& before,
                            store::SignedCheckpoint checkpoint) {
  if (folder.empty()) return CheckpointFile{.file = {}, .checkpoint = std::move(checkpoint)};
  if (before && before->checkpoint.point.seq == checkpoint.point.seq) {
    note(fmt::format("Nothing was decided since {}.\n", before->file));
    return *before;
  }
  auto file = keep_checkpoint(folder, checkpoint);
  if (!file) return std::unexpected(std::move(file).error());
  return CheckpointFile{.file = std::move(*file), .checkpoint = std::move(checkpoint)};
}

json::object answer_of(const CheckpointFile& kept) {
  const auto& [file, checkpoint] = kept;
  json::array totals;
  for (std::string& line : store::total_lines(checkpoint.point)) totals.emplace_back(line);
  json::object answer{{"name", checkpoint.name},
                      {"seq", checkpoint.point.seq},
                      {"at", format_rfc3339(checkpoint.point.at)},
                      {"digest", store::to_hex(checkpoint.point.digest)},
                      {"root", store::to_base64(checkpoint.point.root)},
                      {"accounts", checkpoint.point.accounts},
                      {"totals", std::move(totals)},
                      {"text", checkpoint.text}};
  if (!file.empty()) answer["file"] = file;
  return answer;
}

Result<ExitCode> run_checkpoint(Session& session, const CheckpointOptions& options) {
  if (!options.new_key.empty()) return make_key(options.new_key);
  const auto key = signing_key(options.key);
  if (!key) return std::unexpected(key.error());
  const store::PublicKey public_key = key->public_key();
  const auto before = newest_before(options.into, public_key);
  if (!before) return std::unexpected(before.error());
  const auto name = name_after(*before, options.name);
  if (!name) return std::unexpected(name.error());
  const auto folder = data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  store::PointsWanted points{.seqs = {}, .head = true};
  if (*before) points.seqs.push_back((*before)->checkpoint.point.seq);
  const auto report =
      store::verify_files(*folder, store::BesideDaemon::allowed, [] { return false; }, points);
  if (!report) return not_signed(report.error(), {});
  if (auto against = objection(*report, *before, public_key)) {
    return std::unexpected(std::move(*against));
  }
  const auto checkpoint =
      kept(options.into, *before, store::sign_checkpoint(*name, report->points.back(), *key));
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const auto text = [&]() -> Result<std::string> {
    return checkpoint->file.empty() ? checkpoint->checkpoint.text : checkpoint->file + "\n";
  };
  if (auto shown = print_answer(session, answer_of(*checkpoint), text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

}  // namespace

void add_checkpoint_command(CLI::App& app, Invocation& invocation) {
  add_command<CheckpointOptions>(
      app, invocation, "checkpoint",
      "Reads the whole journal, checks it, and signs what it amounts to: seq, digest and totals. "
      "Who "
      "has a checkpoint can hold the ledger to it (`giro verify --checkpoint`), and be shown "
      "single "
      "payments (`giro proof`)",
      "  giro checkpoint --new-key bank.key > bank.pem\n"
      "  giro checkpoint --key bank.key --name bank.example/ledger > today.checkpoint",
      declare_checkpoint, run_checkpoint);
}

}  // namespace giro::cli
