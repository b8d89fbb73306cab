// What a node sees of the others over time: who said something, and when; who gets no further. By this node's own steady clock:
// what the others' clocks show says nothing of when they were there.
//
// What always holds: while this node itself heard nothing, nobody is taken for silent.
// Thread: one at a time. No I/O.
#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "queue/cluster/announcement.hpp"
#include "queue/cluster/log.hpp"

namespace giro::cluster {

class Presence {
 public:
  using Moment = Log::Moment;

  // They say something every second.
  static constexpr std::chrono::seconds kBlindAfter{5};
  // A node that said nothing for so long is away; one whose ledger's file got no further, stuck.
  static constexpr std::chrono::seconds kAwayAfter{60};
  // Who is there has said something twice by then.
  static constexpr std::chrono::milliseconds kAllHeardAfter{2'500};

  // What all said last; `self` is this node's own.
  void note(const NodeName& self, const Announcements& all, Moment now);

  // Every node that is there said something since the first look: what was there then may be of any age.
  [[nodiscard]] bool has_heard_all(Moment now) const;
  [[nodiscard]] bool is_away(const NodeName& node, Moment now) const;
  // It lacks what this node has, and doesn't get it.
  [[nodiscard]] bool is_stuck(const NodeName& node, Moment now) const;

  // When it was last seen to say something, or first seen.
  using Seen = std::map<NodeName, Moment>;
  [[nodiscard]] Seen seen() const;

 private:
  struct Node {
    Timestamp clock;  // Of its last announcement.
    Streams durable;
    Moment said_at{};   // When that was new.
    Moment moved_at{};  // When its file got further, or lacked nothing.
    bool is_heard = false;
  };

  std::map<NodeName, Node> nodes_;
  std::optional<Moment> first_;
  Moment last_{};
};

}  // namespace giro::cluster
