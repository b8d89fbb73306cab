// giro tail: follows the decisions.
#include <optional>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/entry_text.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct TailOptions {
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> count;
};

void declare_tail(CLI::App& command, TailOptions& options) {
  command.add_option("--from", options.from, "From this seq on (default: the next decision)");
  command.add_option("--count", options.count, "Ends after so many decisions");
}

Result<std::string> shown_event(Session& session, Table& table, const json::object& entry) {
  if (session.json()) return json_line(entry);
  if (auto added = add_entry(session, table, entry); !added) {
    return std::unexpected(std::move(added).error());
  }
  return table.render(session.colours());
}

Failure lost(Session& session, const client::TransportError& error,
             const std::optional<std::int64_t>& last_seq) {
  Failure failure = session.explain(error, false);
  if (last_seq) failure.advice = fmt::format("Go on with `giro tail --from {}`.", *last_seq + 1);
  return failure;
}

Result<ExitCode> run_tail(Session& session, const TailOptions& options) {
  json::object params;
  if (options.from) params["from"] = *options.from;
  if (auto subscribed = session.call("events.subscribe", params); !subscribed) {
    return std::unexpected(std::move(subscribed).error());
  }
  const auto connection = session.connection();
  if (!connection) return std::unexpected(connection.error());
  Table table = entry_table();
  std::optional<std::int64_t> last_seq;
  for (std::uint64_t shown = 0; !options.count || shown < *options.count;) {
    // Nothing more to show for now: what was shown so far is wanted at once.
    if (!(*connection)->has_notification()) flush_prints();
    const auto event = (*connection)->next_notification();
    if (!event) return std::unexpected(lost(session, event.error(), last_seq));
    if (event->method != "event" || !event->params.is_object()) continue;
    const json::object& entry = event->params.get_object();
    const auto text = shown_event(session, table, entry);
    if (!text) return std::unexpected(text.error());
    print(*text);
    last_seq = number_field(entry, "seq");
    ++shown;
  }
  return ExitCode::ok;
}

}  // namespace

void add_tail_command(CLI::App& app, Invocation& invocation) {
  add_command<TailOptions>(
      app, invocation, "tail",
      "Shows every decision as it is made, in order, without a gap. Ends with Ctrl-C (exit code "
      "130), or after --count",
      "  giro tail --from 1 --count 10\n  giro tail --json | jq .amount", declare_tail, run_tail);
}

}  // namespace giro::cli
