// giro submit: a file of payments.
#include <map>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/submitter.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kRowsABatchMax = 10'000;  // What payments.submit_many takes.

struct SubmitOptions {
  std::string file;
  RowFormat format = RowFormat::detect;
  bool quiet = false;
  SubmitLimits limits;
};

void declare_submit(CLI::App& command, SubmitOptions& options) {
  static const std::map<std::string, RowFormat> kFormats{{"csv", RowFormat::csv},
                                                         {"ndjson", RowFormat::ndjson}};
  command.add_option("FILE", options.file, "The payments; `-` reads stdin")->required();
  command.add_option("--format", options.format, "csv or ndjson (default: the first byte tells)")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("FORMAT");
  command.add_flag("-q,--quiet", options.quiet, "Only counts; no line for each row not applied");
  command.add_option("--batch", options.limits.rows_a_batch, "Payments a request (default 500)")
      ->check(CLI::Range(1, kRowsABatchMax));
  command
      .add_option("--in-flight", options.limits.batches_in_flight,
                  "Requests on their way at once (default 8). With 1, payments are decided in "
                  "the file's order even while the daemon is busy")
      ->check(CLI::Range(1, 64));
}

json::object tally_json(const Tally& tally) {
  return {{"applied", tally.applied},
          {"rejected", tally.rejected},
          {"replayed", tally.replayed},
          {"errors", tally.errors}};
}

Result<ExitCode> run_submit(Session& session, const SubmitOptions& options) {
  auto bytes = ByteSource::open(options.file);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  RowSource rows(std::move(*bytes), options.format,
                 [&session](std::string_view decimal, std::string_view currency) {
                   return session.parse_amount(decimal, currency);
                 });
  const auto tally = Submitter(session, rows, options.limits, options.quiet).run();
  if (!tally) return std::unexpected(tally.error());
  print(session.json() ? json_line(tally_json(*tally)) : summary(*tally) + "\n");
  return tally->all_applied ? ExitCode::ok : ExitCode::rejected;
}

}  // namespace

void add_submit_command(CLI::App& app, Invocation& invocation) {
  add_command<SubmitOptions>(
      app, invocation, "submit",
      "Submits a file of payments: CSV with a header row, or NDJSON.\n\n"
      "CSV columns: key, from, to, amount (decimal), currency, and optional reference, "
      "description, code, effective_date, deadline, metadata (JSON). NDJSON: the params of "
      "payments.submit, amounts in minor units. A bad row is reported with its line and the rest "
      "goes on. Submitting a file again is safe: every payment has its key, and a key takes effect "
      "once. Exit code: 0 when every row is applied, 1 when some aren't, 75 when the daemon was "
      "lost: submit the file again",
      "  printf 'key,from,to,amount,currency\\ninv-17,customers:ada,shop:sales,12.50,EUR\\n' "
      "> may.csv\n  giro submit may.csv\n"
      "  echo '{\"key\":\"inv-18\",\"from\":\"customers:ada\",\"to\":\"shop:sales\","
      "\"amount\":1250,\"currency\":\"EUR\"}' | giro submit -",
      declare_submit, run_submit);
}

}  // namespace giro::cli
