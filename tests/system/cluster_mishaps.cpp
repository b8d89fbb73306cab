#include "tests/system/cluster_mishaps.hpp"

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

using etcd::test::Way;
using namespace std::chrono_literals;

constexpr Way kHeld{.state = Way::State::held};
constexpr Way kLost{.state = Way::State::lost};

template <class... Mends>
std::function<void()> all(Mends... mends) {
  return [... mends = std::move(mends)] { (mends(), ...); };
}

const std::function<void()> kNothing = [] {};

}  // namespace

ClusterMishaps::ClusterMishaps(ClusterNodes& nodes, const ClusterDisk& disk, std::size_t on_disk,
                               std::uint64_t seed)
    : nodes_(nodes), disk_(disk), on_disk_(on_disk), random_(seed) {}

const std::vector<ClusterMishaps::Kind>& ClusterMishaps::kinds() {
  using M = ClusterMishaps;
  static const std::vector<Kind> all{
      {.name = "a daemon was killed", .begin = &M::node_killed},
      {.name = "a daemon stood still", .begin = &M::node_paused},
      {.name = "a daemon was stopped", .begin = &M::node_stopped},
      {.name = "a member was killed", .begin = &M::member_killed},
      {.name = "a member stood still", .begin = &M::member_paused},
      {.name = "a member was stopped", .begin = &M::member_stopped},
      {.name = "two daemons were killed", .begin = &M::two_nodes_killed},
      {.name = "two members were killed", .begin = &M::two_members_killed},
      {.name = "everything was killed", .begin = &M::everything_killed},
      {.name = "a machine died", .begin = &M::machine_died},
      {.name = "a machine was cut off", .begin = &M::machine_cut_off},
      {.name = "two machines were cut off", .begin = &M::two_machines_cut_off},
      {.name = "a pair was cut", .begin = &M::pair_cut},
      {.name = "all that one says was lost", .begin = &M::all_it_says_is_lost},
      {.name = "all that one hears was lost", .begin = &M::all_it_hears_is_lost},
      {.name = "links were slow", .begin = &M::links_slow},
      {.name = "links were thin", .begin = &M::links_thin},
      {.name = "a member's disk was full", .begin = &M::disk_full},
      {.name = "a ledger was put back to an older copy", .begin = &M::older_ledger, .alone = true},
  };
  return all;
}

void ClusterMishaps::one() {
  const std::uint64_t long_pause_max = is_long_run() ? 4'000 : 1'500;
  const auto pause = 20ms + draw_ms(draw(6) == 0 ? long_pause_max : 500);
  const Kind& first = next_kind();
  std::vector<Mend> mends;
  mends.push_back(begin(first));
  if (draw(3) == 0) {
    const Kind& second = kinds()[draw(kinds().size())];
    if (!first.alone && !second.alone) mends.push_back(begin(second));
  }
  std::this_thread::sleep_for(pause);
  for (const Mend& mend : mends) mend();
  // The next one hits a cluster that is well most often, and sometimes one that isn't yet.
  if (draw(3) != 0) await_service();
  std::this_thread::sleep_for(draw_ms(is_long_run() ? 400 : 100));
  look_at_members();
  broken_.clear();
  ++count_;
}

void ClusterMishaps::await_service() {
  const auto deadline = client::Clock::now() + 5s;
  std::size_t i = 0;
  while (!nodes_.has_ended(i) && nodes_.state_of(i) != "serving" &&
         client::Clock::now() < deadline) {
    i = after(i);
    std::this_thread::sleep_for(10ms);
  }
}

// None ends by itself but for want of room, and then it may do so late.
void ClusterMishaps::look_at_members() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_.etcd().has_ended(i)) continue;
    EXPECT_TRUE(disk_was_full_ && i == on_disk_) << nodes_.etcd().log(i);
    ++counts_["a member ended for want of room"];
    nodes_.etcd().kill(i);
    nodes_.etcd().start(i);
  }
  disk_was_full_ = false;
}

std::chrono::milliseconds ClusterMishaps::draw_ms(std::uint64_t below) {
  return std::chrono::milliseconds(draw(below));
}

const ClusterMishaps::Kind& ClusterMishaps::next_kind() {
  if (to_come_.empty()) {
    for (const Kind& kind : kinds()) to_come_.push_back(&kind);
    std::ranges::shuffle(to_come_, random_);
  }
  const Kind* next = to_come_.back();
  to_come_.pop_back();
  return *next;
}

ClusterMishaps::Mend ClusterMishaps::begin(const Kind& kind) {
  const std::size_t i = draw(nodes_.size());
  if (kind.begin == &ClusterMishaps::disk_full && !disk_.is_there()) return kNothing;
  ++counts_[last_ = kind.name];
  return (this->*kind.begin)(i);
}

// --- processes ---

ClusterMishaps::Mend ClusterMishaps::node_killed(std::size_t i) {
  if (!broken_.insert(i).second) return kNothing;
  nodes_[i].kill_now();
  return [this, i] { nodes_.start(i); };
}

