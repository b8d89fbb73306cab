// giro explain: why a request was decided as it was.
#include <utility>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/commands/options.hpp"
#include "cli/explain/report.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct ExplainOptions {
  std::string what;
};

void declare_explain(CLI::App& command, ExplainOptions& options) {
  command
      .add_option("KEY", options.what, "The request's key, or '#42' for the entry with that seq")
      ->required();
}

// Nothing is there to be explained, or nothing yet.
ExitCode tell_undecided(Session& session, const ExplainOptions& options,
                        const json::object& answer) {
  if (session.json()) print(json_line(answer));
  if (text_field(answer, "status") == "queued") {
    note("It is still queued: ask again in a moment.\n");
    return ExitCode::try_again;
  }
  note(fmt::format(
      "Nothing was ever decided under {}, so there is nothing to explain: a request that was "
      "refused with an error decided nothing, and its message said why. Sending it again is "
      "safe.\n",
      options.what));
  return ExitCode::rejected;
}

Result<ExitCode> run_explain(Session& session, const ExplainOptions& options) {
  const json::value named = key_or_seq(options.what);
  auto entry = session.call("payments.get", {{named.is_string() ? "key" : "seq", named}});
  if (!entry) return std::unexpected(std::move(entry).error());
  if (!number_field(*entry, "seq") || text_field(*entry, "status") == "unknown") {
    return tell_undecided(session, options, *entry);
  }
  const auto decision = ask_decision(session, std::move(*entry));
  if (!decision) return std::unexpected(decision.error());
  const auto reasons = ask_reasons(session, *decision);
  if (!reasons) return std::unexpected(reasons.error());
  session.page_long_answers();
  if (auto shown = print_answer(session, report_json(*decision, *reasons),
                                [&] { return report_text(session, *decision, *reasons); });
      !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

}  // namespace

void add_explain_command(CLI::App& app, Invocation& invocation) {
  add_command<ExplainOptions>(app, invocation, "explain",
                              "Says why a request was decided as it was.\n\n"
                              "The rule, what its accounts had and were told to keep to then, what "
                              "would have made it pass, "
                              "and what led to it. It only asks, and changes nothing. Exit code: 0 "
                              "explained, whatever was decided, 1 when nothing was ever decided "
                              "under "
                              "KEY",
                              "  giro explain inv-18\n  giro explain '#42' --json | jq .figures",
                              declare_explain, run_explain);
}

}  // namespace giro::cli
