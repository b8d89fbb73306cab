// giro proof: shows somebody without the ledger that a decision is in it, or that it only grew between two checkpoints.
#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/options.hpp"
#include "cli/output/output.hpp"
#include "cli/proof/checkpoint_files.hpp"
#include "cli/proof/ledger_folder.hpp"
#include "ledger/store/proof/journal_proof.hpp"
#include "ledger/store/verify/open_files.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr const char* kQuestion = "It was only a question: no money moved.";

struct ProofOptions {
  std::string key;
  std::string checkpoint;
  std::string since;
  std::string public_key;
  std::string data;
};

void declare_proof(CLI::App& command, ProofOptions& options) {
  command.add_option("KEY", options.key, "What decided it: its key, or '#42' for its seq");
  command
      .add_option("--checkpoint", options.checkpoint,
                  "The checkpoint that it is shown against: of that moment or later")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--since", options.since,
                  "Instead of KEY: shows that the checkpoint's ledger extends this older one's")
      ->type_name("FILE")
      ->excludes("KEY");
  declare_public_key(command, options.public_key);
  declare_data(command, options.data);
}

std::unexpected<Failure> no_proof(std::string what, std::string advice) {
  return std::unexpected(Failure{.exit = ExitCode::rejected,
                                 .what = std::move(what),
                                 .money = kQuestion,
                                 .advice = std::move(advice)});
}

std::unexpected<Failure> other_ledger(const std::string& file) {
  return no_proof(fmt::format("the ledger's entries aren't the ones that {} was signed for", file),
                  "Its past was changed since, or it is another ledger's checkpoint: `giro verify "
                  "--checkpoint` "
                  "says more.");
}

std::unexpected<Failure> ends_before(const std::string& file, Seq seq, Seq end) {
  return no_proof(
      fmt::format("the ledger ends at seq {}, before the {} of {}", end, seq, file),
      "Decisions that were signed for are missing, or it is another ledger's checkpoint: "
      "`giro verify --checkpoint` says more.");
}

// With a key, nothing is believed that it didn't sign.
Result<store::SignedCheckpoint> read_signed(const std::string& file,
                                            const std::optional<store::PublicKey>& key) {
  auto checkpoint = read_checkpoint(file);
  if (!checkpoint || !key || store::is_signed_by(*checkpoint, *key)) return checkpoint;
  return no_proof(fmt::format("the public key didn't sign {} under the name that it bears", file),
                  kProvesNothing);
}

// Whether a checker could take a proof of growth from one to the other: it has one key, and is asked about one ledger.
Result<void> fit_together(const ProofOptions& options, const store::SignedCheckpoint& older,
                          const store::SignedCheckpoint& newer) {
  if (older.point.seq > newer.point.seq) {
    return usage_failure(fmt::format("{} is newer than {}", options.since, options.checkpoint),
                         "Name the older one with --since.");
  }
  if (older.name != newer.name) {
    return usage_failure(
        fmt::format("{} is of {}, and {} of {}: growth is shown of one ledger, under one name",
                    options.since, older.name, options.checkpoint, newer.name),
        fmt::format("Was it renamed? Then sign it once more under the old name: `giro checkpoint "
                    "--name {}`.",
                    older.name));
  }
  if (!store::have_one_signer(older, newer)) {
    return usage_failure(
        fmt::format("{} and {} were signed by two keys, and a proof is checked with one",
                    options.since, options.checkpoint),
        "Sign the ledger once more with the older one's key: `giro checkpoint --key FILE`.");
  }
  return {};
}

json::array hashes_json(const std::vector<store::Digest>& hashes) {
  json::array out;
  for (const store::Digest& hash : hashes) out.emplace_back(store::to_base64(hash));
  return out;
}

// The text that is checked is this one and no other: members in this order, no blanks, one line.
void print_proof(const json::object& proof) {
  print(json::serialize(proof) + "\n");
}

