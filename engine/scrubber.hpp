// Looks through the whole ledger file now and then, each page by its checksum, so that a bit that flipped on a
// disk is found before somebody needs its page: a copy that is still whole may be at hand then.
//
// What always holds: it reads the file as it lies there, without a snapshot, at no more than so many bytes a second,
// on a thread of the lowest priority; what isn't right is looked at again before it counts, since a checkpoint may have
// been writing it. A start begins anew: a pass takes minutes for a gigabyte. Pages that the system has in its cache are
// read from there; those that nobody asked for lately, of which nobody would hear, come from the disk.
// Threads: start and stop from its owner's, figures from any; it works on its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "ledger/entry/entry.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro {

namespace store {
class SummedFile;
}

struct ScrubPace {
  std::chrono::seconds every{24 * 3'600};  // From the end of one pass to the next.
  std::size_t bytes_per_second = std::size_t{8} << 20;
  std::chrono::milliseconds first_after{3'600'000};  // A start has better things to do.
};

// What is known of the pages of the ledger's file.
struct PageFigures {
  bool have_sums = false;       // Else they can't be checked: an older version made the ledger.
  std::uint64_t damaged = 0;    // That were met since the start, by whoever read them.
  std::uint64_t looked_at = 0;  // By the scrubber, since the start.
  Timestamp last_pass;  // When its last pass over all of them ended; 0: none did since the start.
};

class Scrubber {
 public:
  // `on_damage`: called on its thread after it met damaged pages (ledger/store/sqlite/damaged_pages.hpp).
  Scrubber(store::LedgerFile file, ScrubPace pace, std::function<void()> on_damage);
  ~Scrubber();  // Stops.
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  void start();
  void stop();
  [[nodiscard]] PageFigures figures() const;

 private:
  void run();
  // False: it is to stop.
  [[nodiscard]] bool pass();
  void look(store::SummedFile& pages, std::uint32_t first, std::uint32_t count);
  [[nodiscard]] bool wait(std::chrono::nanoseconds time);

  const store::LedgerFile file_;
  const ScrubPace pace_;
  const std::function<void()> on_damage_;
  bool have_sums_ = false;
  std::atomic<std::uint64_t> looked_at_ = 0;
  std::atomic<std::int64_t> last_pass_ns_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace giro
