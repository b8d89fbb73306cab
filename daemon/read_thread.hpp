// Answers questions about the journal on a thread of its own, with a reader of its own, so that a
// long scan delays neither intake nor commits. The daemon has two: one for short questions and the
// event feed, one for audits.
//
// What always holds: jobs are answered in order, each exactly once; the queue of jobs is bounded, and
// a full one refuses at once. Threads: ask from the I/O thread; start and stop from the owner's.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "daemon/questions.hpp"
#include "ledger/store/reader.hpp"
#include "queue/bounded_queue.hpp"

namespace giro {

class ReadThread {
 public:
  // Called on the reading thread; must not block.
  using Deliver = std::function<void(ReadAnswer)>;

  ReadThread(std::string name, std::filesystem::path ledger_file, std::size_t jobs_max,
             Deliver deliver);
  ~ReadThread();  // Stops.

  void start();
  // False: full; the job is still the caller's.
  [[nodiscard]] bool ask(ReadJob&& job);
  // Long scans end early: their questions are answered with shutting_down.
  void cancel() { cancelled_ = true; }
  void stop();

 private:
  void run();
  [[nodiscard]] ReadResult answer(const ReadJob& job);

  const std::string name_;
  const std::filesystem::path ledger_file_;
  const Deliver deliver_;
  BoundedQueue<ReadJob> jobs_;
  std::atomic<bool> cancelled_ = false;
  std::unique_ptr<store::Reader> reader_;  // Opened at the first question.
  std::thread thread_;
};

}  // namespace giro
