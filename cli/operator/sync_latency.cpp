#include "cli/operator/sync_latency.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace giro::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBytesASync = 4'096;
constexpr std::size_t kSyncsMax = 500;
constexpr std::size_t kSyncsMin = 3;
constexpr std::chrono::seconds kTimeMax{1};

std::unexpected<std::string> failed(const std::filesystem::path& folder) {
  return std::unexpected(
      fmt::format("{}: {}", folder.string(), std::generic_category().message(errno)));
}

// Without a name, so that nothing is left even by a crash; some filesystems need one for a moment.
int open_nameless(const std::filesystem::path& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  std::string name = (folder / "giro-doctor-XXXXXX").string();
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

}  // namespace

std::expected<SyncLatency, std::string> measure_sync(const std::filesystem::path& folder) {
  const int file = open_nameless(folder);
  if (file < 0) return failed(folder);
  const std::array<char, kBytesASync> bytes{};
  std::vector<double> seconds;
  const Clock::time_point end = Clock::now() + kTimeMax;
  bool whole = true;
  while (seconds.size() < kSyncsMax && (seconds.size() < kSyncsMin || Clock::now() < end)) {
    const Clock::time_point begin = Clock::now();
    const auto offset = static_cast<off_t>(seconds.size() * kBytesASync);
    whole =
        pwrite(file, bytes.data(), bytes.size(), offset) == static_cast<ssize_t>(bytes.size()) &&
        fdatasync(file) == 0;
    if (!whole) break;
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  const auto result = whole ? std::expected<SyncLatency, std::string>() : failed(folder);
  close(file);
  if (!whole) return result;
  std::ranges::sort(seconds);
  return SyncLatency{.syncs = static_cast<int>(seconds.size()),
                     .median_s = seconds[seconds.size() / 2],
                     .worst_s = seconds.back()};
}

}  // namespace giro::cli
