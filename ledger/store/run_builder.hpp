// Makes one key run on a thread of its own: sorts recent keys, or merges older runs into one. The
// store takes the finished blocks a few at a time and writes them with its commits, so that neither
// the sorting nor a large write ever makes a payment wait.
//
// What always holds: blocks come in order; at most kBlocksAhead of them wait; once take_blocks()
// says `done`, run() is complete. Destroying it stops the thread. Threads: the builder's own fills;
// the store's takes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledger/store/key_runs.hpp"

namespace giro::store {

class RunBuilder {
 public:
  struct Taken {
    std::vector<std::vector<std::uint8_t>> blocks;
    bool done = false;    // No block comes after these.
    std::string failure;  // Not empty: nothing more comes; what was taken is of no use.
  };

  // Sorts. `run` says which run is to be made; its keys, fences and filter are filled in.
  RunBuilder(KeyRun run, std::shared_ptr<const KeyTable> keys);
  // Merges the runs of the file, in order of seq.
  RunBuilder(KeyRun run, std::filesystem::path file, std::vector<KeyRun> sources);
  ~RunBuilder();
  RunBuilder(const RunBuilder&) = delete;
  RunBuilder& operator=(const RunBuilder&) = delete;

  // What is ready, at most `blocks_max`; never waits.
  [[nodiscard]] Taken take_blocks(std::size_t blocks_max);
  // REQUIRES: take_blocks() said done.
  [[nodiscard]] KeyRun& run() { return run_; }

 private:
  static constexpr std::size_t kBlocksAhead = 1'024;  // 4 MiB.

  void work(const KeyTable& keys);
  void work(const std::filesystem::path& file, const std::vector<KeyRun>& sources);
  template <class Work>
  void guarded(Work work);
  void add(const KeyEntry& entry);
  void finish();
  void hand_over_block();

  KeyRun run_;
  std::vector<KeyEntry> block_;  // Being filled.

  std::mutex mutex_;
  std::condition_variable room_;
  // Guarded by mutex_.
  std::deque<std::vector<std::uint8_t>> ready_;
  bool done_ = false;
  bool stopped_ = false;
  std::string failure_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace giro::store
