// A committer that a test drives in one thread, with a clock of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/committer.hpp"
#include "engine/work.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {

// Whatever time it is told. Both clocks of an engine are made of it.
struct FakeTime {
  using Moment = std::chrono::steady_clock::time_point;

  std::chrono::nanoseconds since_start{0};
  std::chrono::nanoseconds set_ahead{0};  // By whoever sets the clock on the wall.

  void pass(std::chrono::nanoseconds time) { since_start += time; }
  [[nodiscard]] Moment moment() const { return Moment(std::chrono::hours(1) + since_start); }
  [[nodiscard]] Timestamp real() const {
    return Timestamp{1'800'000'000'000'000'000 + (since_start + set_ahead).count()};
  }
  [[nodiscard]] LedgerClock::Sources sources() const {
    return {.real = [this] { return real(); },
            .steady = [this] { return Timestamp{since_start.count()}; }};
  }
};

// One after the other, as somebody else put them in order.
class GivenGroups final : public WorkSource {
 public:
  void add(WorkGroup group) { groups_.push_back(std::move(group)); }

  Next take(std::uint64_t applied, Timestamp /*now*/, WorkGroup& group) override {
    for (WorkGroup& next : groups_) {
      if (next.index <= applied || next.items.empty()) continue;
      group = std::exchange(next, {.index = next.index, .now = next.now, .items = {}});
      return Next::group;
    }
    return closed_ ? Next::ended : Next::nothing;
  }
  bool take_more(WorkGroup& group) override {
    return shares_commits_ && take(group.index, {}, group) == Next::group;
  }
  bool tick(std::uint64_t /*applied*/, Timestamp /*now*/, WorkGroup& /*group*/) override {
    return false;
  }
  void note_applied(std::uint64_t index, std::span<const std::uint8_t> digest) override {
    digests_[index].assign(digest.begin(), digest.end());
  }
  // What is ready is committed at once.
  void share_commits() { shares_commits_ = true; }
  // Of the audit chain behind each group that was applied.
  using Digests = std::map<std::uint64_t, std::vector<std::uint8_t>>;
  [[nodiscard]] const Digests& digests() const { return digests_; }
  void close() override { closed_ = true; }

 private:
  std::vector<WorkGroup> groups_;
  Digests digests_;
  bool shares_commits_ = false;
  bool closed_ = false;
};

// What an engine has delivered, reported and told.
struct Heard {
  std::vector<std::unique_ptr<CommittedGroup>> groups;
  std::string failure;
  std::vector<std::string> told;
  std::vector<Notice> decisions;  // Those of them that were told as one.
  bool listens_to_decisions = false;
};

inline Committer::Parts parts_of(std::unique_ptr<Ledger> ledger, WorkSource& source,
                                 const FakeTime& time, Heard& heard) {
  return {.ledger = std::move(ledger),
          .source = source,
          .clock = time.sources(),
          .deliver =
              [&heard](std::unique_ptr<CommittedGroup> group) {
                heard.groups.push_back(std::move(group));
              },
          .on_failure = [&heard](const std::string& why) { heard.failure = why; },
          .tell =
              [&heard](const Notice& notice) {
                heard.told.push_back(notice.text);
                if (notice.event == Event::decided) heard.decisions.push_back(notice);
              },
          .tells_decisions = [&heard] { return heard.listens_to_decisions; }};
}

}  // namespace giro::test
