// giro cluster: its commands, and those of them that ask a daemon.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "cli/cluster/cluster.hpp"
#include "cli/cluster/cluster_nodes.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Nodes say where they are once a second, each at its own moment.
constexpr std::chrono::milliseconds kBetweenDigests{300};
constexpr Patience kDigestPatience = std::chrono::seconds(10);
constexpr std::size_t kDigestDigitsShown = 16;

constexpr auto kNodeColumns = std::to_array<std::string_view>(
    {"node", "state", "index", "behind", "version", "said_ms_ago", "differs", "digest"});
constexpr auto kDigestColumns =
    std::to_array<std::string_view>({"node", "index", "digest", "result"});

Result<json::object> ask_for_cluster(Session& session) {
  const auto status = session.call("ledger.status", {});
  if (!status) return std::unexpected(status.error());
  if (const auto* cluster = status->if_contains("cluster");
      cluster != nullptr && cluster->is_object()) {
    return cluster->get_object();
  }
  return usage_failure("this daemon is in no cluster: its ledger is this machine's alone",
                       "docs/CLUSTER.md says what a cluster is; --socket names another daemon.");
}

// --- status ---

json::array node_answers(const json::object& cluster) {
  json::array rows;
  for (const NodeRow& row : node_rows(cluster)) {
    json::object shown{{"node", row.node},       {"state", row.state},
                       {"index", row.index},     {"behind", row.behind},
                       {"version", row.version}, {"said_ms_ago", row.said_ms_ago},
                       {"differs", row.differs}, {"digest", row.digest}};
    if (!row.has_ledger()) {
      for (const std::string_view field : {"index", "behind", "differs", "digest"}) {
        shown[field] = nullptr;
      }
    }
    rows.push_back(std::move(shown));
  }
  return rows;
}

std::string cluster_details(const json::object& cluster, const Look& look) {
  const auto bytes = [&cluster](std::string_view field) {
    return bytes_text(static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, number_field(cluster, field).value_or(0))));
  };
  const bool is_serving = text_field(cluster, "state") == "serving";
  Details details;
  details.add("cluster", text_field(cluster, "name"));
  details.add("this node", text_field(cluster, "node"));
  details.add("state", Cell(text_field(cluster, "state"), is_serving ? Style::good : Style::bad));
  if (!is_serving) details.add("because", shown_field(cluster, "trouble"));
  details.add("groups in the log", grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(
                                       0, number_field(cluster, "groups").value_or(0)))));
  const auto age = number_field(cluster, "age_ms");
  details.add("answers are",
              age ? fmt::format("{} ms old at most", *age) : "older than this girod");
  details.add("quorum heard", shown_field(cluster, "heard_ms_ago") + " ms ago");
  const std::int64_t clock = number_field(cluster, "clock_offset_ms").value_or(0);
  details.add("clock", fmt::format("{} ms {} the others'", std::abs(clock),
                                   clock < 0 ? "ahead of" : "behind"));
  const bool has_quota = number_field(cluster, "etcd_bytes_max").value_or(0) > 0;
  details.add("etcd", has_quota ? bytes("etcd_bytes") + " of " + bytes("etcd_bytes_max")
                                : bytes("etcd_bytes"));
  return details.render(look);
}

