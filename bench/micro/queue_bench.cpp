// The queue between intake and commit, with the work items of the daemon: a plain payment each.
//
//   push_and_pop_one_thread   a group pushed item by item, then popped as one: no other thread, so
//                             no lock is ever contended
//   stream_between_threads    one thread pushes as fast as it can, another pops what is there
//   wake_and_back             one item to a sleeping thread, which sends one back: what it costs to
//                             wake somebody, twice
//
// Items are payments handed over. The two last are at the mercy of the scheduler: look at several runs,
// and at the time, as the CPU column has one thread only.
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "bench/store_payments.hpp"
#include "engine/work.hpp"
#include "queue/bounded_queue.hpp"

namespace giro::bench {
namespace {

constexpr Weight kWeight{.items = 1, .bytes = sizeof(CheckedPayment)};

std::vector<WorkItem> make_work(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<WorkItem> items;
  items.reserve(count);
  for (Command& payment : make_payments(random, count, 10'000)) {
    items.push_back({.reply_to = {}, .uid = 0, .work = std::move(payment)});
  }
  return items;
}

// Sleeps while nothing waits.
Popped pop(WorkQueue& queue, std::vector<WorkItem>& group, std::size_t items_max) {
  queue.wait({});
  return queue.pop_group(group, {.items = items_max, .bytes = kGroupMax.bytes});
}

bool push_all(WorkQueue& queue, std::vector<WorkItem>& items) {
  for (WorkItem& item : items) {
    if (queue.push(std::move(item), kWeight) != Admission::accepted) return false;
  }
  return true;
}

void push_and_pop_one_thread(benchmark::State& state) {
  guarded(state, [&] {
    WorkQueue queue{QueueLimits{}};
    std::vector<WorkItem> items = make_work(static_cast<std::size_t>(state.range(0)));
    std::vector<WorkItem> group;
    for ([[maybe_unused]] auto _ : state) {
      require(push_all(queue, items), "the queue refused an item");
      require(pop(queue, group, items.size()) == Popped::items && group.size() == items.size(),
              "the queue lost an item");
      group.swap(items);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
  });
}
BENCHMARK(push_and_pop_one_thread)
    ->Name("queue/push_and_pop_one_thread")
    ->ArgName("group")
    ->Arg(1)
    ->Arg(100)
    ->Arg(kGroup);

void stream_between_threads(benchmark::State& state) {
  // Fewer than the queue's limit: none is ever refused.
  constexpr std::size_t kItems = 49'134;
  guarded(state, [&] {
    WorkQueue queue{QueueLimits{}};
    std::vector<WorkItem> group;
    for ([[maybe_unused]] auto _ : state) {
      std::vector<WorkItem> items = make_work(kItems);
      std::size_t popped = 0;
      on_clock(state, [&] {
        const std::jthread producer([&] {
          if (!push_all(queue, items)) queue.close();
        });
        while (popped < kItems && pop(queue, group, kGroup) == Popped::items) {
          popped += group.size();
        }
      });
      require(popped == kItems, "the queue refused an item");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
  });
}
BENCHMARK(stream_between_threads)->Name("queue/stream_between_threads")->UseManualTime();

// Sends everything that comes in on one queue back through another.
void echo(WorkQueue& from, WorkQueue& to) {
  std::vector<WorkItem> group;
  while (pop(from, group, kGroup) == Popped::items) {
    if (!push_all(to, group)) break;
  }
  to.close();
}

void wake_and_back(benchmark::State& state) {
  guarded(state, [&] {
    WorkQueue there{QueueLimits{}};
    WorkQueue back{QueueLimits{}};
    std::jthread other([&] { echo(there, back); });
    std::vector<WorkItem> items = make_work(1);
    // The thread must end also when something throws.
    const auto close = [](WorkQueue* queue) { queue->close(); };
    const std::unique_ptr<WorkQueue, decltype(close)> closing(&there, close);
    for ([[maybe_unused]] auto _ : state) {
      require(push_all(there, items), "the queue refused an item");
      require(pop(back, items, 1) == Popped::items, "the item was lost");
    }
    state.SetItemsProcessed(state.iterations() * 2);
  });
}
BENCHMARK(wake_and_back)->Name("queue/wake_and_back")->UseRealTime();

}  // namespace
}  // namespace giro::bench
