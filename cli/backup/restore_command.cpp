// giro restore: a ledger in a new folder, from a backup.
#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/backup/backup_report.hpp"
#include "cli/command.hpp"
#include "cli/output/output.hpp"
#include "cli/time/time_options.hpp"
#include "ledger/store/backup/restore.hpp"
#include "ledger/timestamp.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct RestoreOptions {
  std::string source;
  std::string data;
  std::string to_seq;
  std::string to_time;
};

void declare_restore(CLI::App& command, RestoreOptions& options) {
  command
      .add_option("SOURCE", options.source,
                  "A file of `giro backup`, a folder of `giro backup --follow`, or - for standard "
                  "input")
      ->required();
  command
      .add_option("--data", options.data,
                  "The ledger's folder: not there yet, or empty, and then its owner has the files")
      ->type_name("DIR")
      ->required();
  CLI::Option* seq = command.add_option("--to-seq", options.to_seq,
                                        "Up to this decision (default: to the backup's end)");
  seq->type_name("SEQ");
  command
      .add_option("--to-time", options.to_time,
                  "Up to this time, or the end of a day or period (`giro help times`)")
      ->type_name("TIME")
      ->excludes(seq);
}

// Where it is to end; nothing: at the backup's end.
Result<std::optional<giro::Moment>> until(const RestoreOptions& options) {
  if (!options.to_seq.empty()) {
    const auto seq = protocol::whole_number<std::int64_t>(
        std::string_view(options.to_seq).substr(options.to_seq.starts_with('#') ? 1 : 0));
    if (!seq || *seq < 0) return usage_failure("--to-seq `" + options.to_seq + "` is no seq");
    return giro::Moment(static_cast<Seq>(*seq));
  }
  if (options.to_time.empty()) return std::nullopt;
  const auto text = time_of(options.to_time, TimeMeans::last, "to_time");
  if (!text) return std::unexpected(text.error());
  const auto time = parse_rfc3339(*text);
  if (!time) return usage_failure("--to-time `" + options.to_time + "` is no time (RFC 3339)");
  return giro::Moment(*time);
}

// As the answer has it; null: its end.
json::value asked_field(const std::optional<giro::Moment>& until) {
  if (!until) return nullptr;
  if (const Seq* seq = std::get_if<Seq>(&*until)) return *seq;
  return json::string(format_rfc3339(std::get<Timestamp>(*until)));
}

// Whether the backup goes as far as was asked. Where it has no later commit, and ends before that time, it can't
// tell what was decided in between.
bool is_complete(const store::RestoredLedger& restored, const std::optional<giro::Moment>& until) {
  if (!until || restored.next_seq > 0) return true;
  if (const Seq* seq = std::get_if<Seq>(&*until)) return restored.end.seq >= *seq;
  return restored.end.seq > 0 && restored.at >= std::get<Timestamp>(*until);
}

// Where it ends otherwise than was asked, and why; empty: it doesn't.
std::string other_end(const store::RestoredLedger& restored,
                      const std::optional<giro::Moment>& until) {
  if (!until) return {};
  const Seq* asked = std::get_if<Seq>(&*until);
  if (!is_complete(restored, until)) {
    if (asked != nullptr) {
      return fmt::format("The backup ends at seq {}, before seq {}.\n", restored.end.seq, *asked);
    }
    return fmt::format(
        "The backup ends at seq {}{}, before {}: what was decided between them isn't in it.\n",
        restored.end.seq, restored.end.seq == 0 ? "" : ", of " + format_rfc3339(restored.at),
        format_rfc3339(std::get<Timestamp>(*until)));
  }
  if (asked == nullptr) {
    return restored.end.seq > 0 ? "" : "Nothing was decided by then: the ledger is an empty one.\n";
  }
  if (*asked == restored.end.seq) return {};
  return fmt::format(
      "It ends at seq {}: seq {} to {} were decided together, and aren't torn apart.\n",
      restored.end.seq, restored.next_seq, restored.next_last_seq);
}

void tell_what_it_means(const store::RestoredLedger& restored,
                        const std::optional<giro::Moment>& until) {
  note(other_end(restored, until));
  note(fmt::format(
      "What was decided after seq {} isn't in it, though clients were told of it, and its keys are "
      "new again: what they send again is decided anew, once. Never let this ledger and the one "
      "that was backed up both take payments.\n",
      restored.end.seq));
}

Result<ExitCode> run_restore(Session& session, const RestoreOptions& options) {
  const auto moment = until(options);
  if (!moment) return std::unexpected(moment.error());
  ::umask(S_IWGRP | S_IRWXO);  // A ledger is nobody else's to read, as girod makes it.
  const auto restored = [&] {
    BackupProgressLine progress;
    return store::restore({.source = options.source, .directory = options.data, .until = *moment},
                          progress.tell());
  }();
  if (!restored) return backup_failure(restored.error());
  json::object report{{"data", options.data},
                      {"accounts", restored->accounts},
                      {"asked", asked_field(*moment)},
                      {"complete", is_complete(*restored, *moment)}};
  for (auto& field : end_fields(restored->end, restored->at)) report.insert(std::move(field));
  if (auto printed = print_report(session, report); !printed) {
    return std::unexpected(std::move(printed).error());
  }
  tell_what_it_means(*restored, *moment);
  return ExitCode::ok;
}

}  // namespace

void add_restore_command(CLI::App& app, Invocation& invocation) {
  add_command<RestoreOptions>(
      app, invocation, "restore",
      "Makes a ledger in a new folder from a backup, as of its end or of an earlier moment, and "
      "checks it whole. What was decided in one commit is in it as a whole or not at all",
      "  giro restore /srv/backup/giro-2026-11-25.giro --data /var/lib/giro\n"
      "  giro restore /mnt/second/giro --data then --to-time '2026-11-25T09:00:00Z'\n"
      "  ssh other giro backup - | giro restore - --data here",
      declare_restore, run_restore);
}

}  // namespace giro::cli
