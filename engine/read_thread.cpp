#include "engine/read_thread.hpp"

#include <pthread.h>

#include "engine/read_answers.hpp"
#include "engine/refusals.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro {
namespace {

Refusal cant_read(std::string_view why) {
  return {.code = ErrorCode::internal,
          .field = {},
          .message = "the ledger file can't be read: " + std::string(why) +
                     "; no money moved. See girod's log"};
}

}  // namespace

ReadThread::ReadThread(std::string name, store::LedgerFile ledger_file, std::size_t jobs_max,
                       Deliver deliver)
    : name_(std::move(name)),
      ledger_file_(std::move(ledger_file)),
      deliver_(std::move(deliver)),
      jobs_(jobs_max),
      room_(kResultsOnTheWay) {}

ReadThread::~ReadThread() {
  stop();
}

void ReadThread::start() {
  thread_ = std::thread([this] { run(); });
}

bool ReadThread::ask(ReadJob&& job) {
  const Asker asker{.user = job.uid, .connection = job.to.connection};
  return jobs_.push(asker, std::move(job)) == Admission::accepted;
}

void ReadThread::stop() {
  cancel();
  jobs_.close();
  room_.release();  // The I/O thread takes nothing any more.
  if (thread_.joinable()) thread_.join();
}

void ReadThread::run() {
  ::pthread_setname_np(::pthread_self(), name_.c_str());
  while (const std::optional<ReadJob> job = jobs_.pop()) {
    if (!cancelled_) room_.acquire();
    deliver_(answer(*job));
  }
}

ReadAnswer ReadThread::answer(const ReadJob& job) {
  ReadAnswer answer{.to = job.to,
                    .of_feed = std::holds_alternative<EventsQuestion>(job.question),
                    .result = {},
                    .trouble = {}};
  const bool is_left = job.is_left && *job.is_left;
  answer.result = is_left ? stopping() : look_up(job, answer.trouble);
  return answer;
}

// Nothing that a question meets may end the thread.
ReadResult ReadThread::look_up(const ReadJob& job, std::string& trouble) {
  if (cancelled_) return stopping();
  const auto cancelled = [this] { return cancelled_.load(); };
  try {
    if (!reader_) {
      auto opened = store::Reader::open(ledger_file_, cancelled);
      if (!opened) {
        trouble = name_ + ": " + opened.error();
        return cant_read(opened.error());
      }
      reader_ = std::move(*opened);
    }
    return answer_question(*reader_, ledger_file_, job, cancelled);
  } catch (const std::exception& error) {
    if (cancelled_) return stopping();
    trouble = name_ + ": a question failed: " + store::describe(error) +
              ". Nothing was changed; check the disk, then run giro verify";
    reader_.reset();
    const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    if (sqlite != nullptr && store::is_damage(*sqlite)) return unreadable(Asked::question);
    return cant_read(error.what());
  }
}

}  // namespace giro