std::string node_table(const json::object& cluster, const Look& look) {
  Table table({{"NODE"},
               {"STATE"},
               {"GROUP", Align::right},
               {"BEHIND", Align::right},
               {"VERSION"},
               {"SAID", Align::right},
               {"LEDGER"}});
  for (const NodeRow& row : node_rows(cluster)) {
    const auto of_ledger = [&row](Cell cell) {
      return row.has_ledger() ? std::move(cell) : Cell("-");
    };
    table.add({Cell(row.node, row.is_own ? Style::strong : Style::plain),
               Cell(row.state, row.state == "serving" ? Style::good : Style::bad),
               of_ledger(std::to_string(row.index)), of_ledger(std::to_string(row.behind)),
               row.version,
               seconds_text(static_cast<std::uint64_t>(row.said_ms_ago) / 1'000) + " ago",
               of_ledger(row.differs ? Cell("differs", Style::bad) : Cell("same"))});
  }
  return table.render(look);
}

Result<ExitCode> run_cluster_status(Session& session, const NoOptions& /*options*/) {
  const auto cluster = ask_for_cluster(session);
  if (!cluster) return std::unexpected(cluster.error());
  if (session.format() == Format::csv) {
    print_rows(session, node_answers(*cluster), kNodeColumns);
  } else {
    const auto text = [&]() -> Result<std::string> {
      return cluster_details(*cluster, session.look()) + "\n" +
             node_table(*cluster, session.look());
    };
    if (auto shown = print_answer(session, *cluster, text); !shown) {
      return std::unexpected(std::move(shown).error());
    }
  }
  return all_are_well(*cluster) ? ExitCode::ok : ExitCode::rejected;
}

// --- verify ---

json::array digest_answers(const DigestComparison& comparison) {
  json::array rows;
  for (const DigestComparison::Row& row : comparison.rows()) {
    rows.push_back(json::object{{"node", row.node},
                                {"index", row.index},
                                {"digest", row.digest},
                                {"result", name(row.verdict)}});
  }
  return rows;
}

std::string digest_table(const DigestComparison& comparison, const Look& look) {
  Table table({{"NODE"}, {"GROUP", Align::right}, {"DIGEST"}, {"RESULT"}});
  for (const DigestComparison::Row& row : comparison.rows()) {
    const Style style = row.verdict == DigestComparison::Verdict::equal     ? Style::good
                        : row.verdict == DigestComparison::Verdict::differs ? Style::bad
                                                                            : Style::faint;
    table.add({row.node, std::to_string(row.index), row.digest.substr(0, kDigestDigitsShown),
               Cell(std::string(name(row.verdict)), style)});
  }
  return table.render(look);
}

Result<ExitCode> exit_of(DigestComparison::Verdict verdict) {
  switch (verdict) {
    case DigestComparison::Verdict::equal:
      return ExitCode::ok;
    case DigestComparison::Verdict::differs:
      note(
          "Not all nodes have the same ledger. The one in the minority stops by itself: keep its "
          "folder, and make it anew (docs/CLUSTER.md, a node that diverged).\n");
      return ExitCode::rejected;
    case DigestComparison::Verdict::open:
      break;
  }
  note(
      "A node wasn't seen at a group where this one was, too: it doesn't run, or all are at work. "
      "Ask again when it is quieter; nodes compare themselves with each group, and `giro cluster "
      "status` says what they found.\n");
  return ExitCode::try_again;
}

Result<ExitCode> run_cluster_verify(Session& session, const NoOptions& /*options*/) {
  DigestComparison comparison;
  const auto until = deadline_after(session.patience(kDigestPatience));
  for (;;) {
    const auto cluster = ask_for_cluster(session);
    if (!cluster) return std::unexpected(cluster.error());
    comparison.add(*cluster);
    if (comparison.verdict() != DigestComparison::Verdict::open) break;
    if (client::Clock::now() + kBetweenDigests >= until) break;
    std::this_thread::sleep_for(kBetweenDigests);
  }
  if (session.format() == Format::table) {
    print(digest_table(comparison, session.look()));
  } else {
    print_rows(session, digest_answers(comparison), kDigestColumns);
  }
  return exit_of(comparison.verdict());
}

// --- what talks to etcd ---

void declare_etcd(CLI::App& command, std::string& socket) {
  command
      .add_option("--etcd", socket,
                  "The socket of this machine's member of etcd (default: "
                  "/run/giro-etcd/client.sock)")
      ->type_name("PATH");
}

void declare_members(CLI::App& command, MembersOptions& options) {
  declare_etcd(command, options.etcd);
}

void declare_leave(CLI::App& command, LeaveOptions& options) {
  command.add_option("NODE", options.node, "Its name, as in its configuration")->required();
  declare_etcd(command, options.etcd);
  command.add_flag("--force", options.force,
                   "Doesn't look for three seconds whether it runs; one that does is back at once");
}

void declare_join(CLI::App& command, JoinOptions& options) {
  command
      .add_option("SOURCE", options.source,
                  "A file of `giro backup`, made on another node, or - for standard input")
      ->required();
  command
      .add_option("--data", options.data,
                  "The ledger's folder: not there yet, or empty, and then its owner has the files")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--node", options.node, "This machine's name in the cluster, as in its [cluster]")
      ->type_name("NAME")
      ->required();
  declare_etcd(command, options.etcd);
  command.add_flag("--anew", options.anew,
                   "The log knows a node of this name, whose ledger is lost or of no use");
}

}  // namespace

void add_cluster_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* cluster = app.add_subcommand(
      "cluster",
      "Shows and changes the nodes of a cluster: several machines that share one ledger");
  cluster->require_subcommand(1);
  cluster->footer("Example:\n  giro cluster status");
  add_command<NoOptions>(
      *cluster, invocation, "status",
      "Shows the nodes as this one hears of them. Exit code 1: not all take payments, or have the "
      "same ledger",
      "  giro cluster status\n  giro cluster status --json | jq .nodes", declare_nothing,
      run_cluster_status);
  add_command<NoOptions>(
      *cluster, invocation, "verify",
      "Holds the nodes' digests side by side, each where it was at the same group as this node: "
      "equal ones prove equal ledgers. Looks again and again, for --timeout at most (here 10s). "
      "Exit code 1: one differs; 75: one can't be compared yet",
      "  giro cluster verify", declare_nothing, run_cluster_verify);
  add_command<MembersOptions>(
      *cluster, invocation, "members",
      "Shows the members of etcd, and how this machine's is. Exit code 1: there is no quorum or no "
      "leader, or an alarm",
      "  giro cluster members", declare_members, run_members);
  add_command<LeaveOptions>(
      *cluster, invocation, "leave",
      "Lets a node go that won't come back soon: the log no longer keeps for it what it hasn't "
      "applied. It must not run",
      "  giro cluster leave two", declare_leave, run_leave);
  add_command<JoinOptions>(
      *cluster, invocation, "join",
      "Makes this machine's ledger from the backup of another node, so that it goes on in the log "
      "behind that node's last group; from now on the log waits for it. As girod's user, or root",
      "  ssh one giro backup - | giro cluster join - --node four --data /var/lib/giro",
      declare_join, run_join);
}

}  // namespace giro::cli
