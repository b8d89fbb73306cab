#include "relay/filter.hpp"

#include <algorithm>

#include "ledger/command/request.hpp"

namespace giro::relay {
namespace {

bool is_one_of(const std::string& word, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::ranges::find(wanted, word) != wanted.end();
}

bool is_covered(const Filter& filter, const std::string& account) {
  return std::ranges::any_of(
      filter.accounts, [&account](const std::string& prefix) { return is_under(account, prefix); });
}

}  // namespace

bool passes(const Filter& filter, const Event& event) {
  if (!is_one_of(event.kind, filter.kinds) || !is_one_of(event.status, filter.statuses)) {
    return false;
  }
  if (filter.only_alerts && !(filter.below && event.crossed_below) &&
      !(filter.above && event.crossed_above)) {
    return false;
  }
  return filter.accounts.empty() ||
         std::ranges::any_of(event.accounts, [&filter](const std::string& account) {
           return is_covered(filter, account);
         });
}

bool note_passes(const Filter& filter, const std::string& account) {
  return filter.unusual && (filter.accounts.empty() || is_covered(filter, account));
}

}  // namespace giro::relay
