#include "cli/submit/submission.hpp"

#include <optional>

#include <fmt/format.h>

#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kRowsABatchMax = 10'000;  // What payments.submit_many takes.

json::object tally_json(const Tally& tally) {
  return {{"applied", tally.applied},
          {"rejected", tally.rejected},
          {"replayed", tally.replayed},
          {"replayed_applied", tally.replayed - tally.replayed_rejected},
          {"replayed_rejected", tally.replayed_rejected},
          {"errors", tally.errors},
          {"same_key_in_file", tally.same_key_in_file}};
}

Result<std::optional<RejectsFile>> open_rejects(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto file = RejectsFile::create(path);
  if (!file) return std::unexpected(std::move(file).error());
  return std::move(*file);
}

}  // namespace

void declare_submission(CLI::App& command, SubmissionOptions& options) {
  command.add_flag("-q,--quiet", options.quiet, "Only counts; no line for each row not applied");
  command
      .add_option(
          "--rejects", options.rejects,
          "Writes the rows that weren't applied to this new file, as they stand in FILE, "
          "to be mended and sent under new keys. It is made only when the whole of FILE was "
          "sent and a row wasn't applied")
      ->type_name("FILE");
  command.add_option("--batch", options.limits.rows_a_batch, "Rows a request (default 2000)")
      ->check(CLI::Range(1, kRowsABatchMax));
}

Result<ExitCode> submit_rows(Session& session, Rows& rows, const SubmissionOptions& options) {
  auto rejects = open_rejects(options.rejects);
  if (!rejects) return std::unexpected(std::move(rejects).error());
  RejectsFile* const rejects_file = *rejects ? &**rejects : nullptr;
  const auto tally = Submitter(session, rows, options.limits, options.quiet, rejects_file).run();
  if (!tally) return std::unexpected(tally.error());
  const auto text = answer_text(session, tally_json(*tally),
                                [&]() -> Result<std::string> { return summary(*tally) + "\n"; });
  print_outcome(text ? *text : summary(*tally) + "\n");
  if (!options.quiet && !session.json()) note(advice(*tally));
  if (rejects_file != nullptr) {
    if (auto kept = rejects_file->keep(); !kept) return std::unexpected(kept.error());
    if (rejects_file->rows() > 0) {
      note(fmt::format("The rows that weren't applied are in {}: {}.\n", rejects_file->path(),
                       rejects_file->rows()));
    }
  }
  return tally->all_applied() ? ExitCode::ok : ExitCode::rejected;
}

}  // namespace giro::cli
