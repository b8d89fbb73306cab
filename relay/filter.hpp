// Which decisions an endpoint gets. Pure: any thread.
#pragma once

#include <string>
#include <vector>

#include "relay/event.hpp"

namespace giro::relay {

// All that is given must be true.
struct Filter {
  std::vector<std::string> accounts = {};  // One of them is named, by whole parts; empty: any.
  std::vector<std::string> kinds = {};     // Empty: any.
  std::vector<std::string> statuses = {};  // Empty: any.
  bool only_alerts = false;  // Only what crossed one of these lines, and notes of what is unusual.
  bool below = false;
  bool above = false;
  bool unusual = false;

  friend bool operator==(const Filter&, const Filter&) = default;
};

// The decision itself.
[[nodiscard]] bool passes(const Filter& filter, const Event& event);
// A note about a payment of this account.
[[nodiscard]] bool note_passes(const Filter& filter, const std::string& account);

}  // namespace giro::relay
