// A folder for ledgers that are measured: in $GIRO_BENCH_DIR, or the system's temporary folder, and
// gone with its owner. It should be on a real disk, or commits cost nothing. Thread: one at a time.
#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

namespace giro::bench {

class ScratchFolder {
 public:
  ScratchFolder() {
    static std::atomic<unsigned> last_number = 0;  // Several may be there at a time.
    const char* base = std::getenv("GIRO_BENCH_DIR");
    const std::filesystem::path parent =
        base == nullptr ? std::filesystem::temp_directory_path() : std::filesystem::path(base);
    path_ =
        parent / ("giro-bench-" + std::to_string(::getpid()) + "-" + std::to_string(++last_number));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace giro::bench
