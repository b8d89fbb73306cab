// Answers questions about the journal on a thread of its own, with a reader of its own, so that a
// long scan delays neither intake nor commits. The daemon has three: for short questions, for the event
// feed, and for audits.
//
// What always holds: jobs are answered each exactly once, those of one connection in order, and users
// and their connections in turns; the queue of jobs is bounded, and a full one refuses at once; at most
// kResultsOnTheWay results are made that the I/O thread hasn't taken; for a client who is gone none is looked
// up. Once cancelled, the job at hand ends soon and those that wait are refused at once.
// Threads: ask and taken from the I/O thread; start and stop from the owner's.
#pragma once

#include <atomic>
#include <functional>
#include <semaphore>
#include <string>
#include <thread>

#include "engine/read_work.hpp"
#include "ledger/store/history/reader.hpp"
#include "queue/fair_queue.hpp"

namespace giro {

class ReadThread {
 public:
  // Called on the reading thread; must not block. Whoever gets an answer calls taken().
  using Deliver = std::function<void(ReadAnswer)>;

  ReadThread(std::string name, store::LedgerFile ledger_file, std::size_t jobs_max,
             Deliver deliver);
  ~ReadThread();  // Stops.

  void start();
  // False: full; the job is still the caller's.
  [[nodiscard]] bool ask(ReadJob&& job);
  // The I/O thread has one more result.
  void taken() { room_.release(); }
  void cancel() { cancelled_ = true; }
  void stop();

 private:
  static constexpr std::ptrdiff_t kResultsOnTheWay = 8;

  void run();
  [[nodiscard]] ReadAnswer answer(const ReadJob& job);
  [[nodiscard]] ReadResult look_up(const ReadJob& job, std::string& trouble);

  const std::string name_;
  const store::LedgerFile ledger_file_;
  const Deliver deliver_;
  FairQueue<ReadJob> jobs_;
  std::counting_semaphore<> room_;  // For results on the way.
  std::atomic<bool> cancelled_ = false;
  std::unique_ptr<store::Reader> reader_;  // Opened at the first question.
  std::thread thread_;
};

}  // namespace giro
