// What monitoring is told of a daemon, as plugins of Nagios and Icinga tell it: a state, one line, and figures
// with their thresholds. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/operator/metrics_page.hpp"

namespace giro::cli {

// The exit codes of plugins.
enum class State : std::uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };
[[nodiscard]] std::string_view name(State state);

// At `warning` it is one, at `critical` the other: above it for what should be small, below it for what
// should be large.
struct Threshold {
  double warning = 0;
  double critical = 0;
};

struct Thresholds {
  Threshold queue_percent{50, 80};
  Threshold disk_free_bytes{5.0 * (1 << 30), 1.0 * (1 << 30)};
  Threshold wal_bytes{1.0 * (1 << 30), 8.0 * (1 << 30)};
  Threshold latency_ms{100, 1'000};
  Threshold clock_s{1, 60};
};

class MonitoringReport {
 public:
  void add(State state, std::string words);
  // Of plugins' performance data: 'label'=value[UOM];[warn];[crit];[min];[max].
  void add_figure(std::string_view label, std::optional<double> value, std::string_view unit,
                  std::string_view rest = ";;0");

  // The worst: critical, then warning, then unknown.
  [[nodiscard]] State state() const;
  // One line: the findings, the worst first, or `all_is_well`.
  [[nodiscard]] std::string line(std::string_view all_is_well) const;
  [[nodiscard]] boost::json::object as_json() const;

 private:
  struct Finding {
    State state;
    std::string words;
  };
  std::vector<Finding> findings_;
  std::string figures_;
  boost::json::object values_;
};

// `status`: of ledger.status; null: it couldn't be had, which the report says already. `before` and
// `after`: pages of metrics a moment apart.
void judge(MonitoringReport& report, const Thresholds& thresholds,
           const boost::json::object* status, const MetricsPage* before, const MetricsPage* after);

// "23.5 GiB".
[[nodiscard]] std::string shown_bytes(double bytes);
// "1.2 ms".
[[nodiscard]] std::string shown_seconds(double seconds);

}  // namespace giro::cli
