// Keeps one node's ledger in step with a log that several nodes share: appends what this node's clients ask for, one
// group at a time, and gives every group of the log, in the one order, to be applied here. No leader: each node appends
// to its own stream, and what the log made of the order is the order (docs/CLUSTER.md).
//
// What always holds:
//   - a group is given to be applied only once the log has it, each exactly once, in order, this node's own like any other;
//   - a group whose append has no answer is sent again as it is, until what became of it is known; only then the next
//     one is made. It is refused only if nothing of it ever left;
//   - nothing is appended while the log can't be reached, this node isn't up with it, or its clock is off: what waits then is
//     refused with the reason, and nothing of it was decided;
//   - the log is kept for a node that says nothing, or whose ledger's file gets no further, until it has a quarter of what it
//     takes; then nobody waits for that node any more;
//   - nothing is appended before this node's clock was held against those of all who are there;
//   - a node whose ledger isn't the others', or isn't the log's, halts for good, and so does one that doesn't know the rules of a
//     group: it gives nothing any more.
//
// Thread: one at a time; in the daemon the log thread. It does no I/O of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/cluster/agreement.hpp"
#include "queue/cluster/announcement.hpp"
#include "queue/cluster/log.hpp"
#include "queue/cluster/order.hpp"
#include "queue/cluster/presence.hpp"

namespace giro::cluster {

// A group at its place in the order.
struct OrderedGroup {
  std::uint64_t index = 0;
  NodeName node;        // Who appended it.
  bool is_own = false;  // It is what make() gave last, or one before.
  std::uint64_t number = 0;
  std::uint16_t rules = 0;  // The version of those by which it is to be applied.
  Timestamp now;
  std::string commands;  // As make() gave them there.
  Streams streams;       // How far the ledger is behind it.
};

// The ledger's side: where groups come from and go to.
class LedgerSide {
 public:
  enum class Made : std::uint8_t { nothing, group, ended };
  // Makes a group of what waits, its commands as bytes; what changes nothing goes with it, and by itself where
  // nothing else waits. `ended`: nothing waits, and nothing will.
  [[nodiscard]] virtual Made make(std::string& commands, Log::Moment now) = 0;
  // When make() may say otherwise, though nothing came; nothing: not before.
  [[nodiscard]] virtual std::optional<Log::Moment> waits_until() const { return std::nullopt; }
  // What became of the group made last. It has this number in this node's stream; or it wasn't and won't be decided, for
  // this reason.
  virtual void appended(std::uint64_t number) = 0;
  virtual void refuse_made(std::string_view why) = 0;
  // Nobody knows for now what becomes of the groups that were made and aren't given; what is decided will be given.
  virtual void give_up_own() = 0;
  // Answers what waits, without the log: what would change the ledger is refused, for this reason. True: nothing
  // will wait any more.
  virtual bool answer_without(std::string_view why) = 0;

  // False: what was given must be applied first.
  [[nodiscard]] virtual bool has_room() const = 0;
  virtual void give(OrderedGroup&& group) = 0;
  // What was given and isn't applied yet must not be: this ledger isn't the others'. Nobody here knows its outcome.
  virtual void drop_given() = 0;

  struct Progress {
    std::vector<Applied> applied;  // Since the last call.
    Streams durable;               // As the ledger's file has it.
    bool stands_still = false;     // It can't be written for now.
  };
  [[nodiscard]] virtual Progress take_progress() = 0;

 protected:
  ~LedgerSide() = default;
};

enum class Halt : std::uint8_t {
  diverged,  // This ledger isn't the others': for good.
  log,       // The log and the ledger don't fit, or it has something that can't be read here.
  rules,     // Of a newer release.
};

struct ReplicatorSettings {
  NodeName node;
  LedgerId ledger{};
  std::uint64_t incarnation = 0;  // Random: of this process.
  std::uint16_t rules = 1;        // The newest that it knows.
  std::string version;            // Of girod, for the other nodes' operators.
  std::uint64_t base = 0;         // The index that the log begins behind.
  Applied start;                  // How far the ledger is.
  Streams streams;                // The same.
};

class Replicator {
 public:
  using Moment = Log::Moment;

