// Makes one key run beside the store, so that neither sorting nor a large write ever makes a
// payment wait: the store takes the finished pages a few at a time and writes them with its commits.
//
// What always holds: pages of a kind come in order; at most kPagesAhead of them wait; a failure ends
// the making and nothing else. Destroying it stops the work. Threads: the worker's fills; the store's
// takes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/store/keys/key_sources.hpp"
#include "ledger/store/keys/worker.hpp"

namespace giro::store {

class RunBuilder {
 public:
  struct Taken {
    std::vector<KeyPage> pages;
    bool done = false;    // No page comes after these.
    std::string failure;  // Not empty: nothing more comes; what was taken is of no use.
    std::uint32_t unreadable_run = 0;  // Which it failed at; 0: that wasn't the cause.
  };

  // `run`: its number, level and seqs. Throws when the worker can't take it on.
  RunBuilder(const KeyRunInfo& run, KeySource source, Worker& worker);
  ~RunBuilder();
  RunBuilder(const RunBuilder&) = delete;
  RunBuilder& operator=(const RunBuilder&) = delete;

  // What is ready, at most `pages_max`; never waits.
  [[nodiscard]] Taken take_pages(std::size_t pages_max);
  // `keys` is right once take_pages() said done.
  [[nodiscard]] KeyRunInfo run() const;

 private:
  static constexpr std::size_t kPagesAhead = 1'024;  // 4 MiB.

  void work(const KeySource& source);
  void stop_if_unwanted();
  void hand_over(KeyPage page);

  const bool is_beside_;  // Else nobody takes what is ready while it is being made.
  mutable std::mutex mutex_;
  std::condition_variable room_;
  // Guarded by mutex_.
  KeyRunInfo run_;
  std::deque<KeyPage> ready_;
  bool done_ = false;
  bool stopped_ = false;
  std::string failure_;
  std::uint32_t unreadable_run_ = 0;

  std::unique_ptr<Worker::Task> task_;  // Last: it uses all of the above.
};

}  // namespace giro::store
