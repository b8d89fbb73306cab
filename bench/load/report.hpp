// What a benchmark found, and how it is written for programs (JSON) and as a picture (SVG).
// Values and pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/histogram.hpp"
#include "bench/load/machine.hpp"
#include "bench/load/rate_series.hpp"
#include "bench/load/workload.hpp"

namespace giro::load {

struct Latency {
  std::string what;
  Histogram nanoseconds;
};

// What was done, and how fast.
struct Pace {
  std::uint64_t done = 0;
  double seconds = 0;
  double per_second = 0;
  double first_tenth_per_second = 0;  // While the first 10% were done; of 10M: the first million.
  double last_tenth_per_second = 0;
  std::vector<RateSeries::Rate> over_time;
};

struct IdleCheck {
  double seconds = 0;
  std::uint64_t wake_ups = 0;  // Context switches of all its threads.
  double cpu_seconds = 0;
};

// What went on beside the payments.
struct ReadersBeside {
  std::uint64_t statement_pages = 0;
  std::uint64_t statement_rows = 0;
  std::uint64_t events = 0;
  std::uint64_t events_behind = 0;  // Decided at the end and not received yet.
};

// What the daemon did by itself while payments came.
struct Expiries {
  std::uint64_t holds = 0;
  std::uint64_t expired = 0;  // Of them, when the load ended.
};

struct Outcome {
  const Workload* workload = nullptr;
  std::optional<Pace> pace;  // Nothing: it was about latency alone.
  std::uint64_t rejected = 0;
  std::vector<Latency> latencies;
  double daemon_cpu_seconds = 0;
  double client_cpu_seconds = 0;
  // Of everything else on the machine while it ran, the kernel's work for the disk too. Where this
  // is much, the figures are about a busy machine.
  double other_cpu_seconds = 0;
  std::uint64_t rss_bytes = 0;  // At the end of the load.
  std::uint64_t rss_peak_bytes = 0;
  std::uint64_t ledger_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::optional<double> bytes_a_payment;
  std::optional<double> restart_seconds;  // After kill -9 at the end of the load.
  std::optional<IdleCheck> idle;
  std::optional<double> bytes_an_idle_connection;
  std::optional<double> rows_a_page;
  std::optional<ReadersBeside> beside;
  std::optional<Expiries> expiries;
};

struct Report {
  Machine machine;
  std::string sqlite_version;
  std::string taken_at;  // RFC 3339.
  double scale = 1;
  std::vector<Outcome> outcomes;
};

inline constexpr double kPercentiles[] = {50, 90, 99, 99.9};

// One line with its end.
[[nodiscard]] std::string report_json(const Report& report);
// A whole SVG file: rate over time and latencies of each outcome.
[[nodiscard]] std::string report_svg(const Report& report);
// 1.23 us, 4.56 ms, 7.89 s: three digits.
[[nodiscard]] std::string shown_duration(std::uint64_t nanoseconds);

}  // namespace giro::load
