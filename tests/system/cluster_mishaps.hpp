// What goes wrong in a cluster, one thing after the other and sometimes two at once, and is put right again: all of it from
// a seed. Thread: the test's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/system/cluster_disk.hpp"
#include "tests/system/cluster_nodes.hpp"

namespace giro::test {

class ClusterMishaps {
 public:
  // `disk`: of member `on_disk`; where it isn't there, no disk gets full. REQUIRES: the members are linked.
  ClusterMishaps(ClusterNodes& nodes, const ClusterDisk& disk, std::size_t on_disk,
                 std::uint64_t seed);

  // Each kind comes once before any comes again.
  void one();
  [[nodiscard]] bool had_all_kinds() const { return count_ > 0 && to_come_.empty(); }

  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] const std::map<std::string, int>& counts() const { return counts_; }
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  using Mend = std::function<void()>;
  struct Kind {
    const char* name;
    Mend (ClusterMishaps::*begin)(std::size_t i);
    bool alone = false;  // Nothing else goes wrong meanwhile.
  };
  static const std::vector<Kind>& kinds();

  [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] std::chrono::milliseconds draw_ms(std::uint64_t below);
  [[nodiscard]] std::size_t after(std::size_t i, std::size_t steps = 1) const {
    return (i + steps) % nodes_.size();
  }
  [[nodiscard]] const Kind& next_kind();
  [[nodiscard]] Mend begin(const Kind& kind);
  void await_service();  // At any node; some seconds at most.
  void look_at_members();

  // Of processes. Whoever is broken already stays as he is.
  Mend node_killed(std::size_t i);
  Mend node_paused(std::size_t i);
  Mend node_stopped(std::size_t i);
  Mend member_killed(std::size_t i);
  Mend member_paused(std::size_t i);
  Mend member_stopped(std::size_t i);
  Mend two_nodes_killed(std::size_t i);
  Mend two_members_killed(std::size_t i);
  Mend everything_killed(std::size_t i);
  Mend machine_died(std::size_t i);
  // Of the network between members.
  Mend machine_cut_off(std::size_t i);
  Mend two_machines_cut_off(std::size_t i);
  Mend pair_cut(std::size_t i);
  Mend all_it_says_is_lost(std::size_t i);
  Mend all_it_hears_is_lost(std::size_t i);
  Mend links_slow(std::size_t i);
  Mend links_thin(std::size_t i);
  Mend mend_links();
  // Of disks.
  Mend disk_full(std::size_t i);
  Mend older_ledger(std::size_t i);

  ClusterNodes& nodes_;
  const ClusterDisk& disk_;
  const std::size_t on_disk_;
  std::mt19937_64 random_;
  std::vector<const Kind*> to_come_;
  std::set<std::size_t> broken_;  // Nodes, and members behind them.
  bool disk_was_full_ = false;
  int count_ = 0;
  std::map<std::string, int> counts_;
  std::string last_;
};

}  // namespace giro::test
