// Who makes key runs beside the store: threads of their own, or whoever a test hands in.
// Thread: the store's.
#pragma once

#include <functional>
#include <memory>

namespace giro::store {

class Worker {
 public:
  // Work that was handed over. Its destructor returns once nothing of the work runs any more; what wasn't
  // begun by then never is.
  class Task {
   public:
    virtual ~Task() = default;
  };

  virtual ~Worker() = default;
  // Throws when it can't be taken on.
  [[nodiscard]] virtual std::unique_ptr<Task> start(std::function<void()> work) = 0;
  // The work goes on beside whoever started it, and so may wait for them.
  [[nodiscard]] virtual bool is_beside() const = 0;
};

// A thread for each.
[[nodiscard]] std::shared_ptr<Worker> threads();

}  // namespace giro::store
