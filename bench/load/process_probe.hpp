// What the kernel knows of a process: memory, processor time, context switches, from /proc.
//
// What always holds: a process that is gone is a Failure, not zeros. Thread: any.
#pragma once

#include <cstdint>

#include <sys/types.h>

#include "bench/load/failure.hpp"

namespace giro::load {

struct ProcessFigures {
  std::uint64_t rss_bytes = 0;
  std::uint64_t rss_peak_bytes = 0;
  double cpu_seconds = 0;              // User and system, all threads.
  std::uint64_t context_switches = 0;  // Of the threads that it has now: its wake-ups.
};

[[nodiscard]] Result<ProcessFigures> probe_process(pid_t process);

// Processor time that all processes and the kernel have used since the machine was started.
[[nodiscard]] double machine_cpu_seconds();

}  // namespace giro::load
