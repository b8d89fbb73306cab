// giro cluster members | leave | join: what they ask of etcd, and change there.
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/backup/backup_report.hpp"
#include "cli/cluster/cluster.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"
#include "engine/cluster/ledger_key.hpp"
#include "ledger/store/backup/restore.hpp"
#include "queue/cluster/announcement.hpp"
#include "queue/cluster/etcd_log.hpp"
#include "queue/etcd/client.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kEtcdPatience = 2s;
// A node that runs says something of itself every second.
constexpr auto kUntilSilent = 3s;
constexpr const char* kNothingChanged = "Nothing was changed, and no money moved.";
constexpr const char* kJoining = "joining";

std::string announcement_key(const std::string& node) {
  return std::string(cluster::kNodePrefix) + node;
}

std::unexpected<Failure> no_etcd(const std::string& socket, const etcd::Failure& failure) {
  return std::unexpected(
      Failure{.exit = ExitCode::no_daemon,
              .what = fmt::format("etcd can't be reached through {}, or has no quorum: {}", socket,
                                  failure.message),
              .money = kNothingChanged,
              .advice = "See to this machine's member (systemctl status giro-etcd), run this as "
                        "root or girod's user, or name another socket with --etcd.",
              .code = "no_etcd"});
}

template <class Request>
Result<typename Request::Answer> ask(etcd::Client& client, const std::string& socket,
                                     Request request) {
  auto answer = client.call(std::move(request), kEtcdPatience);
  if (!answer) return no_etcd(socket, answer.error());
  return std::move(*answer);
}

// --- members ---

// What members say, as the answer of the command.
json::object member_report(const etcd::StatusAnswer& own, const etcd::MemberListAnswer& list,
                           const etcd::AlarmAnswer& alarms, bool has_quorum) {
  json::array members;
  for (const etcd::Member& member : list.members) {
    json::array peers;
    for (const std::string& url : member.peer_urls) peers.emplace_back(url);
    members.push_back(json::object{{"name", member.name},
                                   {"id", fmt::format("{:x}", member.id)},
                                   {"own", member.id == own.member},
                                   {"leader", own.leader != 0 && member.id == own.leader},
                                   {"learner", member.is_learner},
                                   {"peers", std::move(peers)}});
  }
  json::array raised;
  for (const etcd::Alarm& alarm : alarms.alarms) {
    raised.push_back(
        json::object{{"member", fmt::format("{:x}", alarm.member)},
                     {"type", alarm.type == etcd::AlarmType::no_space ? "no_space" : "corrupt"}});
  }
  json::array errors;
  for (const std::string& error : own.errors) errors.emplace_back(error);
  return {{"version", own.version},
          {"quorum", has_quorum},
          {"leader", own.leader != 0},
          {"database_bytes", own.database_bytes},
          {"database_bytes_in_use", own.database_bytes_in_use},
          {"quota_bytes", own.quota_bytes},
          {"alarms", std::move(raised)},
          {"errors", std::move(errors)},
          {"members", std::move(members)}};
}

