// giro cluster leave | join: what they ask of etcd, and change there.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/backup/backup_report.hpp"
#include "cli/cluster/cluster.hpp"
#include "cli/cluster/etcd_access.hpp"
#include "cli/output/output.hpp"
#include "engine/cluster/ledger_key.hpp"
#include "ledger/store/backup/restore.hpp"
#include "queue/cluster/announcement.hpp"
#include "queue/cluster/etcd_log.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

// A node that runs says something of itself every second.
constexpr auto kUntilSilent = 3s;
constexpr const char* kJoining = "joining";

std::string announcement_key(const std::string& node) {
  return std::string(cluster::kNodePrefix) + node;
}

// --- what nodes said of themselves ---

struct Said {
  etcd::KeyValue there;
  std::optional<cluster::Announcement> announcement;
};

// Nothing: no node of this name is known to the log.
Result<std::optional<Said>> last_said(etcd::Client& client, const std::string& socket,
                                      const std::string& node) {
  auto answer = ask(client, socket, etcd::RangeRequest{.key = announcement_key(node)});
  if (!answer) return std::unexpected(answer.error());
  if (answer->key_values.empty()) return std::nullopt;
  Said said{.there = std::move(answer->key_values.front()), .announcement = {}};
  said.announcement = cluster::read_announcement(said.there.value);
  return said;
}

std::unexpected<Failure> it_runs(const std::string& node) {
  return std::unexpected(Failure{
      .exit = ExitCode::rejected,
      .what = fmt::format("the node {} runs: it said something of itself just now", node),
      .money = kNothingChanged,
      .advice = "Stop it there first (systemctl stop girod.socket girod): a node that runs is part "
                "of the cluster.",
      .code = "node_runs"});
}

// Two clocks need not agree for this.
Result<void> is_silent(etcd::Client& client, const std::string& socket, const std::string& node,
                       const Said& before) {
  std::this_thread::sleep_for(kUntilSilent);
  const auto now = last_said(client, socket, node);
  if (!now) return std::unexpected(now.error());
  if (*now && (*now)->there.modified == before.there.modified) return {};
  return it_runs(node);
}

// Whoever runs a command that names it wants both to be right, before anything is asked.
Result<void> are_named(const std::string& node, const std::string& socket) {
  if (!cluster::is_node_name(node)) {
    return usage_failure(
        fmt::format("`{}` is no name of a node: they have 1 to 32 of a-z, 0-9 and -", node));
  }
  return is_path(socket);
}

// Puts this in the place of what the node said, or removes that, unless something else was said since.
Result<bool> replace_said(etcd::Client& client, const std::string& socket, const std::string& node,
                          etcd::Revision said_at, const std::optional<std::string>& by) {
  const std::string key = announcement_key(node);
  const etcd::Operation done = by ? etcd::Operation(etcd::PutRequest{.key = key, .value = *by})
                                  : etcd::Operation(etcd::DeleteRangeRequest{.key = key});
  const auto answer = change(
      client, socket,
      {.compares = {{.key = key, .target = etcd::Compare::Target::modified, .number = said_at}},
       .success = {done}});
  if (!answer) return std::unexpected(answer.error());
  return answer->succeeded;
}

// --- join ---

// What etcd knows of the log.
struct LogNow {
  std::string ledger;  // The value of its key.
  cluster::Streams floor;
  etcd::Revision floor_revision = 0;
  cluster::Announcements nodes;
  std::map<cluster::NodeName, std::string> lines;  // What they said, word for word.
};

Result<LogNow> look_at_log(etcd::Client& client, const std::string& socket) {
  const auto answer = ask(
      client, socket,
      etcd::TxnRequest{
          .success = {etcd::RangeRequest{.key = std::string(cluster::kLedgerKey)},
                      etcd::RangeRequest{.key = std::string(cluster::kFloorKey)},
                      etcd::RangeRequest{.key = std::string(cluster::kNodePrefix),
                                         .range_end = etcd::end_of_prefix(cluster::kNodePrefix)}}});
  if (!answer) return std::unexpected(answer.error());
  const auto values = [&answer](std::size_t index) -> std::vector<etcd::KeyValue> {
    if (index >= answer->results.size()) return {};
    const auto* range = std::get_if<etcd::RangeAnswer>(&answer->results[index]);
    return range == nullptr ? std::vector<etcd::KeyValue>() : range->key_values;
  };
  LogNow log;
  for (const etcd::KeyValue& ledger : values(0)) log.ledger = ledger.value;
  for (const etcd::KeyValue& floor : values(1)) {
    log.floor = cluster::read_streams(floor.value).value_or(cluster::Streams());
    log.floor_revision = floor.modified;
  }
  for (const etcd::KeyValue& node : values(2)) {
    const std::string name = node.key.substr(cluster::kNodePrefix.size());
    if (auto said = cluster::read_announcement(node.value)) {
      log.nodes.emplace(name, *std::move(said));
    }
    log.lines.emplace(name, node.value);
  }
  return log;
}

bool is_joining(const std::string& node, const LogNow& log) {
  const auto said = log.nodes.find(node);
  return said != log.nodes.end() && said->second.state == kJoining;
}

