// Tells payments that are far from what their account used to pay: a much larger or smaller amount, or many
// more payments within an hour. It decides nothing; it says what it saw and what it compared it with.
//
//   for (const Note& note : detector.observe(event)) post(note);
//   detector.write_changed(into the state file); // with the cursor, or the same events would count twice
//
// What always holds:
//   - A payment is judged before it becomes history. The same events in the same order make the same notes.
//   - An amount is told only beyond 99 of 100 of the last ones, too, so that what an account pays now and then,
//     such as wages among purchases, is told a few times and not for ever.
//   - At most kHistoriesMax histories, and those of one event, are in memory; the rest are in the state file.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/event.hpp"
#include "relay/unusual/history.hpp"

namespace giro::relay {

struct UnusualPolicy {
  double score = 5.0;             // Standard deviations from the median.
  std::size_t payments_min = 30;  // So many must be known before amounts are judged,
  std::size_t hours_min = 24;     // and so many hours before rates are.

  friend bool operator==(const UnusualPolicy&, const UnusualPolicy&) = default;
};

// What is unusual about a payment of an account: `data` of its message, JSON.
struct Note {
  std::string account;
  std::string data;
};

class Detector {
 public:
  static constexpr std::size_t kHistoriesMax = 4'096;

  using Load = std::function<std::optional<std::string>(const std::string& account)>;
  using ScaleOf = std::function<std::optional<int>(const std::string& currency)>;
  Detector(UnusualPolicy policy, Load load, ScaleOf scale_of);

  void set_policy(const UnusualPolicy& policy) { policy_ = policy; }
  [[nodiscard]] std::vector<Note> observe(const Event& event);

  // Many histories wait to be written.
  [[nodiscard]] bool has_much_to_write() const { return changed_ >= kHistoriesMax / 2; }
  void each_changed(const std::function<void(const std::string& account,
                                             const std::string& history)>& write) const;
  // What each_changed() showed is in the file.
  void set_written();

 private:
  struct Known {
    std::string account;
    History history = {};
    bool changed = false;
  };

  [[nodiscard]] Known& known(const std::string& account);
  void forget_the_oldest();

  UnusualPolicy policy_;
  Load load_;
  ScaleOf scale_of_;
  std::list<Known> recent_;  // The last used first.
  std::unordered_map<std::string, std::list<Known>::iterator> by_account_;
  std::size_t changed_ = 0;
};

}  // namespace giro::relay
