#include "bench/load/cost_meter.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace giro::load {
namespace {

double own_cpu_seconds() {
  rusage usage{};
  (void)::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// What all of them took, and the largest one's memory.
Result<ProcessFigures> probe_nodes(const Target& target) {
  ProcessFigures all;
  for (const Target::Node& node : target.nodes()) {
    const auto one = probe_process(node.process);
    if (!one) return std::unexpected(one.error());
    all.cpu_seconds += one->cpu_seconds;
    all.rss_bytes = std::max(all.rss_bytes, one->rss_bytes);
    all.rss_peak_bytes = std::max(all.rss_peak_bytes, one->rss_peak_bytes);
  }
  return all;
}

}  // namespace

CostMeter::CostMeter(const Target& target, const ProcessFigures& daemon)
    : target_(&target),
      daemon_(daemon),
      client_cpu_seconds_(own_cpu_seconds()),
      machine_cpu_seconds_(machine_cpu_seconds()) {}

Result<CostMeter> CostMeter::start(const Target& target) {
  const auto daemon = probe_nodes(target);
  if (!daemon) return std::unexpected(daemon.error());
  return CostMeter(target, *daemon);
}

Result<void> CostMeter::read(Outcome& outcome) const {
  const double machine = machine_cpu_seconds() - machine_cpu_seconds_;
  outcome.client_cpu_seconds = own_cpu_seconds() - client_cpu_seconds_;
  const auto daemon = probe_nodes(*target_);
  if (!daemon) return std::unexpected(daemon.error());
  outcome.daemon_cpu_seconds = daemon->cpu_seconds - daemon_.cpu_seconds;
  // The kernel counts in ticks, so that a difference can be a little below zero.
  outcome.other_cpu_seconds =
      std::max(machine - outcome.daemon_cpu_seconds - outcome.client_cpu_seconds, 0.0);
  outcome.rss_bytes = daemon->rss_bytes;
  outcome.rss_peak_bytes = daemon->rss_peak_bytes;
  const FileSizes files = target_->file_sizes();
  outcome.ledger_bytes = files.ledger_bytes;
  outcome.wal_bytes = files.wal_bytes;
  return {};
}

}  // namespace giro::load
