// One decision, with all that is needed to say why it was made: its entry, the accounts as it saw them, and the
// entry before it that it goes on with.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/explain/account_then.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct Decision {
  boost::json::object entry;  // As payments.get has it.
  std::int64_t seq = 0;
  std::string type;
  std::string
      code;  // Why it was rejected: of a payment of several legs, the failed leg's. Empty: it wasn't.
  // What it was to move, or to hold: from, to, amount, currency. Empty: it is about something else.
  boost::json::object leg;
  std::vector<AccountThen> accounts;  // The paying one first; at most kAccountsMax.
  std::vector<boost::json::object>
      after;  // What each of them had after it; empty where that isn't told.
  // The hold, the original, the schedule that it names, as it is today. Empty: it names none, or nothing is there.
  boost::json::object earlier;

  [[nodiscard]] bool rejected() const { return !code.empty(); }
  // Null: it has none, or nothing is known of it.
  [[nodiscard]] const AccountThen* in_role(std::string_view role) const;
  [[nodiscard]] std::optional<Int128> asked() const;  // The amount of `leg`.
  // What it saw is without what members of its group before it did, which it counted in.
  [[nodiscard]] bool sees_less_than_its_group() const;
  // In the currency of its accounts; in minor units where that isn't known.
  [[nodiscard]] std::string money(Int128 minor_units) const;
};

inline constexpr std::size_t kAccountsMax = 8;

// REQUIRES: `entry` is one of the journal.
[[nodiscard]] Result<Decision> ask_decision(Session& session, boost::json::object entry);

// "#18 (key room-7-end, 2026-11-23T09:00:00.000000018Z)"
[[nodiscard]] std::string named(const boost::json::object& entry);

}  // namespace giro::cli
