#include <boost/json.hpp>
#include <fmt/format.h>

#include "bench/load/report.hpp"

namespace giro::load {
namespace {

namespace json = boost::json;

constexpr double kNsAMs = 1e6;

json::object machine_json(const Machine& machine) {
  return {{"processor", machine.processor},       {"cores", machine.cores},
          {"memory_bytes", machine.memory_bytes}, {"kernel", machine.kernel},
          {"filesystem", machine.filesystem},     {"sync_floor_ms", machine.sync_floor_ms}};
}

json::object latency_json(const Latency& latency) {
  const Histogram& values = latency.nanoseconds;
  json::object out{{"what", latency.what}, {"count", values.count()}};
  for (const double percent : kPercentiles) {
    out[fmt::format("p{:g}_ms", percent)] =
        static_cast<double>(values.at_percentile(percent)) / kNsAMs;
  }
  out["max_ms"] = static_cast<double>(values.max()) / kNsAMs;
  return out;
}

json::object pace_json(const Pace& pace) {
  json::array over_time;
  for (const auto& rate : pace.over_time) {
    over_time.push_back(json::array{rate.seconds, rate.per_second});
  }
  return {{"done", pace.done},
          {"seconds", pace.seconds},
          {"per_second", pace.per_second},
          {"first_tenth_per_second", pace.first_tenth_per_second},
          {"last_tenth_per_second", pace.last_tenth_per_second},
          {"over_time", std::move(over_time)}};
}

json::object outcome_json(const Outcome& outcome) {
  json::object out{{"id", outcome.workload->id}, {"title", outcome.workload->title}};
  if (outcome.pace) out["payments"] = pace_json(*outcome.pace);
  out["rejected"] = outcome.rejected;
  json::array latencies;
  for (const Latency& latency : outcome.latencies) latencies.push_back(latency_json(latency));
  out["latencies"] = std::move(latencies);
  out["daemon_cpu_seconds"] = outcome.daemon_cpu_seconds;
  out["client_cpu_seconds"] = outcome.client_cpu_seconds;
  out["other_cpu_seconds"] = outcome.other_cpu_seconds;
  out["rss_bytes"] = outcome.rss_bytes;
  out["rss_peak_bytes"] = outcome.rss_peak_bytes;
  out["ledger_bytes"] = outcome.ledger_bytes;
  out["wal_bytes"] = outcome.wal_bytes;
  if (outcome.bytes_a_payment) out["bytes_a_payment"] = *outcome.bytes_a_payment;
  if (outcome.restart_seconds) out["restart_seconds"] = *outcome.restart_seconds;
  if (outcome.bytes_an_idle_connection) {
    out["bytes_an_idle_connection"] = *outcome.bytes_an_idle_connection;
  }
  if (outcome.rows_a_page) out["rows_a_page"] = *outcome.rows_a_page;
  if (const auto& idle = outcome.idle) {
    out["idle"] = json::object{{"seconds", idle->seconds},
                               {"wake_ups", idle->wake_ups},
                               {"cpu_seconds", idle->cpu_seconds}};
  }
  if (const auto& beside = outcome.beside) {
    out["beside"] = json::object{{"statement_pages", beside->statement_pages},
                                 {"statement_rows", beside->statement_rows},
                                 {"events", beside->events},
                                 {"events_behind", beside->events_behind}};
  }
  if (const auto& expiries = outcome.expiries) {
    out["expiries"] = json::object{{"holds", expiries->holds}, {"expired", expiries->expired}};
  }
  return out;
}

}  // namespace

std::string report_json(const Report& report) {
  json::array outcomes;
  for (const Outcome& outcome : report.outcomes) outcomes.push_back(outcome_json(outcome));
  const json::object out{{"taken_at", report.taken_at},
                         {"scale", report.scale},
                         {"sqlite", report.sqlite_version},
                         {"machine", machine_json(report.machine)},
                         {"workloads", std::move(outcomes)}};
  return json::serialize(out) + "\n";
}

std::string shown_duration(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kUs = 1'000;
  constexpr std::uint64_t kMs = 1'000'000;
  constexpr std::uint64_t kS = 1'000'000'000;
  const auto value = static_cast<double>(nanoseconds);
  const auto shown = [](double number, const char* unit) {
    const int places = number < 10 ? 2 : number < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", number, places, unit);
  };
  if (nanoseconds < kMs) return shown(value / kUs, "us");
  if (nanoseconds < kS) return shown(value / kMs, "ms");
  return shown(value / kS, "s");
}

}  // namespace giro::load
