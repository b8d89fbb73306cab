#include "cli/commands/bench_report.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

constexpr double kMiB = 1'048'576;

std::string rounded(double number) {
  return grouped(static_cast<std::uint64_t>(std::llround(number)));
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / kMiB);
}

std::string rates(const load::Report& report, bool colours) {
  Table table({{"WORKLOAD"},
               {"DONE", Align::right},
               {"SECONDS", Align::right},
               {"PER SECOND", Align::right},
               {"FIRST 10%", Align::right},
               {"LAST 10%", Align::right},
               {"REJECTED", Align::right}});
  for (const load::Outcome& outcome : report.outcomes) {
    if (!outcome.pace) continue;
    const load::Pace& pace = *outcome.pace;
    table.add({std::string(outcome.workload->id), grouped(pace.done),
               fmt::format("{:.2f}", pace.seconds), Cell(rounded(pace.per_second), Style::strong),
               rounded(pace.first_tenth_per_second), rounded(pace.last_tenth_per_second),
               grouped(outcome.rejected)});
  }
  return table.empty() ? std::string() : table.render(colours) + "\n";
}

std::string latencies(const load::Report& report, bool colours) {
  std::vector<Column> columns{{"WORKLOAD"}, {"LATENCY OF"}};
  for (const double percent : load::kPercentiles) {
    columns.push_back({fmt::format("P{:g}", percent), Align::right});
  }
  columns.push_back({"MAX", Align::right});
  Table table(std::move(columns));
  for (const load::Outcome& outcome : report.outcomes) {
    for (const load::Latency& latency : outcome.latencies) {
      std::vector<Cell> row{std::string(outcome.workload->id), latency.what};
      for (const double percent : load::kPercentiles) {
        row.emplace_back(load::shown_duration(latency.nanoseconds.at_percentile(percent)));
      }
      row.emplace_back(load::shown_duration(latency.nanoseconds.max()));
      table.add(std::move(row));
    }
  }
  return table.render(colours) + "\n";
}

std::string costs(const load::Report& report, bool colours) {
  Table table({{"WORKLOAD"},
               {"MEMORY", Align::right},
               {"PEAK", Align::right},
               {"CPU DAEMON", Align::right},
               {"CPU CLIENT", Align::right},
               {"CPU OTHERS", Align::right},
               {"LEDGER", Align::right},
               {"WAL", Align::right},
               {"BYTES A PAYMENT", Align::right}});
  for (const load::Outcome& outcome : report.outcomes) {
    table.add({std::string(outcome.workload->id), mebibytes(outcome.rss_bytes),
               mebibytes(outcome.rss_peak_bytes),
               fmt::format("{:.2f} s", outcome.daemon_cpu_seconds),
               fmt::format("{:.2f} s", outcome.client_cpu_seconds),
               fmt::format("{:.2f} s", outcome.other_cpu_seconds), mebibytes(outcome.ledger_bytes),
               mebibytes(outcome.wal_bytes),
               outcome.bytes_a_payment ? fmt::format("{:.1f}", *outcome.bytes_a_payment) : "-"});
  }
  return table.render(colours) + "\n";
}

// The share of the processors that neither the daemon nor the client had, where it is so large that
// the figures are about something else than the daemon.
std::optional<double> share_of_others(const load::Outcome& outcome, const load::Machine& machine) {
  constexpr double kWorthSaying = 0.15;
  if (!outcome.pace || outcome.pace->seconds <= 0) return std::nullopt;
  const double share = outcome.other_cpu_seconds / (outcome.pace->seconds * machine.cores);
  return share > kWorthSaying ? std::optional(share) : std::nullopt;
}

// What only some workloads have.
void add_extras(Details& details, const load::Outcome& outcome, const load::Machine& machine) {
  const std::string id(outcome.workload->id);
  if (const auto share = share_of_others(outcome, machine)) {
    details.add(id + " disturbed",
                Cell(fmt::format("others had {:.0f}% of the processors meanwhile: measure again "
                                 "on a machine that does nothing else",
                                 *share * 100),
                     Style::bad));
  }
  if (outcome.restart_seconds) {
    details.add(id + " restart", fmt::format("ready {:.3f} s after kill -9 and a new start",
                                             *outcome.restart_seconds));
  }
  if (const auto& idle = outcome.idle) {
    details.add(id + " idle", fmt::format("{} wake-ups and {:.2f} s of CPU in {:g} s",
                                          idle->wake_ups, idle->cpu_seconds, idle->seconds));
  }
  if (outcome.bytes_an_idle_connection) {
    details.add(id + " idle connection",
                fmt::format("{:.1f} KiB each", *outcome.bytes_an_idle_connection / 1'024));
  }
  if (outcome.rows_a_page) {
    details.add(id + " page", fmt::format("{:.1f} rows on average", *outcome.rows_a_page));
  }
  if (const auto& beside = outcome.beside) {
    details.add(id + " beside",
                fmt::format("{} statement rows on {} pages; {} events, {} behind at the end",
                            grouped(beside->statement_rows), grouped(beside->statement_pages),
                            grouped(beside->events), grouped(beside->events_behind)));
  }
  if (const auto& expiries = outcome.expiries) {
    details.add(id + " holds", fmt::format("{} of {} expired by the end of the load",
                                           grouped(expiries->expired), grouped(expiries->holds)));
  }
}

std::string circumstances(const load::Report& report, bool colours) {
  Details details;
  const load::Machine& machine = report.machine;
  for (const load::Outcome& outcome : report.outcomes) add_extras(details, outcome, machine);
  details.add(
      "machine",
      fmt::format("{}, {} cores, {:.1f} GiB, {}", machine.processor, machine.cores,
                  static_cast<double>(machine.memory_bytes) / kMiB / 1'024, machine.kernel));
  details.add("disk", fmt::format("{}, 4 KiB written and synced in {:.3f} ms (median)",
                                  machine.filesystem, machine.sync_floor_ms));
  details.add("sqlite", report.sqlite_version);
  details.add("scale", fmt::format("{:g}", report.scale));
  return details.render(colours);
}

}  // namespace

std::string bench_tables(const load::Report& report, bool colours) {
  return rates(report, colours) + latencies(report, colours) + costs(report, colours) +
         circumstances(report, colours);
}

}  // namespace giro::cli
