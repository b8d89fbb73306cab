#include "bench/load/process_probe.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace giro::load {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKiB = 1'024;

// The number of the line `name:` of a file like /proc/PID/status; 0: no such line.
std::uint64_t status_number(const fs::path& file, std::string_view name) {
  std::ifstream status(file);
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
    return std::stoull(line.substr(name.size() + 1));
  }
  return 0;
}

double cpu_seconds(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string stat;
  std::getline(file, stat);
  // The command's name may hold anything, so the fields are counted from its end: state is the 3rd,
  // user and system ticks the 14th and 15th.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t context_switches(const fs::path& process) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& task : fs::directory_iterator(process / "task", error)) {
    const fs::path status = task.path() / "status";
    sum += status_number(status, "voluntary_ctxt_switches") +
           status_number(status, "nonvoluntary_ctxt_switches");
  }
  return sum;
}

}  // namespace

Result<ProcessFigures> probe_process(pid_t process) {
  const fs::path folder = fmt::format("/proc/{}", process);
  ProcessFigures figures;
  figures.rss_bytes = status_number(folder / "status", "VmRSS") * kKiB;
  figures.rss_peak_bytes = status_number(folder / "status", "VmHWM") * kKiB;
  figures.cpu_seconds = cpu_seconds(folder);
  figures.context_switches = context_switches(folder);
  if (figures.rss_bytes == 0) {
    return failed(fmt::format("the daemon (process {}) is gone", process), "See its log.");
  }
  return figures;
}

double machine_cpu_seconds() {
  // "cpu", then ticks: user, nice, system, idle, waiting for a disk, interrupts, soft interrupts,
  // stolen by the host, and others that are in these already.
  std::ifstream file("/proc/stat");
  std::string name;
  std::array<double, 8> ticks{};
  file >> name;
  for (double& tick : ticks) file >> tick;
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kDiskWait = 4;
  const double all = std::accumulate(ticks.begin(), ticks.end(), 0.0);
  return (all - ticks[kIdle] - ticks[kDiskWait]) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace giro::load
