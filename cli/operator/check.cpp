#include "cli/operator/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr double kWholeMax = 9'007'199'254'740'992.0;  // 2^53

// How bad a state is beside others: what isn't known may hide nothing, what is known to be bad is bad.
int rank(State state) {
  constexpr std::array<int, 4> kRanks{0, 2, 3, 1};
  return kRanks.at(static_cast<std::size_t>(state));
}

// A bar would end the words, and a line end the line.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '|' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

State above(double value, const Threshold& threshold) {
  if (value >= threshold.critical) return State::critical;
  return value >= threshold.warning ? State::warning : State::ok;
}

State below(double value, const Threshold& threshold) {
  if (value < threshold.critical) return State::critical;
  return value < threshold.warning ? State::warning : State::ok;
}

// Thresholds as performance data has them: a range of what is well, scaled to the figure's unit.
std::string up_to(const Threshold& threshold, double scale = 1) {
  return fmt::format("{:.15g};{:.15g};0", threshold.warning * scale, threshold.critical * scale);
}

// Of a daemon that is a node of one.
void judge_cluster(MonitoringReport& report, const json::object& cluster) {
  if (cluster.empty()) return;
  if (const std::string trouble = text_field(cluster, "trouble"); !trouble.empty()) {
    report.add(State::critical, "this node of the cluster takes no payments: " + trouble);
  }
  for (const json::value& node : array_field(cluster, "nodes")) {
    if (!node.is_object() || !true_field(node.get_object(), "differs")) continue;
    report.add(State::critical, "another ledger than this one has the node " +
                                    text_field(node.get_object(), "node"));
  }
  report.add_figure("behind_groups",
                    std::max(0.0, static_cast<double>(number_field(cluster, "groups").value_or(0) -
                                                      number_field(cluster, "index").value_or(0))),
                    "");
}

void judge_status(MonitoringReport& report, const json::object& status) {
  if (true_field(status, "read_only")) {
    report.add(State::critical,
               "nothing is decided, the ledger is read-only: " + text_field(status, "obstacle"));
  }
  const json::object& files = object_field(status, "files");
  if (const std::string trouble = text_field(files, "checkpoint"); !trouble.empty()) {
    report.add(State::warning, "the write-ahead log can't be emptied: " + trouble);
  }
  if (const auto damaged = number_field(object_field(status, "pages"), "damaged").value_or(0);
      damaged > 0) {
    report.add(
        State::critical,
        fmt::format("{} pages of the ledger aren't what was written: run giro verify", damaged));
  }
  const json::object& keys = object_field(status, "keys");
  if (const std::string upkeep = text_field(keys, "upkeep"); !upkeep.empty() && upkeep != "ok") {
    report.add(State::warning, "the upkeep of the key index is held up: " + upkeep);
  }
  judge_cluster(report, object_field(status, "cluster"));
  report.add_figure("decisions", number_field(status, "decisions"), "c");
  report.add_figure("connections", number_field(status, "connections"), "");
  report.add_figure("accounts", number_field(status, "accounts"), "");
}

void judge_clock(MonitoringReport& report, const Threshold& threshold, const json::object& status) {
  const json::object& clock = object_field(status, "clock");
  const std::string how = text_field(clock, "state");
  const auto ahead_ms = number_field(clock, "ahead_ms");
  if (!ahead_ms) return;
  const double ahead_s = static_cast<double>(*ahead_ms) / 1'000;
  State state = above(std::abs(ahead_s), threshold);
  if (state == State::ok && how != "agrees") state = State::warning;
  if (state != State::ok) {
    report.add(state, fmt::format("the system's clock is {} {} the ledger's time ({})",
                                  shown_seconds(std::abs(ahead_s)),
                                  ahead_s < 0 ? "behind" : "ahead of", how));
  }
  report.add_figure(
      "clock_ahead", ahead_s, "s",
      fmt::format("-{0:.15g}:{0:.15g};-{1:.15g}:{1:.15g}", threshold.warning, threshold.critical));
}

void judge_queue(MonitoringReport& report, const Threshold& threshold, const json::object& status) {
  const json::object& queue = object_field(status, "queue");
  double percent = 0;
  for (const char* bound : {"items", "bytes"}) {
    const auto used = number_field(queue, bound);
    const auto max = number_field(queue, std::string(bound) + "_max");
    if (!used || !max || *max <= 0) return;
    percent = std::max(percent, 100.0 * static_cast<double>(*used) / static_cast<double>(*max));
  }
  if (const State state = above(percent, threshold); state != State::ok) {
    report.add(state,
               fmt::format("the queue is {:.0f}% full: more is sent than is decided", percent));
  }
  report.add_figure("queue", percent, "%", up_to(threshold) + ";100");
  report.add_figure("queue_items", number_field(queue, "items"), "",
                    fmt::format(";;0;{}", shown_field(queue, "items_max")));
}

