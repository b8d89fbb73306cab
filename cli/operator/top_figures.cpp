#include "cli/operator/top_figures.hpp"

#include <algorithm>
#include <map>

namespace giro::cli {
namespace {

namespace json = boost::json;

// A counter that fell was begun anew, by a restart in between.
double increase(double before, double after) {
  return after < before ? after : after - before;
}

double rate_of(const MetricsPage& before, const MetricsPage& after, std::string_view name,
               double seconds) {
  return increase(before.value(name).value_or(0), after.value(name).value_or(0)) / seconds;
}

// By label, over all others: what came a second.
std::map<std::string, double> rates_by(const MetricsPage& before, const MetricsPage& after,
                                       std::string_view name, std::string_view label,
                                       std::string_view status, double seconds) {
  std::map<std::string, double> sums_before;
  std::map<std::string, double> sums_after;
  const auto sum = [&](const MetricsPage& page, std::map<std::string, double>& sums) {
    for (const auto& sample : page.samples(name)) {
      const auto found = sample.labels.find(label);
      const auto outcome = sample.labels.find("status");
      if (found == sample.labels.end()) continue;
      if (!status.empty() && (outcome == sample.labels.end() || outcome->second != status))
        continue;
      sums[found->second] += sample.value;
    }
  };
  sum(before, sums_before);
  sum(after, sums_after);
  std::map<std::string, double> rates;
  for (const auto& [text, value] : sums_after) {
    rates[text] = increase(sums_before[text], value) / seconds;
  }
  return rates;
}

std::vector<TopFigures::CodeRate> code_rates(const MetricsPage& before, const MetricsPage& after,
                                             std::string_view name, double seconds) {
  std::vector<TopFigures::CodeRate> found;
  for (const auto& [code, rate] : rates_by(before, after, name, "code", "", seconds)) {
    if (rate > 0) found.push_back({code, rate});
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, &TopFigures::CodeRate::rate);
  return found;
}

json::value quantiles(const Histogram& histogram) {
  const auto number = [&](double share) {
    const auto value = histogram.quantile(share);
    return value ? json::value(*value) : json::value(nullptr);
  };
  return json::object{{"p50", number(0.5)}, {"p99", number(0.99)}};
}

}  // namespace

double TopFigures::decisions() const {
  double sum = 0;
  for (const TypeRate& type : types) sum += type.applied + type.rejected;
  return sum;
}

TopFigures top_figures(const MetricsPage& before, const MetricsPage& after, double seconds,
                       const std::vector<BusyAccounts::Busy>& busy) {
  TopFigures figures;
  figures.seconds = seconds;
  const auto applied = rates_by(before, after, "giro_decisions_total", "type", "applied", seconds);
  auto rejected = rates_by(before, after, "giro_decisions_total", "type", "rejected", seconds);
  for (const auto& [type, rate] : applied) {
    if (rate + rejected[type] > 0) figures.types.push_back({type, rate, rejected[type]});
  }
  std::ranges::stable_sort(figures.types, [](const auto& one, const auto& other) {
    return one.applied + one.rejected > other.applied + other.rejected;
  });
  figures.rejections = code_rates(before, after, "giro_rejections_total", seconds);
  figures.refusals = code_rates(before, after, "giro_refusals_total", seconds);
  figures.replays = rate_of(before, after, "giro_replays_total", seconds);
  figures.commits = rate_of(before, after, "giro_commits_total", seconds);
  figures.group_seconds =
      after.histogram("giro_group_seconds").since(before.histogram("giro_group_seconds"));
  figures.commit_seconds =
      after.histogram("giro_commit_seconds").since(before.histogram("giro_commit_seconds"));
  for (const auto& [account, share] : busy) {
    figures.accounts.push_back({account, share * figures.decisions()});
  }
  for (const auto& sample : after.samples("giro_connections")) {
    const auto uid = sample.labels.find("uid");
    if (uid != sample.labels.end()) figures.users.push_back({uid->second, sample.value});
  }
  std::ranges::stable_sort(figures.users, std::ranges::greater{},
                           &TopFigures::UserConnections::connections);
  figures.now = after;
  return figures;
}

json::object as_json(const TopFigures& figures) {
  json::object types;
  for (const auto& [type, applied, rejected] : figures.types) {
    types[type] = json::object{{"applied", applied}, {"rejected", rejected}};
  }
  const auto by_code = [](const std::vector<TopFigures::CodeRate>& rates) {
    json::object object;
    for (const auto& [code, rate] : rates) object[code] = rate;
    return object;
  };
  json::array accounts;
  for (const auto& [account, rate] : figures.accounts) {
    accounts.push_back({{"id", account}, {"decisions", rate}});
  }
  json::object users;
  for (const auto& [uid, connections] : figures.users) users[uid] = connections;
  json::object now;
  for (const char* name :
       {"queue_items", "queue_items_max", "queue_bytes", "queue_bytes_max", "subscribers",
        "accounts", "holds_open", "schedules_open", "ledger_bytes", "wal_bytes", "disk_free_bytes",
        "deciding", "checkpoint_ok", "clock_agrees", "last_seq", "uptime_seconds"}) {
    const auto value = figures.now.value(std::string("giro_") + name);
    if (value) now[name] = static_cast<std::int64_t>(*value);
  }
  return {{"seconds", figures.seconds},
          {"per_second", json::object{{"decisions", figures.decisions()},
                                      {"by_type", std::move(types)},
                                      {"rejections", by_code(figures.rejections)},
                                      {"refusals", by_code(figures.refusals)},
                                      {"replays", figures.replays},
                                      {"commits", figures.commits},
                                      {"accounts", std::move(accounts)}}},
          {"latency_seconds", json::object{{"group", quantiles(figures.group_seconds)},
                                           {"commit", quantiles(figures.commit_seconds)}}},
          {"connections_by_uid", std::move(users)},
          {"now", std::move(now)}};
}

}  // namespace giro::cli
