// giro submit: a file of payments, or of requests of any method.
#include <optional>

#include <fmt/format.h>

#include "cli/answers.hpp"
#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/row_input.hpp"
#include "cli/submitter.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kRowsABatchMax = 10'000;  // What payments.submit_many takes.

struct SubmitOptions {
  RowInput rows;
  bool quiet = false;
  std::string rejects;
  SubmitLimits limits;
};

void declare_submit(CLI::App& command, SubmitOptions& options) {
  declare_rows(command, options.rows, "The payments");
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

Result<ExitCode> run_submit(Session& session, const SubmitOptions& options) {
  auto rows = open_rows(session, options.rows);
  if (!rows) return std::unexpected(std::move(rows).error());
  auto rejects = open_rejects(options.rejects);
  if (!rejects) return std::unexpected(std::move(rejects).error());
  RejectsFile* const rejects_file = *rejects ? &**rejects : nullptr;
  const auto tally = Submitter(session, *rows, options.limits, options.quiet, rejects_file).run();
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

}  // namespace

void add_submit_command(CLI::App& app, Invocation& invocation) {
  add_command<SubmitOptions>(
      app, invocation, "submit",
      "Submits a file of payments, or of requests of any method that changes the ledger: CSV with "
      "a "
      "header row, or NDJSON.\n\n"
      "CSV columns: key, from, to, amount (decimal), currency, and optional reference, "
      "description, code, effective_date, deadline, metadata (JSON). With a column method "
      "(such as payments.capture; empty: payments.submit) all others are optional, and there may "
      "also be hold, original, schedule (a key, or #42 for a seq), id, timeout, expires_at, "
      "final (true or false), at, every, until, count, floor, ceiling (decimals, or none), frozen, "
      "scale; currency then also says what the decimals of a row mean whose method takes none. "
      "NDJSON: the params of payments.submit, amounts in minor units; with a member method the "
      "params of that method, beside it or as its member params. Rows take effect in the file's "
      "order, each by itself (`giro group` for all or none). A row "
      "with a wrong value is reported with its line and the rest goes on. A row whose form is "
      "broken (a quote out of place, too few or too many columns, no JSON, no line end at the end "
      "of a CSV) ends the run: where it ends is unknown, and text must not pass for payments. "
      "Submitting a file again is safe: every payment has its key, and a key takes effect once; a "
      "key that comes again within a million rows of one file is reported. Exit code: 0 when every "
      "row is applied, 1 when some aren't, 64 when the file is broken, 75 when the daemon was "
      "lost: mend it, and submit the file again",
      "  printf 'key,from,to,amount,currency\\ninv-17,customers:ada,shop:sales,12.50,EUR\\n' "
      "> may.csv\n  giro submit may.csv\n"
      "  echo '{\"key\":\"inv-18\",\"from\":\"customers:ada\",\"to\":\"shop:sales\","
      "\"amount\":1250,\"currency\":\"EUR\"}' | giro submit -\n"
      "  echo "
      "'{\"method\":\"payments.capture\",\"key\":\"c-1\",\"hold\":\"room-7\",\"amount\":2000}' "
      "| giro submit -\n"
      "  printf 'method,key,hold,amount,currency\\npayments.capture,c-2,room-7,5.00,EUR\\n' "
      "| giro submit -",
      declare_submit, run_submit);
}

}  // namespace giro::cli
