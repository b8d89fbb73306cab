// The log that several nodes share, as a model: what etcd promises and no more. Answers take their time and overtake
// each other's, get lost with what they answer done or not, requests arrive late or twice, a node is cut off, its member
// shows an older moment. All of it from a seed, by a clock that the test owns. Thread: the test's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "queue/cluster/log.hpp"

namespace giro::test {

// What the quorum has.
class SharedLog {
 public:
  struct Group {
    cluster::Revision revision = 0;
    std::string sealed;
  };
  struct Stream {
    std::uint64_t end = 0;  // The last group's number.
    std::uint64_t truncated = 0;
    std::map<std::uint64_t, Group> groups;
  };
  // A moment of it.
  struct State {
    cluster::Revision revision = 0;
    std::uint64_t groups = 0;
    std::map<cluster::NodeName, Stream> streams;
  };

  cluster::Appended append(const cluster::NodeName& node, std::uint64_t number,
                           const std::string& sealed);
  void truncate(const cluster::Streams& below);
  [[nodiscard]] const State& state() const { return state_; }
  // Etcd put back from an older copy.
  void restore(State state) { state_ = std::move(state); }

  // Who appended each group, in order, and by which rules it is applied; of a log that was never put back.
  struct Appender {
    cluster::NodeName node;
    std::uint16_t rules = 0;
  };
  std::vector<Appender> appenders;
  std::map<cluster::NodeName, std::string> announcements;
  std::uint64_t bytes_used = 0;  // Of 1,000.

 private:
  State state_;
};

// One node's way to it.
class ModelLog final : public cluster::Log {
 public:
  struct Faults {
    int delay_ms_max = 5;
    int lost_percent = 0;   // Answers; what they answer was done or not.
    int twice_percent = 0;  // An append arrives once more, later.
    int stale_percent =
        0;  // A pull from a member that is behind what it showed before: it started again.
  };

  ModelLog(SharedLog& shared, cluster::NodeName node, std::uint64_t seed)
      : shared_(shared), node_(std::move(node)), random_(seed) {}

  Faults faults;
  bool is_cut_off = false;
  bool tells_places = true;       // In the answers to appends.
  bool is_member_paused = false;  // Nothing is answered; each call ends at its deadline.

  void append(std::uint64_t number, std::string sealed) override;
  void pull(const cluster::Streams& streams, bool latest) override;
  void announce(std::string text) override;
  void truncate(const cluster::Streams& below) override;
  void forget(const cluster::NodeName& node) override;
  [[nodiscard]] std::optional<cluster::LogEvent> next_event(Moment now) override;

  // The node died: what it sent may still arrive.
  void disconnect();
  // Somebody appended.
  void ring();
  [[nodiscard]] std::uint64_t pulls() const { return pulls_; }
  // When something happens here next.
  [[nodiscard]] std::optional<Moment> next_moment() const;
  void set_now(Moment now) { now_ = now; }
  // What it sent arrives, up to now.
  void deliver();

 private:
  struct Later {
    Moment at{};
    std::function<std::optional<cluster::LogEvent>()> happen;
    std::uint64_t life = 0;
  };

  [[nodiscard]] bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  void later(std::function<std::optional<cluster::LogEvent>()> happen);
  [[nodiscard]] cluster::Pulled look(const SharedLog::State& state,
                                     const cluster::Streams& streams);

  SharedLog& shared_;
  const cluster::NodeName node_;
  std::mt19937_64 random_;
  Moment now_{};
  std::uint64_t pulls_ = 0;
  std::uint64_t life_ = 0;
  std::vector<Later> later_;
  std::deque<cluster::LogEvent> events_;
  SharedLog::State lagging_;  // What its member shows.
  SharedLog::State before_;   // And showed before that.
};

}  // namespace giro::test
