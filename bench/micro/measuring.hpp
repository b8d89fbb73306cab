// What the micro-benchmarks share: failing with a message, never with a rate, and a clock that runs
// for a part of an iteration only. Thread: the benchmark's.
#pragma once

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

namespace giro::bench {

// Runs a benchmark's body; what it throws becomes the benchmark's error.
template <class Body>
void guarded(benchmark::State& state, Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

// The work wasn't done, so that there is nothing to measure.
inline void require(bool done, const char* otherwise) {
  if (!done) throw std::runtime_error(otherwise);
}

// Only what `work` takes counts for this iteration. REQUIRES: UseManualTime().
template <class Work>
void on_clock(benchmark::State& state, Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  state.SetIterationTime(seconds.count());
}

}  // namespace giro::bench
