#include "daemon/read_thread.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "daemon/read_answers.hpp"

namespace giro {
namespace {

constexpr std::size_t kJobsTakenMax = 64;

Refusal unreadable(std::string_view why) {
  return {.code = ErrorCode::internal,
          .field = {},
          .message = "the ledger file can't be read: " + std::string(why) +
                     "; no money moved. See girod's log"};
}

}  // namespace

ReadThread::ReadThread(std::string name, std::filesystem::path ledger_file, std::size_t jobs_max,
                       Deliver deliver)
    : name_(std::move(name)),
      ledger_file_(std::move(ledger_file)),
      deliver_(std::move(deliver)),
      jobs_(QueueLimits{.items_max = jobs_max}) {}

ReadThread::~ReadThread() {
  stop();
}

void ReadThread::start() {
  thread_ = std::thread([this] { run(); });
}

bool ReadThread::ask(ReadJob&& job) {
  return jobs_.push(std::move(job), Weight{}) == Admission::accepted;
}

void ReadThread::stop() {
  cancel();
  jobs_.close();
  if (thread_.joinable()) thread_.join();
}

void ReadThread::run() {
  ::pthread_setname_np(::pthread_self(), name_.c_str());
  std::vector<ReadJob> jobs;
  while (jobs_.pop_group(jobs, kJobsTakenMax, std::nullopt) == Popped::items) {
    for (const ReadJob& job : jobs) {
      deliver_(ReadAnswer{.to = job.to,
                          .of_feed = std::holds_alternative<EventsPage>(job.question),
                          .result = answer(job)});
    }
  }
}

// Nothing that a question meets may end the thread.
ReadResult ReadThread::answer(const ReadJob& job) {
  try {
    if (!reader_) {
      auto opened = store::Reader::open(ledger_file_);
      if (!opened) {
        spdlog::error("{}: {}", name_, opened.error());
        return unreadable(opened.error());
      }
      reader_ = std::move(*opened);
    }
    return answer_question(*reader_, ledger_file_, job, [this] { return cancelled_.load(); });
  } catch (const std::exception& error) {
    spdlog::error(
        "{}: a question failed: {}. Nothing was changed; check the disk, then run giro "
        "verify",
        name_, error.what());
    reader_.reset();
    return unreadable(error.what());
  }
}

}  // namespace giro
