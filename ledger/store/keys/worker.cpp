#include "ledger/store/keys/worker.hpp"

#include <thread>
#include <utility>

#include <pthread.h>

namespace giro::store {
namespace {

class Threads final : public Worker {
 public:
  std::unique_ptr<Task> start(std::function<void()> work) override {
    return std::make_unique<OwnThread>(std::move(work));
  }
  [[nodiscard]] bool is_beside() const override { return true; }

 private:
  class OwnThread final : public Task {
   public:
    explicit OwnThread(std::function<void()> work)
        : thread_([work = std::move(work)] {
            ::pthread_setname_np(::pthread_self(), "run-builder");
            work();
          }) {}

   private:
    std::jthread thread_;  // Joins.
  };
};

}  // namespace

std::shared_ptr<Worker> threads() {
  static const auto kThreads = std::make_shared<Threads>();
  return kThreads;
}

}  // namespace giro::store
