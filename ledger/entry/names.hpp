// What an entry, and what was decided by it, is called: in answers, lists, events and views alike. The words
// are in the table of kinds. Pure functions: any thread.
#pragma once

#include <string_view>
#include <vector>

#include "ledger/entry/entry.hpp"

namespace giro {

// The status of all that was decided against.
inline constexpr std::string_view kRejectedStatus = "rejected";

[[nodiscard]] std::string_view type_of(const Entry& entry);
[[nodiscard]] std::string_view status_of(const Entry& entry);
// All that there are, each once, in order.
[[nodiscard]] const std::vector<std::string_view>& all_types();
[[nodiscard]] const std::vector<std::string_view>& all_statuses();

}  // namespace giro
