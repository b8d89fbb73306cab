// giro submit: a file of payments, or of requests of any method.
#include "cli/command.hpp"
#include "cli/submit/row_input.hpp"
#include "cli/submit/submission.hpp"

namespace giro::cli {
namespace {

struct SubmitOptions {
  RowInput rows;
  SubmissionOptions submission;
};

void declare_submit(CLI::App& command, SubmitOptions& options) {
  declare_rows(command, options.rows, "The payments");
  declare_submission(command, options.submission);
}

Result<ExitCode> run_submit(Session& session, const SubmitOptions& options) {
  auto rows = open_rows(session, options.rows);
  if (!rows) return std::unexpected(std::move(rows).error());
  return submit_rows(session, *rows, options.submission);
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