std::string member_text(const json::object& report, const Look& look) {
  const auto bytes = [&report](std::string_view field) {
    return bytes_text(static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, number_field(report, field).value_or(0))));
  };
  const bool has_quorum = true_field(report, "quorum");
  Details details;
  details.add("etcd", text_field(report, "version"));
  details.add("quorum", has_quorum ? Cell("answers", Style::good) : Cell("none", Style::bad));
  details.add("database", fmt::format("{} of {}, {} in use", bytes("database_bytes"),
                                      bytes("quota_bytes"), bytes("database_bytes_in_use")));
  for (const json::value& alarm : array_field(report, "alarms")) {
    details.add("alarm", Cell(fmt::format("{} of {}", text_field(alarm.as_object(), "type"),
                                          text_field(alarm.as_object(), "member")),
                              Style::bad));
  }
  for (const json::value& error : array_field(report, "errors")) {
    details.add("error", Cell(std::string(error.as_string()), Style::bad));
  }
  Table table({{"MEMBER"}, {"ID"}, {"IS"}, {"PEERS", Align::left, 0, Cut::first}});
  for (const json::value& element : array_field(report, "members")) {
    const json::object& member = element.as_object();
    const std::string name = text_field(member, "name");
    std::string peers;
    for (const json::value& url : array_field(member, "peers")) {
      peers += (peers.empty() ? "" : ", ") + std::string(url.as_string());
    }
    table.add({Cell(name.empty() ? "(never started)" : name,
                    true_field(member, "own") ? Style::strong : Style::plain),
               text_field(member, "id"),
               true_field(member, "leader")    ? "leader"
               : true_field(member, "learner") ? "learner"
                                               : "follower",
               peers});
  }
  return details.render(look) + "\n" + table.render(look);
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
  return std::unexpected(
      Failure{.exit = ExitCode::rejected,
              .what = fmt::format("the node {} runs: it said something of itself just now", node),
              .money = kNothingChanged,
              .advice = "Stop its girod first; a node that runs is part of the cluster.",
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

std::unexpected<Failure> no_node_name(const std::string& node) {
  return usage_failure(
      fmt::format("`{}` is no name of a node: they have 1 to 32 of a-z, 0-9 and -", node));
}

// Removes what the node said, unless it said something else since.
Result<bool> forget(etcd::Client& client, const std::string& socket, const std::string& node,
                    etcd::Revision said_at) {
  const std::string key = announcement_key(node);
  const auto answer = ask(
      client, socket,
      etcd::TxnRequest{
          .compares = {{.key = key, .target = etcd::Compare::Target::modified, .number = said_at}},
          .success = {etcd::DeleteRangeRequest{.key = key}}});
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
    if (auto said = cluster::read_announcement(node.value)) {
      log.nodes.emplace(node.key.substr(cluster::kNodePrefix.size()), std::move(*said));
    }
  }
  return log;
}

// The log is kept for the node from its floor on, or from where it is kept for it since an earlier join: what the backup
// lacks is known only once that is read.
cluster::Streams kept_for(const std::string& node, const LogNow& log) {
  const auto before = log.nodes.find(node);
  const bool is_kept = before != log.nodes.end() && before->second.state == kJoining;
  return is_kept ? before->second.durable : log.floor;
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
  const auto put = ask(
      client, socket,
      etcd::TxnRequest{
          .compares = {{.key = floor,
                        .target = etcd::Compare::Target::modified,
                        .number = log.floor_revision}},
          .success = {
              etcd::PutRequest{.key = announcement_key(node), .value = cluster::text_of(joining)},
              etcd::PutRequest{.key = floor, .value = cluster::text_of(log.floor)}}});
  if (!put) return std::unexpected(put.error());
  return put->succeeded ? std::optional(put->revision) : std::nullopt;
}

struct Admission {
  LogNow log;
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

std::unexpected<Failure> of_another_log(const std::string& socket) {
  return std::unexpected(Failure{
      .exit = ExitCode::rejected,
      .what = fmt::format("the backup is of a node of another log than the one behind {}", socket),
      .money = "The ledger was made, and must not start here: remove its folder.",
      .advice = "Take a backup of a node of this cluster, or name the right etcd.",
      .code = "other_log"});
}

std::unexpected<Failure> too_old(const std::string& data) {
  return std::unexpected(Failure{
      .exit = ExitCode::try_again,
      .what = "the backup is older than what the log still has: what follows it was removed before "
              "the log was told to wait for this node",
      .money = "The ledger was made, and can't go on. No money moved.",
      .advice = fmt::format("Remove {}, and run this again with a new backup: the log waits from "
                            "now on.",
                            data),
      .code = "backup_too_old"});
}

// The ledger that was made must be able to go on in the log.
Result<void> fits(etcd::Client& client, const JoinOptions& options, const LogNow& before,
                  const store::RestoredLedger& made) {
  const auto place = read_place(made.place.source);
  if (!place || text_of(place->key) != before.ledger) return of_another_log(options.etcd);
  const auto now = look_at_log(client, options.etcd);
  if (!now) return std::unexpected(now.error());
  for (const auto& [node, gone] : now->floor) {
    if (cluster::count_in(place->streams, node) < gone) return too_old(options.data);
  }
  return {};
}

}  // namespace

Result<ExitCode> run_members(Session& session, const MembersOptions& options) {
  etcd::Client client({.socket = options.etcd});
  const auto own = ask(client, options.etcd, etcd::StatusRequest{});
  if (!own) return std::unexpected(own.error());
  const auto list = ask(client, options.etcd, etcd::MemberListRequest{});
  if (!list) return std::unexpected(list.error());
  const auto alarms = ask(client, options.etcd, etcd::AlarmRequest{});
  // This one alone needs the others.
  const bool has_quorum =
      client
          .call(etcd::RangeRequest{.key = std::string(cluster::kHeadKey), .keys_only = true},
                kEtcdPatience)
          .has_value();
  const json::object report =
      member_report(*own, *list, alarms ? *alarms : etcd::AlarmAnswer(), has_quorum);
  const auto text = [&]() -> Result<std::string> { return member_text(report, session.look()); };
  if (auto shown = print_answer(session, report, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  const bool is_well =
      has_quorum && own->leader != 0 && own->errors.empty() && alarms && alarms->alarms.empty();
  return is_well ? ExitCode::ok : ExitCode::rejected;
}

Result<ExitCode> run_leave(Session& session, const LeaveOptions& options) {
  if (!cluster::is_node_name(options.node)) return no_node_name(options.node);
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
  const auto gone = forget(client, options.etcd, options.node, (*said)->there.modified);
  if (!gone) return std::unexpected(gone.error());
  if (!*gone) return it_runs(options.node);
  if (auto printed = print_report(session, {{"node", options.node}, {"status", "left"}});
      !printed) {
    return std::unexpected(std::move(printed).error());
  }
  note(
      fmt::format("The log keeps nothing for {} any more. If it starts again and the log still has "
                  "all that it lacks, it is part of the cluster as before; otherwise it stops, and "
                  "is made anew: giro cluster join.\n",
                  options.node));
  return ExitCode::ok;
}

Result<ExitCode> run_join(Session& session, const JoinOptions& options) {
  if (!cluster::is_node_name(options.node)) return no_node_name(options.node);
  etcd::Client client({.socket = options.etcd});
  if (auto may = may_have_name(client, options); !may) {
    return std::unexpected(std::move(may).error());
  }
  const auto admitted = admit(client, options);
  if (!admitted) return std::unexpected(admitted.error());
  ::umask(S_IWGRP | S_IRWXO);  // A ledger is nobody else's to read, as girod makes it.
  const auto made = [&] {
    BackupProgressLine progress;
    return store::restore(
        {.source = options.source, .directory = options.data, .until = {}, .keeps_place = true},
        progress.tell());
  }();
  if (!made) {
    (void)forget(client, options.etcd, options.node, admitted->revision);
    return backup_failure(made.error());
  }
  if (auto fit = fits(client, options, admitted->log, *made); !fit) {
    return std::unexpected(std::move(fit).error());
  }
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
