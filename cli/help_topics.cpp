#include "cli/help_topics.hpp"

#include <array>

#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

std::string exit_codes_text(std::size_t width) {
  constexpr std::size_t kIndent = 22;
  std::string out = "What a command ends with, for scripts.\n\n";
  for (const ExitCodeMeaning& each : exit_codes()) {
    out += fmt::format("  {:>3}  {:<13}  {}\n", static_cast<int>(each.exit), each.name,
                       wrapped(each.meaning, width - kIndent, kIndent));
  }
  return out + "\n" +
         wrapped(
             "With --json or --output json|ndjson an error is one JSON object on stderr: "
             "{\"error\":{\"code\",\"field\",\"retry\",\"message\",\"exit\",...}}. `code` is the "
             "daemon's name for "
             "it, or a name of this table or closer (timed_out, connection_lost, untrusted, "
             "unknown_command); `field` the option or field that it is about, if it is about one; "
             "`retry` says whether the same command line may do better later and does no harm. "
             "Where a key was made and the outcome isn't known, `key` has it, and only a command "
             "with "
             "--key and this one may be sent again.",
             width, 0) +
         "\n";
}

std::string output_text(std::size_t width) {
  constexpr std::size_t kIndent = 12;
  std::string out = "Data goes to stdout, words to stderr.\n\n";
  const auto entry = [&](std::string_view name, std::string_view words) {
    out += fmt::format("  {:<8}  {}\n", name, wrapped(words, width - kIndent, kIndent));
  };
  entry("table",
        "for people, the default: amounts as decimals, a first page of 100 rows. On a "
        "terminal it is as wide as that: times, keys and notes are cut, notes left out, amounts "
        "never; "
        "what is too narrow for rows shows each as a list, as -x does. Long ones go through "
        "$PAGER (--no-pager: not).");
  entry("csv",
        "a header and a line a row, amounts as decimals, every page. One answer, as `giro "
        "status`, is a header and one line.");
  entry("ndjson",
        "one JSON object a row, every page. Amounts are minor units, as the daemon has "
        "them, beside the `scale` of their currency: 1250 and 2 are 12.50.");
  entry("json", "the same rows as one JSON array; one answer is one object.");
  out +=
      "\n" + wrapped(
                 "--json is older, and stays: the daemon's answers as they came, one a line. For "
                 "one answer it is what --output json gives, without `scale` where the daemon "
                 "gives none. For rows it is a line a page, with `next`.",
                 width, 0);
  out += "\n\n" + wrapped(
                      "Control characters of the data are shown escaped in tables, and are "
                      "\\u escapes in JSON.",
                      width, 0);
  return out + "\n";
}

std::string times_text(std::size_t width) {
  constexpr std::size_t kIndent = 25;
  std::string out = "Wherever a command asks for a time, a day or a period.\n\n";
  const auto entry = [&](std::string_view name, std::string_view words) {
    out += fmt::format("  {:<21}  {}\n", name, wrapped(words, width - kIndent, kIndent));
  };
  entry("2026-11-23T09:00:00Z", "RFC 3339, exact, whatever the zone is; an offset may stand for Z");
  entry("2026-11-23 09:00", "in the zone; seconds may follow, T may stand for the blank");
  entry("2026-11-23", "a day, from its first to its last moment in the zone");
  entry("2026-11, 2026-Q3", "a month, a quarter; also 2026-W48, a week from Monday on (ISO 8601)");
  entry("2026", "a year, for --period. Elsewhere a number alone is a seq, as #2026 is everywhere");
  entry("today, yesterday", "and tomorrow, now");
  entry("this week, last month", "this, last or next day, week, month, quarter, year");
  entry(
      "7d ago, in 90m",
      "s, m, h, d (24 hours) and w; another time at each run, so not for what is sent again under "
      "one key");
  entry("last 30d", "what has passed since 30 days ago");
  entry("2026-10..2026-12", "from the first to the last, both included");
  out += "\n" + wrapped(
                    "--from takes the first moment of what is named, --to and --at the last one, "
                    "--period both. Days, weeks and months begin at midnight in the local zone "
                    "($TZ, else the system's), or in that of --zone: UTC, or a name such as "
                    "Europe/Vienna. What was understood stands above a table. The days of the "
                    "books are UTC's.",
                    width, 0);
  return out + "\n";
}

std::string nodes_text(std::size_t width) {
  constexpr std::size_t kIndent = 12;
  std::string out = "The sockets of a cluster's nodes, the nearest first.\n\n";
  const auto entry = [&](std::string_view name, std::string_view words) {
    out += fmt::format("  {:<8}  {}\n", name, wrapped(words, width - kIndent, kIndent));
  };
  entry("option", "giro --socket /run/giro/giro.sock --socket /run/giro-two/giro.sock status");
  entry("variable",
        "GIRO_SOCKET=/run/giro/giro.sock:/run/giro-two/giro.sock, whole paths with a colon between "
        "them");
  entry("context",
        "giro context add live /run/giro/giro.sock /run/giro-two/giro.sock, then giro context use "
        "live");
  out +=
      "\n" + wrapped(
                 "What a node doesn't take, loses or leaves unanswered goes to the next one, with "
                 "the same key: it is decided once. That goes on, with a pause after each pass "
                 "over all of them, as long as --timeout says, but ends at once where nobody is "
                 "there (--wait: waits). A node that is silent is given an equal share of that "
                 "time, 10 seconds at most. What changes the ledger without a key isn't sent "
                 "again. What is asked later in the same run knows what was answered earlier in "
                 "it.",
                 width, 0);
  out += "\n\n" + wrapped(
                      "What is about one daemon (status, cluster, check, doctor, top) is about the "
                      "first one that answers. The relay stays with the first.",
                      width, 0);
  return out + "\n";
}

constexpr auto kTopics = std::to_array<HelpTopic>({
    {"exit-codes", "What a command ends with, and errors in JSON", exit_codes_text},
    {"nodes", "Several sockets: the nodes of a cluster", nodes_text},
    {"output", "Tables, CSV and JSON", output_text},
    {"times", "How times, days and periods are written", times_text},
});

}  // namespace

std::span<const HelpTopic> help_topics() {
  return kTopics;
}

}  // namespace giro::cli
