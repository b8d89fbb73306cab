// Whether this node's ledger is the others': every node says how far it is and with which digest, in its groups and
// its announcements, and equal digests prove equal ledgers.
//
// What always holds: where most of those who can be compared have another digest than this node, or as many as have
// its own and that for kDoubtMax, this ledger has diverged, for good. Where fewer have, they are named, and it is they who
// stop. Nobody is compared at a group that this node forgot (kRemembered of them are kept).
// Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/cluster/envelope.hpp"
#include "queue/cluster/streams.hpp"

namespace giro::cluster {

class Agreement {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kRemembered = 8'192;
  static constexpr std::chrono::seconds kDoubtMax{5};

  // `start`: how far the ledger is now.
  explicit Agreement(const Applied& start) { own_.push_back(start); }

  // This node applied a group. REQUIRES: their indexes rise.
  void note_own(const Applied& applied);
  void note(const NodeName& node, const Applied& applied);

  enum class State : std::uint8_t {
    agrees,
    doubt,     // Somebody differs, and it isn't clear who is right.
    diverged,  // This ledger isn't the others'.
  };
  [[nodiscard]] State state(Moment now);
  // Of one that diverged: as many have its digest as have another.
  [[nodiscard]] bool is_tie() const { return is_tie_; }
  // The nodes whose ledger isn't this one, at their last comparison.
  [[nodiscard]] std::vector<NodeName> differing() const;
  // The group at which the first difference was seen; 0: none.
  [[nodiscard]] std::uint64_t differs_at() const { return differs_at_; }

 private:
  struct Peer {
    std::optional<Applied> ahead;  // Not reached by this node yet.
    std::optional<bool> agrees;    // At the last comparison.
    std::uint64_t compared_at = 0;
  };

  void compare(Peer& peer, const Applied& theirs);

  std::deque<Applied> own_;
  std::map<NodeName, Peer> peers_;
  std::uint64_t differs_at_ = 0;
  std::optional<Moment> in_doubt_since_;
  bool diverged_ = false;
  bool is_tie_ = false;
};

}  // namespace giro::cluster