Result<ExitCode> prove_decision(const SQLite::Database& db, const ProofOptions& options,
                                const store::SignedCheckpoint& checkpoint) {
  const json::value named = key_or_seq(options.key);
  const Seq seq =
      named.is_string() ? store::seq_of_key(db, options.key) : static_cast<Seq>(named.as_int64());
  if (const Seq end = store::journal_end(db); seq == 0 || seq > end) {
    return no_proof(fmt::format("nothing was ever decided under {}: the ledger ends at seq {}",
                                options.key, end),
                    "Name a decision by its key, or by its seq, as in '#42'.");
  }
  if (seq > checkpoint.point.seq) {
    return no_proof(fmt::format("{} was decided as seq {}, after the checkpoint's {}", options.key,
                                seq, checkpoint.point.seq),
                    "Name a newer checkpoint; `giro checkpoint` makes one.");
  }
  const auto proof = store::prove_entry(db, seq, checkpoint.point.seq);
  if (proof.root != checkpoint.point.root) return other_ledger(options.checkpoint);
  json::array entries;
  for (const store::ProvenEntry& entry : proof.entries) {
    entries.push_back(
        {{"bytes", store::to_base64(entry.bytes)}, {"path", hashes_json(entry.path)}});
  }
  print_proof(
      {{"proof", "inclusion"}, {"checkpoint", checkpoint.text}, {"entries", std::move(entries)}});
  note(fmt::format("This shows that {} is decision {} of the {} of {}.\n", options.key, seq,
                   checkpoint.point.seq, checkpoint.name));
  return ExitCode::ok;
}

Result<ExitCode> prove_growth(const SQLite::Database& db, const ProofOptions& options,
                              const store::SignedCheckpoint& checkpoint,
                              const store::SignedCheckpoint& older) {
  const auto proof = store::prove_extension(db, older.point.seq, checkpoint.point.seq);
  if (proof.old_root != older.point.root) return other_ledger(options.since);
  if (proof.root != checkpoint.point.root) return other_ledger(options.checkpoint);
  print_proof({{"proof", "extension"},
               {"since", older.text},
               {"checkpoint", checkpoint.text},
               {"path", hashes_json(proof.path)}});
  note(fmt::format("This shows that the {} decisions of {} begin with the {} of {}.\n",
                   checkpoint.point.seq, checkpoint.name, older.point.seq, options.since));
  return ExitCode::ok;
}

Result<ExitCode> run_proof(Session& /*session*/, const ProofOptions& options) {
  if (options.key.empty() && options.since.empty()) {
    return usage_failure("neither a KEY nor --since FILE", "`giro proof --help` explains both.");
  }
  const auto key = wanted_key(options.public_key);
  if (!key) return std::unexpected(key.error());
  const auto checkpoint = read_signed(options.checkpoint, *key);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  std::optional<store::SignedCheckpoint> older;
  if (!options.since.empty()) {
    auto read = read_signed(options.since, *key);
    if (!read) return std::unexpected(std::move(read).error());
    if (auto fit = fit_together(options, *read, *checkpoint); !fit) {
      return std::unexpected(std::move(fit).error());
    }
    older = std::move(*read);
  }
  const auto folder = data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  const auto files = store::open_files(*folder, store::BesideDaemon::allowed);
  if (!files) return usage_failure(files.error());
  try {
    if (const Seq end = store::journal_end(files->db); checkpoint->point.seq > end) {
      return ends_before(options.checkpoint, checkpoint->point.seq, end);
    }
    auto proven = older ? prove_growth(files->db, options, *checkpoint, *older)
                        : prove_decision(files->db, options, *checkpoint);
    if (proven && !*key) note(kSignerUnchecked);
    return proven;
  } catch (const std::exception& error) {
    return usage_failure(store::unreadable(*folder, error));
  }
}

}  // namespace

void add_proof_command(CLI::App& app, Invocation& invocation) {
  add_command<ProofOptions>(
      app, invocation, "proof",
      "Shows somebody without the ledger that a decision is in it, against a checkpoint that they "
      "have: prints a proof, which contrib/check_proof.py checks and reads out",
      "  giro proof inv-17 --checkpoint today.checkpoint > inv-17.proof\n"
      "  giro proof --since monday.checkpoint --checkpoint today.checkpoint > grown.proof",
      declare_proof, run_proof);
}

}  // namespace giro::cli