ClusterMishaps::Mend ClusterMishaps::node_paused(std::size_t i) {
  if (!broken_.insert(i).second) return kNothing;
  nodes_[i].signal(SIGSTOP);
  return [this, i] { nodes_[i].signal(SIGCONT); };
}

ClusterMishaps::Mend ClusterMishaps::node_stopped(std::size_t i) {
  if (!broken_.insert(i).second) return kNothing;
  EXPECT_EQ(nodes_[i].stop(), 0) << nodes_[i].log();
  return [this, i] { nodes_.start(i); };
}

ClusterMishaps::Mend ClusterMishaps::member_killed(std::size_t i) {
  if (!broken_.insert(nodes_.size() + i).second) return kNothing;
  nodes_.etcd().kill(i);
  return [this, i] { nodes_.etcd().start(i); };
}

ClusterMishaps::Mend ClusterMishaps::member_paused(std::size_t i) {
  if (!broken_.insert(nodes_.size() + i).second) return kNothing;
  nodes_.etcd().pause(i);
  return [this, i] { nodes_.etcd().resume(i); };
}

ClusterMishaps::Mend ClusterMishaps::member_stopped(std::size_t i) {
  if (!broken_.insert(nodes_.size() + i).second) return kNothing;
  nodes_.etcd().stop(i);
  return [this, i] { nodes_.etcd().start(i); };
}

ClusterMishaps::Mend ClusterMishaps::two_nodes_killed(std::size_t i) {
  return all(node_killed(i), node_killed(after(i)));
}

ClusterMishaps::Mend ClusterMishaps::two_members_killed(std::size_t i) {
  return all(member_killed(i), member_killed(after(i)));
}

ClusterMishaps::Mend ClusterMishaps::everything_killed(std::size_t /*i*/) {
  Mend mend = kNothing;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    mend = all(std::move(mend), member_killed(n), node_killed(n));
  }
  return mend;
}

// Of what it sent nothing arrives any more; it goes on for a moment all the same.
ClusterMishaps::Mend ClusterMishaps::machine_died(std::size_t i) {
  if (broken_.contains(i) || broken_.contains(nodes_.size() + i)) return kNothing;
  nodes_.etcd().links().set_all_of(i, kLost);
  std::this_thread::sleep_for(draw_ms(50));
  const Mend links = mend_links();
  return all(links, member_killed(i), node_killed(i));
}

// --- the network ---

ClusterMishaps::Mend ClusterMishaps::mend_links() {
  return [this] { nodes_.etcd().links().heal(); };
}

ClusterMishaps::Mend ClusterMishaps::machine_cut_off(std::size_t i) {
  nodes_.etcd().links().set_all_of(i, kHeld);
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::two_machines_cut_off(std::size_t i) {
  nodes_.etcd().links().set_all_of(i, kHeld);
  nodes_.etcd().links().set_all_of(after(i), kHeld);
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::pair_cut(std::size_t i) {
  nodes_.etcd().links().set(i, after(i), kLost);
  nodes_.etcd().links().set(after(i), i, kLost);
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::all_it_says_is_lost(std::size_t i) {
  for (const std::size_t other : {after(i), after(i, 2)}) {
    nodes_.etcd().links().set(i, other, kLost);
  }
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::all_it_hears_is_lost(std::size_t i) {
  for (const std::size_t other : {after(i), after(i, 2)}) {
    nodes_.etcd().links().set(other, i, kLost);
  }
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::links_slow(std::size_t i) {
  nodes_.etcd().links().set_all_of(i, {.delay = 5ms + draw_ms(200)});
  return mend_links();
}

ClusterMishaps::Mend ClusterMishaps::links_thin(std::size_t i) {
  nodes_.etcd().links().set_all_of(i, {.bytes_a_second = 10'000 + draw(500'000)});
  return mend_links();
}

// --- disks ---

// The member ends by itself as soon as it needs room, or goes on without needing any.
ClusterMishaps::Mend ClusterMishaps::disk_full(std::size_t /*i*/) {
  if (!broken_.insert(nodes_.size() + on_disk_).second) return kNothing;
  while (!disk_.fill()) {
  }
  disk_was_full_ = true;
  return [this] { EXPECT_TRUE(disk_.make_room()); };
}

// It goes on where the copy ends, or says that the log doesn't reach back so far, and is made anew.
ClusterMishaps::Mend ClusterMishaps::older_ledger(std::size_t i) {
  const std::filesystem::path copy = nodes_.data(i).parent_path() / "copy";
  nodes_[i].kill_now();
  copy_folder(nodes_.data(i), copy);
  nodes_.start(i);
  return [this, i, copy] {
    nodes_[i].kill_now();
    copy_folder(copy, nodes_.data(i));
    if (nodes_.start_if_log_reaches_back(i)) return;
    ++counts_["a ledger was made anew"];
    nodes_.join_anew(i, after(i));
  };
}

}  // namespace giro::test
