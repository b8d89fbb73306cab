// The figures of a benchmark as tables for people. Pure: any thread.
#pragma once

#include <string>

#include "bench/load/report.hpp"

namespace giro::cli {

[[nodiscard]] std::string bench_tables(const load::Report& report, bool colours);

}  // namespace giro::cli
