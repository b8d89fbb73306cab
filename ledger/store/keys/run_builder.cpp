#include "ledger/store/keys/run_builder.hpp"

#include <exception>
#include <utility>

namespace giro::store {
namespace {

struct Stopped {};

}  // namespace

RunBuilder::RunBuilder(const KeyRunInfo& run, KeySource source, Worker& worker)
    : is_beside_(worker.is_beside()), run_(run) {
  task_ = worker.start([this, from = std::move(source)] { work(from); });
}

RunBuilder::~RunBuilder() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  room_.notify_one();
  task_.reset();
}

RunBuilder::Taken RunBuilder::take_pages(std::size_t pages_max) {
  Taken taken;
  {
    const std::scoped_lock lock(mutex_);
    while (!ready_.empty() && taken.pages.size() < pages_max) {
      taken.pages.push_back(std::move(ready_.front()));
      ready_.pop_front();
    }
    taken.done = done_ && ready_.empty();
    taken.failure = failure_;
    taken.unreadable_run = unreadable_run_;
  }
  room_.notify_one();
  return taken;
}

KeyRunInfo RunBuilder::run() const {
  const std::scoped_lock lock(mutex_);
  return run_;
}

void RunBuilder::work(const KeySource& source) {
  const auto fail = [this](const std::exception& error, std::uint32_t unreadable_run) {
    const std::scoped_lock lock(mutex_);
    failure_ = error.what();
    unreadable_run_ = unreadable_run;
  };
  try {
    const PageSink sink{.take = [this](KeyPage page) { hand_over(std::move(page)); },
                        .pause = [this] { stop_if_unwanted(); }};
    const std::uint64_t keys = source(run(), sink);
    const std::scoped_lock lock(mutex_);
    run_.keys = keys;
    done_ = true;
  } catch (const Stopped&) {
    return;  // The store closes; what is half made is dropped.
  } catch (const UnreadableRun& error) {
    fail(error, error.run);
  } catch (const std::exception& error) {
    fail(error, 0);
  }
}

void RunBuilder::stop_if_unwanted() {
  const std::scoped_lock lock(mutex_);
  if (stopped_) throw Stopped{};
}

void RunBuilder::hand_over(KeyPage page) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return stopped_ || !is_beside_ || ready_.size() < kPagesAhead; });
  if (stopped_) throw Stopped{};
  ready_.push_back(std::move(page));
}

}  // namespace giro::store
