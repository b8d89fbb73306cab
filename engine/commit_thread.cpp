#include "engine/commit_thread.hpp"

#include <chrono>

#include <pthread.h>

namespace giro {

CommitThread::~CommitThread() {
  source_.close();
  join();
}

void CommitThread::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "commit");
    run();
  });
}

void CommitThread::join() {
  if (thread_.joinable()) thread_.join();
}

void CommitThread::run() {
  for (;;) {
    const Committer::Next next = committer_.step(std::chrono::steady_clock::now());
    if (next.ended) return;
    wait_(next.at);
  }
}

}  // namespace giro
