// The most frequent names of a stream, in memory that doesn't grow with it: Space-Saving (Metwally, Agrawal,
// El Abbadi: "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005). There are k
// counters. A name without one takes the smallest, with its count.
//
// What always holds: of n names that were added, one that came more than n/k times has a counter, and a
// count is too high by at most its `error`, never too low. Thread: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace giro::cli {

class SpaceSaving {
 public:
  struct Count {
    std::string name;
    std::uint64_t count = 0;
    std::uint64_t error = 0;
  };

  // REQUIRES: at least one counter.
  explicit SpaceSaving(std::size_t counters) : counters_(counters) {}

  void add(std::string_view name);
  [[nodiscard]] std::vector<Count> counts() const;

 private:
  struct Tally {
    std::uint64_t count = 0;
    std::uint64_t error = 0;
  };

  std::size_t counters_;
  std::map<std::string, Tally, std::less<>> tallies_;
  // The names of `tallies_` by their counts, the smallest first.
  std::set<std::pair<std::uint64_t, std::string_view>> by_count_;
};

}  // namespace giro::cli
