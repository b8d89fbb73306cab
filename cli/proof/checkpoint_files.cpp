#include "cli/proof/checkpoint_files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/backup/durable_file.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kEnding = ".checkpoint";
constexpr std::size_t kSeqDigits = 20;

std::string words_of(int error_number) {
  return std::generic_category().message(error_number);
}

bool is_checkpoint_name(const std::string& name) {
  return name.size() == kSeqDigits + kEnding.size() && name.ends_with(kEnding) &&
         std::ranges::all_of(name.substr(0, kSeqDigits),
                             [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Failure> not_kept(const std::string& file, int error_number) {
  return std::unexpected(Failure{
      .exit = ExitCode::no_output,
      .what = fmt::format("can't write {}: {}", file, words_of(error_number)),
      .money = "The ledger is whole; this checkpoint of it wasn't kept.",
      .advice =
          error_number == EEXIST
              ? "Another run keeps one there: look at it, and take it away if it is of no use."
              : "See to the folder and its rights, then run this again."});
}

// Errors: errno.
int write_synced(const std::string& file, std::string_view text) {
  const store::OwnedDescriptor out(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const bool is_written =
      out.number() >= 0 && store::write_all(out.number(), text) && ::fsync(out.number()) == 0;
  return is_written ? 0 : errno;
}

void judge(HeldAgainst& held, const store::VerifyReport& report) {
  const store::LedgerPoint& then = held.checkpoint.point;
  if (held.is_signed == Signed::no) {
    held.problem = "this public key didn't sign it under the name that it bears";
    held.advice = kProvesNothing;
    return;
  }
  if (then.seq > report.head_seq) {
    held.problem = fmt::format("the ledger ends at seq {}, before the checkpoint's {}",
                               report.head_seq, then.seq);
    held.advice =
        "Decisions that were signed for are missing, or this is another ledger. Stop payments, "
        "keep "
        "a copy of the folder, and look for the newest copy of ledger.db with its ledger.db-wal.";
    return;
  }
  const auto now = std::ranges::find(report.points, then.seq, &store::LedgerPoint::seq);
  const bool is_there = now != report.points.end();
  const std::string differing = is_there ? store::difference(then, *now) : "";
  if (is_there && differing.empty()) return;
  held.problem = is_there
                     ? fmt::format("other than at seq {} then: {}", then.seq, differing)
                     : fmt::format("no commit ends at seq {} any more, as one did then", then.seq);
  held.advice = fmt::format(
      "The entries up to seq {} aren't the ones that were signed: somebody changed the past since, "
      "or "
      "this is another ledger. Balances may be wrong. Stop payments, keep a copy of the folder, "
      "and "
      "put a backup beside it that agrees with the checkpoint; older checkpoints tell from where "
      "on "
      "they differ.",
      then.seq);
}

}  // namespace

Result<store::SignedCheckpoint> read_checkpoint(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(store::kCheckpointBytesMax + 1, '\0');  // One more, so that too long shows.
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.is_open() || stream.bad()) {
    return usage_failure(fmt::format("the checkpoint {} can't be read", file),
                         "Look at its name and rights.");
  }
  auto checkpoint = store::parse_checkpoint(text);
  if (checkpoint) return std::move(*checkpoint);
  return usage_failure(fmt::format("{} is no checkpoint: {}", file, checkpoint.error()),
                       "It says nothing of the ledger as it is. Get the file again from where "
                       "it was published.");
}

CLI::Option* declare_public_key(CLI::App& command, std::string& file) {
  return command
      .add_option("--public-key", file,
                  "Whose signature the checkpoints must have, in PEM (default: isn't checked)")
      ->type_name("FILE")
      // A script's variable that nobody set mustn't turn the question off.
      ->check([](const std::string& named) { return named.empty() ? "it names no file" : ""; });
}

Result<std::optional<store::PublicKey>> wanted_key(const std::string& file) {
  if (file.empty()) return std::nullopt;
  auto key = store::PublicKey::read(file);
  if (key) return std::move(*key);
  return usage_failure(key.error(),
                       "Name the file that `giro checkpoint --new-key` printed, or "
                       "`openssl pkey -pubout`.");
}

Result<std::optional<std::string>> newest_checkpoint(const std::string& folder) {
  std::error_code error;
  std::string newest;
  for (auto file = fs::directory_iterator(folder, error);
       !error && file != fs::directory_iterator(); file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (is_checkpoint_name(name)) newest = std::max(newest, name);
  }
  if (error) {
    return usage_failure(fmt::format("the folder {} can't be read: {}", folder, error.message()),
                         "Make it, or see to its rights.");
  }
  if (newest.empty()) return std::nullopt;
  return (fs::path(folder) / newest).string();
}

std::string checkpoint_file(const std::string& folder, Seq seq) {
  return (fs::path(folder) / fmt::format("{:0{}}{}", seq, kSeqDigits, kEnding)).string();
}

Result<std::string> keep_checkpoint(const std::string& folder,
                                    const store::SignedCheckpoint& checkpoint) {
  std::string file = checkpoint_file(folder, checkpoint.point.seq);
  const std::string part = fmt::format("{}.{}.part", file, ::getpid());
  int error_number = write_synced(part, checkpoint.text);
  if (error_number == 0 &&
      ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) != 0) {
    error_number = errno;
  }
  if (error_number != 0) {
    ::unlink(part.c_str());
    return not_kept(file, error_number);
  }
  if (!store::sync_folder(folder)) return not_kept(file, errno);
  return file;
}

HeldAgainst hold_against(std::string file, store::SignedCheckpoint checkpoint,
                         const store::PublicKey* key, const store::VerifyReport& report) {
  HeldAgainst held{.file = std::move(file), .checkpoint = std::move(checkpoint)};
  if (key != nullptr) {
    held.is_signed = store::is_signed_by(held.checkpoint, *key) ? Signed::yes : Signed::no;
  }
  judge(held, report);
  if (!held.problem.empty() && held.is_signed == Signed::unchecked) {
    held.advice = "Anybody can write such a text: first see with --public-key FILE whose it is. " +
                  held.advice;
  }
  return held;
}

json::object to_json(const HeldAgainst& held) {
  json::object out{{"file", held.file},
                   {"name", held.checkpoint.name},
                   {"seq", held.checkpoint.point.seq},
                   {"at", format_rfc3339(held.checkpoint.point.at)},
                   {"signed", nullptr},
                   {"ok", held.problem.empty()}};
  if (held.is_signed != Signed::unchecked) out["signed"] = held.is_signed == Signed::yes;
  if (!held.problem.empty()) {
    out["what"] = held.problem;
    out["advice"] = held.advice;
  }
  return out;
}

}  // namespace giro::cli
