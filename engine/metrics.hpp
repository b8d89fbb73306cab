// What the committer counts, for whoever watches: read while it works, without a place in its queue.
//
// What always holds: one thread writes, any reads; a value is never torn, and values that belong together may be a
// moment apart. An entry is counted once it is committed.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/work.hpp"
#include "ledger/codes.hpp"
#include "ledger/entry/entry.hpp"

namespace giro {

class Counter {
 public:
  // No other thread writes: a load and a store, in place of a locked instruction.
  void add(std::uint64_t more) { value_.store(value() + more, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Upper bounds of buckets, inclusive.
inline constexpr std::array<std::uint64_t, 13> kItemBounds{
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000};
inline constexpr std::array<std::uint64_t, 13> kNanosecondBounds{
    100'000,    250'000,    500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,
    25'000'000, 50'000'000, 100'000'000, 250'000'000, 1'000'000'000, 10'000'000'000};

class Distribution {
 public:
  using Bounds = std::span<const std::uint64_t, 13>;
  explicit Distribution(Bounds bounds) : bounds_(bounds) {}

  void add(std::uint64_t value) {
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    counts_.at(bucket).add(1);
    sum_.add(value);
  }
  [[nodiscard]] Bounds bounds() const { return bounds_; }
  // Of this bucket alone; the last one has what is above all bounds.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const { return counts_.at(bucket).value(); }
  [[nodiscard]] std::uint64_t sum() const { return sum_.value(); }

 private:
  Bounds bounds_;
  std::array<Counter, 14> counts_;
  Counter sum_;
};

struct CommitMetrics {
  // By kind and by what was decided, whatever number that has.
  std::array<std::array<Counter, 256>, std::variant_size_v<EntryBody>> entries;
  static_assert(sizeof(Rejection) == 1);
  Counter replays;
  Counter commits;
  Distribution group_entries{kItemBounds};
  Distribution group_ns{kNanosecondBounds};   // From its first decision until it is durable.
  Distribution commit_ns{kNanosecondBounds};  // Of that, the writing and the sync.
  Distribution sync_ns{
      kNanosecondBounds};  // Of that, SQLite's COMMIT: the log is written and synced.

  Gauge last_seq;
  Gauge accounts;
  Gauge holds_open;
  Gauge schedules_open;
  Gauge deciding;  // 0: an obstacle keeps everything from being decided.
  // These are looked at once a second while groups come.
  Gauge ledger_bytes;
  Gauge wal_bytes;
  Gauge checkpoint_ok;     // Of the last one.
  Gauge checkpoint_waits;  // 1: a reader keeps the log from being emptied,
  Gauge held_since_ns;     // since then, in the ledger's time; 0: none does.
  Gauge keys_ok;
  Gauge clock_agrees;
  Gauge clock_ahead_ns;  // The system's time less the ledger's.

  void count(std::span<const Entry> committed) {
    for (const Entry& entry : committed) {
      entries.at(static_cast<std::size_t>(entry.kind()))
          .at(static_cast<std::size_t>(entry.outcome))
          .add(1);
    }
  }
  void count(std::span<const Answer> answers);
};

}  // namespace giro
