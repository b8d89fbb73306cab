// Accounts that are watched: what they may pay within some time, and at which balances to tell. Most aren't, and
// cost nothing: an account's limits say whether there is more to look at. Thread: the state's.
#pragma once

#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ledger/entry/posting.hpp"
#include "ledger/state/velocity.hpp"

namespace giro {

struct Watch {
  std::vector<Velocity> velocities;
  AlertLines alerts;
  Seq counted =
      0;  // The latest entry that counts as a payment out; one of several legs counts once.

  [[nodiscard]] bool empty() const { return velocities.empty() && alerts.empty(); }
  // As they are once other limits are in force at that time.
  [[nodiscard]] std::vector<Velocity> velocities_under(const std::vector<VelocityLimit>& limits,
                                                       Timestamp at) const;
};

class Watches {
 public:
  [[nodiscard]] const Watch* find(AccountNumber number) const {
    const auto found = watches_.find(number);
    return found == watches_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] auto begin() const { return watches_.begin(); }
  [[nodiscard]] auto end() const { return watches_.end(); }

  // Nothing to watch: it is watched no more.
  void set(AccountNumber number, Watch watch);
  // One more payment, by the entry with this seq. REQUIRES, here and below: it is watched.
  void pay(AccountNumber number, Amount amount, Timestamp at, Seq seq);
  // Less was paid at that time than it seemed: a hold was let go of.
  void let_go(AccountNumber number, const Outflow& outflow, Timestamp at, Seq seq);

  // From here on what is done can be taken back, last one first: see State::Trial.
  void begin_log() { keeps_log_ = true; }
  void end_log(Timestamp at);
  [[nodiscard]] std::size_t log_size() const { return log_.size(); }
  void undo_to(std::size_t log_size);

 private:
  struct Paid {
    Outflow outflow;
    Timestamp at;
    Seq counted_before = 0;
  };
  struct Done {
    AccountNumber number = 0;
    std::variant<Paid, Watch> before;  // What was paid; or the whole of it, where it was set.
  };
  void put(AccountNumber number, Watch watch);
  // `counted`: by which entry it counts as a payment; see Watch.
  void add(AccountNumber number, Watch& watch, const Outflow& outflow, Timestamp at, Seq seq,
           Seq counted);

  std::unordered_map<AccountNumber, Watch> watches_;
  std::vector<Done> log_;
  bool keeps_log_ = false;
};

}  // namespace giro