// The log is kept for the node from its floor on, or from where it is kept for it since an earlier join: what the backup
// lacks is known only once that is read.
cluster::Streams kept_for(const std::string& node, const LogNow& log) {
  return is_joining(node, log) ? log.nodes.at(node).durable : log.floor;
}

// Until it says something itself. The floor is put as it is: a truncation that another node decided on before misses its
// revision. Nothing: somebody moved it meanwhile.
Result<std::optional<etcd::Revision>> let_in(etcd::Client& client, const std::string& socket,
                                             const std::string& node, const LogNow& log) {
  cluster::Announcements others = log.nodes;
  others.erase(node);
  const auto serving = std::ranges::find_if(
      others, [](const auto& other) { return other.second.state == "serving"; });
  if (serving == others.end()) {
    return std::unexpected(
        Failure{.exit = ExitCode::rejected,
                .what = "no node of the log takes payments, as far as etcd knows",
                .money = kNothingChanged,
                .advice = "Start another node first: a ledger is shared by one that is there.",
                .code = "no_node"});
  }
  cluster::Announcement joining = serving->second;
  joining.rules = cluster::rules_of_all(others);
  joining.version = GIRO_VERSION;
  joining.state = kJoining;
  joining.durable = kept_for(node, log);
  const std::string floor(cluster::kFloorKey);
  const auto put = change(
      client, socket,
      {.compares = {{.key = floor,
                     .target = etcd::Compare::Target::modified,
                     .number = log.floor_revision}},
       .success = {
           etcd::PutRequest{.key = announcement_key(node), .value = cluster::text_of(joining)},
           etcd::PutRequest{.key = floor, .value = cluster::text_of(log.floor)}}});
  if (!put) return std::unexpected(put.error());
  return put->succeeded ? std::optional(put->revision) : std::nullopt;
}

struct Admission {
  LogNow log;  // As it was before.
  etcd::Revision revision = 0;
};

Result<Admission> admit(etcd::Client& client, const JoinOptions& options) {
  for (;;) {
    auto log = look_at_log(client, options.etcd);
    if (!log) return std::unexpected(log.error());
    const auto let = let_in(client, options.etcd, options.node, *log);
    if (!let) return std::unexpected(let.error());
    if (*let) return Admission{.log = *std::move(log), .revision = **let};
  }
}

// A name that the log knows is given anew only to who says so, and never while its node runs.
Result<void> may_have_name(etcd::Client& client, const JoinOptions& options) {
  const auto said = last_said(client, options.etcd, options.node);
  if (!said) return std::unexpected(said.error());
  if (!*said || ((*said)->announcement && (*said)->announcement->state == kJoining)) return {};
  if (options.anew) return is_silent(client, options.etcd, options.node, **said);
  return std::unexpected(Failure{
      .exit = ExitCode::rejected,
      .what = fmt::format("the log knows a node {} already", options.node),
      .money = kNothingChanged,
      .advice = "If its ledger is lost or of no use, say --anew. Otherwise each machine has "
                "a name of its own.",
      .code = "node_known"});
}

std::unexpected<Failure> log_waits(Failure failure, const std::string& node) {
  failure.advice +=
      fmt::format(" The log waits for {0}; to let it go again: giro cluster leave {0}.", node);
  return std::unexpected(std::move(failure));
}

// The join came to nothing: the log knows of the node what it knew before.
std::unexpected<Failure> taken_back(etcd::Client& client, const JoinOptions& options,
                                    const Admission& admitted, Failure failure) {
  const auto before = admitted.log.lines.find(options.node);
  const bool was_known = before != admitted.log.lines.end();
  const auto back = replace_said(client, options.etcd, options.node, admitted.revision,
                                 was_known ? std::optional(before->second) : std::nullopt);
  if (back && !is_joining(options.node, admitted.log)) return std::unexpected(std::move(failure));
  return log_waits(std::move(failure), options.node);
}

Failure of_another_log(const JoinOptions& options) {
  return {.exit = ExitCode::rejected,
          .what = fmt::format("the backup is of a node of another log than the one behind {}",
                              options.etcd),
          .money =
              fmt::format("The ledger was made, and must not start here: remove {}.", options.data),
          .advice = "Take a backup of a node of this cluster, or name the right etcd.",
          .code = "other_log"};
}

Failure not_known_to_fit(const JoinOptions& options, Failure failure) {
  failure.money =
      "The ledger was made, and whether it can go on in the log isn't known. No money moved.";
  failure.advice += fmt::format(" Then remove {}, and run this again.", options.data);
  return failure;
}

Failure too_old(const JoinOptions& options) {
  return {.exit = ExitCode::try_again,
          .what =
              "the backup is older than what the log still has: what follows it was removed "
              "before the log was told to wait for this node",
          .money = "The ledger was made, and can't go on. No money moved.",
          .advice = fmt::format("Remove {}, and run this again with a new backup.", options.data),
          .code = "backup_too_old"};
}

