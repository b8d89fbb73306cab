// Who makes key runs when no thread of its own does, so that no test waits for one. Thread: the test's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "ledger/store/keys/worker.hpp"

namespace giro::test {

// Before start() returns.
class AtOnceWorker final : public store::Worker {
 public:
  std::unique_ptr<Task> start(std::function<void()> work) override {
    work();
    return std::make_unique<Task>();
  }
  [[nodiscard]] bool is_beside() const override { return false; }
};

// When the test says so.
class LaterWorker final : public store::Worker {
 public:
  std::unique_ptr<Task> start(std::function<void()> work) override {
    waiting_->push_back(std::make_shared<std::function<void()>>(std::move(work)));
    return std::make_unique<Waiting>(waiting_, waiting_->back());
  }
  [[nodiscard]] bool is_beside() const override { return false; }

  [[nodiscard]] std::size_t waiting() const { return waiting_->size(); }
  // REQUIRES: index < waiting().
  void run(std::size_t index) {
    const auto work = (*waiting_)[index];
    waiting_->erase(waiting_->begin() + static_cast<std::ptrdiff_t>(index));
    (*work)();
  }

 private:
  using Works = std::vector<std::shared_ptr<std::function<void()>>>;

  class Waiting final : public Task {
   public:
    Waiting(std::shared_ptr<Works> all, Works::value_type work)
        : all_(std::move(all)), work_(std::move(work)) {}
    ~Waiting() override { std::erase(*all_, work_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    std::shared_ptr<Works> all_;
    Works::value_type work_;
  };

  std::shared_ptr<Works> waiting_ = std::make_shared<Works>();
};

}  // namespace giro::test
