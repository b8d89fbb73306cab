#include "queue/cluster/agreement.hpp"

#include <algorithm>
#include <cassert>

namespace giro::cluster {

void Agreement::note_own(const Applied& applied) {
  assert(applied.index > own_.back().index);
  own_.push_back(applied);
  if (own_.size() > kRemembered) own_.pop_front();
  for (auto& [node, peer] : peers_) {
    if (peer.ahead && peer.ahead->index <= applied.index) {
      compare(peer, *peer.ahead);
      peer.ahead.reset();
    }
  }
}

void Agreement::note(const NodeName& node, const Applied& applied) {
  Peer& peer = peers_[node];
  if (applied.index <= own_.back().index) return compare(peer, applied);
  // The first one that can be compared: a later one would put it off for ever.
  if (!peer.ahead) peer.ahead = applied;
}

void Agreement::compare(Peer& peer, const Applied& theirs) {
  if (theirs.index < peer.compared_at) return;
  const auto own = std::ranges::lower_bound(own_, theirs.index, {}, &Applied::index);
  if (own == own_.end() || own->index != theirs.index) return;
  peer.agrees = own->digest == theirs.digest;
  peer.compared_at = theirs.index;
  if (!*peer.agrees && differs_at_ == 0) differs_at_ = theirs.index;
}

Agreement::State Agreement::state(Moment now) {
  if (diverged_) return State::diverged;
  const auto count = [this](bool agrees) {
    return std::ranges::count_if(peers_, [this, agrees](const auto& entry) {
      const Peer& peer = entry.second;
      // From before the difference, agreeing says nothing.
      return peer.agrees == agrees && peer.compared_at >= differs_at_;
    });
  };
  const auto others = count(false);
  const auto own_side = count(true) + 1;
  if (others < own_side) {
    in_doubt_since_.reset();
    return State::agrees;
  }
  if (!in_doubt_since_) in_doubt_since_ = now;
  is_tie_ = others == own_side;
  diverged_ = !is_tie_ || now - *in_doubt_since_ > kDoubtMax;
  return diverged_ ? State::diverged : State::doubt;
}

std::vector<NodeName> Agreement::differing() const {
  std::vector<NodeName> nodes;
  for (const auto& [node, peer] : peers_) {
    if (peer.agrees == false) nodes.push_back(node);
  }
  return nodes;
}

}  // namespace giro::cluster
