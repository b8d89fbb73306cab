// giro backup: the ledger in one file, or kept in a folder as it grows.
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/backup/backup_report.hpp"
#include "cli/command.hpp"
#include "cli/output/output.hpp"
#include "cli/proof/ledger_folder.hpp"
#include "ledger/store/backup/follower.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kBetweenLooks{250};
// Payments come first. Not so for a folder that is to be a second behind at most.
constexpr int kNice = 10;

struct BackupOptions {
  std::string file;
  std::string follow;
  std::string data;
  bool overwrite = false;
};

void declare_backup(CLI::App& command, BackupOptions& options) {
  command.add_option("FILE", options.file,
                     "The new file; - for standard output, which isn't checked");
  command
      .add_option("--follow", options.follow,
                  "Instead: keeps this folder up with the ledger, at most a second behind, until "
                  "it is stopped")
      ->type_name("DIR");
  command.add_option("--data", options.data, "The ledger's folder (default: girod's)")
      ->type_name("DIR");
  command.add_flag("--overwrite", options.overwrite,
                   "Replaces FILE, if it is a backup, once the new one is whole and checked");
}

Result<ExitCode> back_up_to_stdout(const std::string& ledger) {
  if (isatty(STDOUT_FILENO) != 0) {
    return usage_failure("a backup isn't for a terminal",
                         "Pipe it into a program, or name a file.");
  }
  BackupProgressLine progress;
  const auto made = store::back_up_to_stream(ledger, STDOUT_FILENO, progress.tell());
  if (!made) return backup_failure(made.error());
  return ExitCode::ok;
}

Result<ExitCode> back_up(Session& session, const BackupOptions& options,
                         const std::string& ledger) {
  (void)setpriority(PRIO_PROCESS, 0, kNice);
  if (options.file == "-") return back_up_to_stdout(ledger);
  const auto existing = options.overwrite ? store::DurableFile::Existing::is_replaced
                                          : store::DurableFile::Existing::stays;
  const auto made = [&] {
    BackupProgressLine progress;
    return store::back_up_to_file(ledger, options.file, existing, progress.tell());
  }();
  if (!made) return backup_failure(made.error());
  json::object report{{"file", options.file}, {"bytes", made->bytes}, {"accounts", made->accounts}};
  for (auto& field : end_fields(made->end, made->at)) report.insert(std::move(field));
  if (auto printed = print_report(session, report); !printed) {
    return std::unexpected(std::move(printed).error());
  }
  return ExitCode::ok;
}

// A mount that isn't there leaves a folder on the disk that it was to be a second one to.
void warn_of_one_disk(const std::string& ledger, const std::string& folder) {
  struct stat one{};
  struct stat other{};
  if (stat(ledger.c_str(), &one) != 0 || stat(folder.c_str(), &other) != 0) return;
  if (one.st_dev != other.st_dev) return;
  note(fmt::format(
      "{} lies on the ledger's own disk, and is lost with it. Is another one mounted?\n", folder));
}

// Once for each reason that it has.
void tell_that_it_waits(const store::BackupFollower& follower, const std::string& ledger,
                        std::string& told) {
  if (follower.waits_because() == told) return;
  told = follower.waits_because();
  if (told.empty()) return;
  note(fmt::format("The ledger in {} can't be followed now: {}. Waiting until girod runs on it.\n",
                   ledger, told));
}

Result<ExitCode> follow(const BackupOptions& options, const std::string& ledger) {
  auto follower = store::BackupFollower::open(ledger, options.follow);
  if (!follower) return backup_failure(follower.error());
  warn_of_one_disk(ledger, options.follow);
  note(fmt::format("{} goes on behind seq {}.\n", options.follow, follower->reached().seq));
  Progress progress;
  std::string told;
  for (bool caught_up = false;;) {
    const auto more = follower->step();
    if (!more) return backup_failure(more.error());
    progress.show(follower->reached().seq, follower->reached().seq, follower->head_seq());
    if (*more) continue;
    const bool waits = !follower->waits_because().empty();
    if (!caught_up || waits) progress.clear();
    tell_that_it_waits(*follower, ledger, told);
    if (!caught_up && !waits) {
      note(fmt::format("{} is up with the ledger, at seq {}.\n", options.follow,
                       follower->reached().seq));
    }
    caught_up = !waits;
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

Result<ExitCode> run_backup(Session& session, const BackupOptions& options) {
  if (options.file.empty() == options.follow.empty()) {
    return usage_failure(
        options.file.empty() ? "neither a FILE nor --follow DIR" : "both a FILE and --follow DIR",
        "`giro backup --help` says what each is for.");
  }
  if (!options.follow.empty() && options.overwrite) {
    return usage_failure("--overwrite is of FILE alone");
  }
  const auto ledger = data_folder(options.data);
  if (!ledger) return std::unexpected(ledger.error());
  return options.follow.empty() ? back_up(session, options, *ledger) : follow(options, *ledger);
}

}  // namespace

void add_backup_command(CLI::App& app, Invocation& invocation) {
  add_command<BackupOptions>(
      app, invocation, "backup",
      "Backs the ledger up while payments go on, into a new file, which is synced and checked "
      "whole before it has its name; or keeps a folder up with it. Reads the ledger's files "
      "themselves: as their user, or root. `giro restore` makes a ledger of it, as of any moment. "
      "docs/BACKUP.md has the format",
      "  giro backup /srv/backup/giro-2026-11-25.giro\n"
      "  giro backup - | ssh other 'cat > giro.giro'\n"
      "  giro backup --follow /mnt/second/giro",
      declare_backup, run_backup);
}

}  // namespace giro::cli