void judge_wal(MonitoringReport& report, const Threshold& threshold, const json::object& status) {
  const auto bytes = number_field(object_field(status, "files"), "wal_bytes");
  if (!bytes) return;
  const auto size = static_cast<double>(*bytes);
  if (const State state = above(size, threshold); state != State::ok) {
    report.add(state, fmt::format("the write-ahead log holds {}", shown_bytes(size)));
  }
  report.add_figure("wal", size, "B", up_to(threshold));
}

void judge_disk(MonitoringReport& report, const Threshold& threshold, const MetricsPage& page) {
  const auto free = page.value("giro_disk_free_bytes");
  if (!free)
    return report.add(State::unknown, "the daemon doesn't say how much of its disk is free");
  if (const State state = below(*free, threshold); state != State::ok) {
    report.add(state, fmt::format("{} of the ledger's disk are free", shown_bytes(*free)));
  }
  report.add_figure("disk_free", free, "B",
                    fmt::format("{:.15g}:;{:.15g}:;0", threshold.warning, threshold.critical));
}

void judge_latency(MonitoringReport& report, const Threshold& threshold, const MetricsPage& before,
                   const MetricsPage& after) {
  const Histogram groups =
      after.histogram("giro_group_seconds").since(before.histogram("giro_group_seconds"));
  const auto p99 = groups.quantile(0.99);
  // Nothing was decided: no latency, and nothing wrong.
  if (p99) {
    if (const State state = above(*p99 * 1'000, threshold); state != State::ok) {
      report.add(state, fmt::format("a commit takes {} (p99)", shown_seconds(*p99)));
    }
  }
  report.add_figure("commit_p99", p99, "s", up_to(threshold, 0.001));
}

}  // namespace

std::string_view name(State state) {
  constexpr std::array<std::string_view, 4> kNames{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  return kNames.at(static_cast<std::size_t>(state));
}

void MonitoringReport::add(State state, std::string words) {
  words = one_line(std::move(words));
  // Two questions may meet the same obstacle.
  const auto same = [&words](const Finding& finding) { return finding.words == words; };
  if (std::ranges::any_of(findings_, same)) return;
  findings_.push_back({state, std::move(words)});
}

void MonitoringReport::add_figure(std::string_view label, std::optional<double> value,
                                  std::string_view unit, std::string_view rest) {
  if (!figures_.empty()) figures_ += ' ';
  // U: it couldn't be measured.
  figures_ += value ? fmt::format("{}={:.15g}{};{}", label, *value, unit, rest)
                    : fmt::format("{}=U;{}", label, rest);
  json::value& shown = values_[json::string_view(label.data(), label.size())];
  const bool is_whole = value && std::trunc(*value) == *value && std::abs(*value) < kWholeMax;
  if (is_whole) {
    shown = static_cast<std::int64_t>(*value);  // Not "1.5E1".
  } else if (value) {
    shown = *value;
  }
}

State MonitoringReport::state() const {
  State worst = State::ok;
  for (const Finding& finding : findings_) {
    if (rank(finding.state) > rank(worst)) worst = finding.state;
  }
  return worst;
}

std::string MonitoringReport::line(std::string_view all_is_well) const {
  std::vector<Finding> sorted = findings_;
  std::ranges::stable_sort(sorted, [](const Finding& one, const Finding& other) {
    return rank(one.state) > rank(other.state);
  });
  std::string words;
  for (const Finding& finding : sorted) words += (words.empty() ? "" : "; ") + finding.words;
  if (words.empty()) words = all_is_well;
  const std::string figures = figures_.empty() ? "" : " | " + figures_;
  return fmt::format("GIRO {} - {}{}\n", name(state()), words, figures);
}

json::object MonitoringReport::as_json() const {
  const auto text = [](std::string_view words) { return json::string(words.data(), words.size()); };
  json::array findings;
  for (const Finding& finding : findings_) {
    findings.push_back({{"state", text(name(finding.state))}, {"what", finding.words}});
  }
  return {{"state", text(name(state()))}, {"findings", std::move(findings)}, {"figures", values_}};
}

void judge(MonitoringReport& report, const Thresholds& thresholds, const json::object* status,
           const MetricsPage* before, const MetricsPage* after) {
  if (status != nullptr) {
    judge_queue(report, thresholds.queue_percent, *status);
    judge_clock(report, thresholds.clock_s, *status);
    judge_wal(report, thresholds.wal_bytes, *status);
    judge_status(report, *status);
  }
  if (before != nullptr && after != nullptr) {
    judge_disk(report, thresholds.disk_free_bytes, *after);
    judge_latency(report, thresholds.latency_ms, *before, *after);
  }
}

std::string shown_bytes(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1'024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1'024;
  return fmt::format("{:.{}f} {}", bytes, bytes < 10 && unit > 0 ? 1 : 0, kUnits.at(unit));
}

std::string shown_seconds(double seconds) {
  if (seconds < 0.001) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.{}f} ms", seconds * 1e3, seconds < 0.1 ? 1 : 0);
  return fmt::format("{:.{}f} s", seconds, seconds < 100 ? 1 : 0);
}

}  // namespace giro::cli
