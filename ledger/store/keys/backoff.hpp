// A piece of upkeep that may fail: it is tried again after a second, then after twice as long each
// time, up to five minutes. Thread: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "ledger/store/surroundings.hpp"

namespace giro::store {

class Backoff {
 public:
  explicit Backoff(SteadyClock clock) : clock_(std::move(clock)) {}

  // It may be tried now.
  [[nodiscard]] bool is_due() const { return trouble_.empty() || clock_() >= next_try_at_; }
  // Why it failed last; empty: it didn't.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  // True: that is news.
  bool failed(std::string why) {
    wait_ = trouble_.empty() ? kFirstWait : std::min(wait_ * 2, kLongestWait);
    next_try_at_ = clock_() + wait_;
    const bool is_news = why != trouble_;
    trouble_ = std::move(why);
    return is_news;
  }
  // True: that is news.
  bool succeeded() { return !std::exchange(trouble_, {}).empty(); }

 private:
  static constexpr std::chrono::seconds kFirstWait{1};
  static constexpr std::chrono::seconds kLongestWait{300};

  std::string trouble_;
  std::chrono::seconds wait_ = kFirstWait;
  SteadyClock clock_;
  std::chrono::steady_clock::time_point next_try_at_;
};

}  // namespace giro::store
