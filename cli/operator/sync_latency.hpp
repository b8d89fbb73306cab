// How long a disk takes to sync what a commit writes, measured. Thread: any.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace giro::cli {

struct SyncLatency {
  int syncs = 0;
  double median_s = 0;
  double worst_s = 0;
};

// On a file without a name in `folder`, 4 KiB a sync, for a second at most. Errors: why it can't be.
[[nodiscard]] std::expected<SyncLatency, std::string> measure_sync(
    const std::filesystem::path& folder);

}  // namespace giro::cli
