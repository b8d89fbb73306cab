// Who may do what. Rules come from the configuration; a session's Access is worked out once, from
// its peer, and asked for every request.
//
// What always holds: nothing is allowed that no rule allows; a payment is allowed only when ONE rule
// names its method, covers its key and every account that it debits, and allows what it moves in each
// currency, all legs together. Account ids are covered by whole parts: `shop:1` covers `shop:1:eu` and
// never `shop:10`.
// Thread: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "ledger/command/request.hpp"
#include "session/methods.hpp"

namespace giro {

// Who is at the other end of a connection, as the kernel tells it; of one by TCP, as whom the configuration takes it.
struct Peer {
  uid_t uid = 0;
  std::vector<gid_t> groups;  // The primary one and all others.
  bool only_reads = false;    // Whatever the rules say.
};

struct Rule {
  std::vector<uid_t> users;
  std::vector<gid_t> groups;
  MethodSet methods = 0;
  std::vector<std::string> debit;  // The debited account, or one above it; empty: any.
  // The most that a payment may move, in minor units; empty: no limit. Otherwise a currency that isn't
  // here isn't allowed.
  std::vector<std::pair<CurrencyCode, Amount>> max_amount = {};
  std::vector<std::string> keys = {};  // What the payment's key starts with; empty: any.
};
using Rules = std::vector<Rule>;

// Without rules in the configuration: root and the daemon's own user do everything, members of the
// socket's group all but what is for operators alone.
[[nodiscard]] Rules default_rules(uid_t own_user, gid_t socket_group);

class Access {
 public:
  Access() = default;
  Access(std::shared_ptr<const Rules> rules, const Peer& peer);

  [[nodiscard]] bool may(const Method& method) const {
    return (methods_ & set_of(method)) != 0 || method.for_everybody;
  }
  // Nothing: allowed.
  [[nodiscard]] std::optional<Refusal> refusal(const Method& method) const;
  [[nodiscard]] std::optional<Refusal> refusal(const Method& method,
                                               const CheckedPayment& payment) const;
  [[nodiscard]] std::optional<Refusal> refusal(const Method& method,
                                               const CheckedHold& hold) const {
    return refusal(method, hold.payment());
  }
  // What it pays when its time comes, as if it were paid at once.
  [[nodiscard]] std::optional<Refusal> refusal(const Method& method,
                                               const CheckedSchedule& schedule) const {
    return refusal(method, schedule.payment());
  }
  // What names no account and no currency itself: only a rule that limits neither allows it.
  [[nodiscard]] std::optional<Refusal> refusal(const Method& method, const PaymentKey& key) const;

 private:
  template <class Covers>
  [[nodiscard]] bool any_rule(const Method& method, Covers covers_it) const;

  std::shared_ptr<const Rules> rules_;  // Keeps mine_ alive.
  std::vector<const Rule*> mine_;
  MethodSet methods_ = 0;
  MethodSet unlimited_ = 0;  // Methods that a rule without limits allows: most payments end here.
  uid_t uid_ = 0;
  bool only_reads_ = false;
};

}  // namespace giro
