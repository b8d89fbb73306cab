#include "bench/load/machine.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace giro::load {
namespace {

namespace fs = std::filesystem;

// What stands behind the colon of the first line that begins with `name`.
std::string value_in(const fs::path& file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

bool is_below(const std::string& path, const std::string& mount_point) {
  if (mount_point == "/") return true;
  return path.starts_with(mount_point) &&
         (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

// The type of the longest mount point that holds `folder`; the later one of two alike.
std::string filesystem_of(const fs::path& folder) {
  std::error_code error;
  const std::string path = fs::canonical(folder, error).string();
  std::ifstream mounts("/proc/self/mounts");
  std::string best;
  std::size_t best_length = 0;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device;
    std::string mount_point;
    std::string type;
    fields >> device >> mount_point >> type;
    if (!is_below(path, mount_point) || mount_point.size() < best_length) continue;
    best = type;
    best_length = mount_point.size();
  }
  return best;
}

Result<double> sync_floor_ms(const fs::path& scratch) {
  constexpr int kSyncs = 200;
  const fs::path file = scratch / "sync-floor";
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::vector<char> page(4'096, 'g');
  std::vector<double> times;
  bool good = handle >= 0;
  for (int count = 0; good && count < kSyncs; ++count) {
    const auto before = std::chrono::steady_clock::now();
    good = ::write(handle, page.data(), page.size()) == static_cast<ssize_t>(page.size()) &&
           ::fdatasync(handle) == 0;
    const std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - before;
    times.push_back(time.count());
  }
  const int error_number = errno;
  if (handle >= 0) ::close(handle);
  std::error_code ignored;
  fs::remove(file, ignored);
  if (!good) {
    return failed(
        fmt::format("can't write in {}: {}", scratch.string(), std::strerror(error_number)),
        "Name a folder on a disk with --dir.");
  }
  std::ranges::nth_element(times, times.begin() + kSyncs / 2);
  return times[kSyncs / 2];
}

}  // namespace

Result<Machine> inspect_machine(const fs::path& scratch) {
  Machine machine;
  machine.filesystem = filesystem_of(scratch);
  if (machine.filesystem == "tmpfs" || machine.filesystem == "ramfs") {
    return failed(fmt::format("{} is in memory ({}), where a sync costs nothing", scratch.string(),
                              machine.filesystem),
                  "Name a folder on a disk with --dir.");
  }
  const auto floor = sync_floor_ms(scratch);
  if (!floor) return std::unexpected(floor.error());
  machine.sync_floor_ms = *floor;
  machine.processor = value_in("/proc/cpuinfo", "model name");
  machine.cores = std::thread::hardware_concurrency();
  machine.memory_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  utsname system{};
  if (::uname(&system) == 0) machine.kernel = fmt::format("{} {}", system.sysname, system.release);
  return machine;
}

}  // namespace giro::load