  // Without an answer of a quorum's for so long it is isolated; then what waits is refused.
  static constexpr std::chrono::milliseconds kIsolatedAfter{1'000};
  // After so long who waits for an outcome is told that it isn't known.
  static constexpr std::chrono::seconds kUnknownAfter{10};
  static constexpr std::chrono::milliseconds kAnnounceEvery{1'000};
  static constexpr std::chrono::milliseconds kAnnounceSoon{100};  // Until all were heard.
  static constexpr std::chrono::milliseconds kPullEvery{1'000};   // If nothing rang.
  static constexpr std::chrono::milliseconds kAgainAfter{50};     // After a failure.
  static constexpr std::chrono::milliseconds kLastWords{1'000};   // Of one that halts.
  // What rings while an append's answer is awaited is most often that group, of which the answer tells more.
  static constexpr std::chrono::milliseconds kOwnRings{2};
  // Of the log, for one that is away or stuck: of a quarter of what etcd takes, or where it doesn't tell.
  static constexpr std::uint64_t kKeptForAbsent = std::uint64_t{512} << 20;

  enum class State : std::uint8_t {
    starting,
    catching_up,
    serving,
    isolated,
    clock_off,
    read_only,  // Its ledger can't be written.
    halted
  };

  using TellHalt = std::function<void(Halt kind, const std::string& why)>;

  struct Figures {
    State state = State::starting;
    std::uint64_t groups = 0;  // In the log, when it was last looked at.
    std::uint64_t given = 0;   // Of them.
    Moment heard_at{};         // From a quorum, last.
    std::optional<Moment>
        fresh_at;  // The ledger has all that a quorum had then; nothing: not known yet.
    std::chrono::nanoseconds clock_offset{};
    std::uint64_t log_bytes = 0;
    std::uint64_t log_bytes_max = 0;
    Announcements nodes;
    Presence::Seen seen;  // The other ones.
    std::vector<NodeName> differing;
    std::string trouble;  // Why it isn't serving; empty: it is.
  };

  // `clock`: for the groups' times. `tell_halt`: called once.
  Replicator(ReplicatorSettings settings, Log& log, LedgerSide& ledger,
             std::function<Timestamp()> clock, TellHalt tell_halt);

  struct Next {
    bool ended = false;  // Nothing waits for this node's groups any more, or it halted.
    Moment at{};         // When to call again, if nothing comes before.
  };
  Next step(Moment now);

  [[nodiscard]] const Figures& figures() const { return figures_; }
  // An empty group, so that time enters the ledger: something is due.
  void want_tick() { tick_wanted_ = true; }

 private:
  // The group that was made and isn't known to be in the log.
  struct Outgoing {
    std::string commands;
    std::uint64_t number = 0;
    std::string sealed = {};
    Timestamp now = {};
    Moment since{};
    bool has_place = false;  // Its number is its own, as far as is known.
    bool in_flight = false;
    bool may_be_there = false;  // Some bytes of it left.
    bool given_up = false;      // Who waited was told.
    Moment again_at{};
  };

  void take_events(Moment now);
  void take(const Rang& rang, Moment now);
  void take(const Appended& appended, Moment now);
  void take(Pulled&& pulled, Moment now);
  void take(const Census& census, Moment now);
  void give_in_order(InOrder&& order);
  void give(const Record& record);
  void look_at_own(Moment now);
  [[nodiscard]] std::string words_on_divergence() const;
  void settle_freshness();
  void pull(Moment now);
  void append(Moment now);
  void append_made(Moment now);
  void seal_outgoing();
  void outgoing_is_there();
  void give_own_next(const Record& own, const Appended& appended, Moment now);
  void give_up_slowly(Moment now);
  [[nodiscard]] Moment next_step(Moment now) const;
  void announce(Moment now);
  void put_announcement(Moment now);
  void tell_last(Moment now);
  [[nodiscard]] bool is_telling(Moment now);
  [[nodiscard]] std::optional<std::string> ahead_of_log(const Census& census) const;
  void read_announcements(const Census& census);
  void look_for_twin(const Announcement& own_before);
  void truncate(const Census& census, Moment now);
  void settle_state(Moment now);
  void heard(Moment now);
  void halt(Halt kind, std::string why);
  [[nodiscard]] bool may_append() const { return figures_.state == State::serving; }
  [[nodiscard]] std::uint16_t rules_to_use() const;

  const ReplicatorSettings settings_;
  Log& log_;
  LedgerSide& ledger_;
  const std::function<Timestamp()> clock_;
  const TellHalt tell_halt_;

  Agreement agreement_;
  ClockGuard clock_guard_;
  Presence presence_;
  Figures figures_;
  Streams given_;    // Every group up to these was given.
  Streams durable_;  // Of the ledger's file.
  Applied applied_;
  std::uint64_t own_end_ = 0;    // The number of the last group of this node's stream.
  std::uint64_t own_given_ = 0;  // And of the last of them that was given.
  Moment own_given_at_{};  // When that was seen, or nothing was awaited, or who waited was told.
  std::uint16_t rules_seen_ = 0;

  bool pulling_ = false;
  bool pull_latest_ = true;  // The next one: as a quorum has it.
  bool pull_now_ = true;
  Moment pull_at_{};
  Revision seen_ = 0;  // All groups up to there were given.
  Revision rang_ = 0;  // Up to there something was appended.
  bool caught_up_ = false;
  bool fits_ = false;  // The log, as a quorum has it, goes on where this ledger ends.
  bool announcing_ = false;
  Moment tells_until_{};    // Of one that halts.
  Announcement announced_;  // What this node said last.
  bool has_served_ = false;
  bool are_all_heard_ = false;  // Once.
  bool are_all_read_ = false;   // What the others say.
  // Whose was this node's announcement when they were first looked at; 0: nobody's. Nothing: they weren't.
  std::optional<std::uint64_t> run_before_;
  int seen_alive_ = 0;  // How often that one has spoken since.
  Moment asked_at_{};   // The census that is awaited.
  struct Sighting {
    std::uint64_t index = 0;  // Of the log's last group
    Moment at{};              // then.
  };
  std::deque<Sighting> sightings_;  // That the ledger isn't up with.
  Moment announce_at_{};
  std::optional<Outgoing> outgoing_;
  bool appending_ =
      false;              // An append's answer is awaited, maybe that of one that is there already.
  bool cut_off_ = false;  // Until a quorum answers.
  std::string last_failure_;
  bool tick_wanted_ = false;
  bool stands_still_ = false;
  bool ended_ = false;
};

[[nodiscard]] std::string_view name(Replicator::State state);

}  // namespace giro::cluster
