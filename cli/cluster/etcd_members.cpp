// giro cluster members: what etcd says of its members.
#include <algorithm>

#include <fmt/format.h>

#include "cli/cluster/cluster.hpp"
#include "cli/cluster/etcd_access.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"
#include "queue/cluster/etcd_log.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

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

}  // namespace

Result<ExitCode> run_members(Session& session, const MembersOptions& options) {
  if (auto path = is_path(options.etcd); !path) return std::unexpected(std::move(path).error());
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

}  // namespace giro::cli