// Whether the log still has all that follows what was made.
Result<bool> goes_on(etcd::Client& client, const std::string& socket,
                     const cluster::Streams& streams) {
  const auto now = look_at_log(client, socket);
  if (!now) return std::unexpected(now.error());
  return std::ranges::all_of(now->floor, [&streams](const auto& gone) {
    return cluster::count_in(streams, gone.first) >= gone.second;
  });
}

// The ledger can be made there: in the folder, if it is there, else beside others. Before the log is told: a restore may
// begin hours later.
Result<void> has_room(const std::string& data) {
  const std::filesystem::path named(data);
  const std::filesystem::path folder = named.has_filename() ? named : named.parent_path();
  std::filesystem::path parent = folder.parent_path();
  if (parent.empty()) parent = ".";
  std::error_code error;
  if (!std::filesystem::is_directory(parent, error)) {
    return usage_failure(
        fmt::format("{} can't be made: there is no folder {}", folder.string(), parent.string()),
        "Make that one first, or mend --data, and run this again.");
  }
  const std::filesystem::path& into =
      std::filesystem::is_directory(folder, error) ? folder : parent;
  if (::access(into.c_str(), W_OK | X_OK) == 0) return {};
  return usage_failure(fmt::format("{} can't be made: this user may not write to {}",
                                   folder.string(), into.string()),
                       "Run this as root, or as girod's user where that one may.");
}

Result<store::RestoredLedger> make_ledger(const JoinOptions& options) {
  ::umask(S_IWGRP | S_IRWXO);  // A ledger is nobody else's to read, as girod makes it.
  BackupProgressLine progress;
  auto made = store::restore(
      {.source = options.source, .directory = options.data, .until = {}, .keeps_place = true},
      progress.tell());
  if (!made) return backup_failure(made.error());
  return *std::move(made);
}

}  // namespace

Result<ExitCode> run_leave(Session& session, const LeaveOptions& options) {
  if (auto named = are_named(options.node, options.etcd); !named) {
    return std::unexpected(std::move(named).error());
  }
  etcd::Client client({.socket = options.etcd});
  const auto said = last_said(client, options.etcd, options.node);
  if (!said) return std::unexpected(said.error());
  if (!*said) {
    return std::unexpected(
        Failure{.exit = ExitCode::rejected,
                .what = fmt::format("the log doesn't wait for a node {}", options.node),
                .money = kNothingChanged,
                .advice = "`giro cluster status` lists the nodes.",
                .code = "not_found"});
  }
  if (!options.force) {
    if (auto silent = is_silent(client, options.etcd, options.node, **said); !silent) {
      return std::unexpected(std::move(silent).error());
    }
  }
  const auto gone = replace_said(client, options.etcd, options.node, (*said)->there.modified, {});
  if (!gone) return std::unexpected(gone.error());
  if (!*gone) return it_runs(options.node);
  if (auto printed = print_report(session, {{"node", options.node}, {"status", "left"}});
      !printed) {
    return std::unexpected(std::move(printed).error());
  }
  if (options.force) {
    note(fmt::format(
        "Nobody looked whether {} runs: one that does is back within a second. Then stop it there "
        "(systemctl stop girod.socket girod), and run this again.\n",
        options.node));
  }
  note(
      fmt::format("The log keeps nothing for {} any more. If it starts again and the log still has "
                  "all that it lacks, it is part of the cluster as before; otherwise it stops, and "
                  "is made anew: giro cluster join.\n",
                  options.node));
  return ExitCode::ok;
}

Result<ExitCode> run_join(Session& session, const JoinOptions& options) {
  if (auto named = are_named(options.node, options.etcd); !named) {
    return std::unexpected(std::move(named).error());
  }
  if (auto room = has_room(options.data); !room) return std::unexpected(std::move(room).error());
  etcd::Client client({.socket = options.etcd});
  if (auto may = may_have_name(client, options); !may) {
    return std::unexpected(std::move(may).error());
  }
  const auto admitted = admit(client, options);
  if (!admitted) return std::unexpected(admitted.error());
  const auto made = make_ledger(options);
  if (!made) return taken_back(client, options, *admitted, made.error());
  const auto place = read_place(made->place.source);
  if (!place || text_of(place->key) != admitted->log.ledger) {
    return taken_back(client, options, *admitted, of_another_log(options));
  }
  const auto can = goes_on(client, options.etcd, place->streams);
  if (!can) {
    return taken_back(client, options, *admitted, not_known_to_fit(options, can.error()));
  }
  if (!*can) return log_waits(too_old(options), options.node);  // It has what a new backup lacks.
  json::object report{{"node", options.node},
                      {"data", options.data},
                      {"group", made->place.group_index},
                      {"accounts", made->accounts}};
  for (auto& field : end_fields(made->end, made->at)) report.insert(std::move(field));
  if (auto printed = print_report(session, report); !printed) {
    return std::unexpected(std::move(printed).error());
  }
  note(
      fmt::format("Start girod here now, with this name in [cluster]. Until it runs the log keeps "
                  "everything for it; to let the log go again: giro cluster leave {}.\n",
                  options.node));
  return ExitCode::ok;
}

}  // namespace giro::cli
