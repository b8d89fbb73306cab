// What a load costs between two moments: processor time of all nodes, memory of the largest, files of the first one.
// Thread: the main one.
#pragma once

#include "bench/load/failure.hpp"
#include "bench/load/process_probe.hpp"
#include "bench/load/report.hpp"
#include "bench/load/target.hpp"

namespace giro::load {

class CostMeter {
 public:
  // REQUIRES: `target` outlives the meter, and its process stays the same.
  [[nodiscard]] static Result<CostMeter> start(const Target& target);
  // What it cost since the start.
  [[nodiscard]] Result<void> read(Outcome& outcome) const;

 private:
  CostMeter(const Target& target, const ProcessFigures& daemon);

  const Target* target_;
  ProcessFigures daemon_;
  double client_cpu_seconds_;
  double machine_cpu_seconds_;
};

}  // namespace giro::load
