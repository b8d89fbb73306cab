// The methods that the daemon answers, by name. Thread: any; constants.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace giro {

enum class Method : std::uint8_t {
  payments_submit,
  payments_submit_many,
  payments_get,
  payments_list,
  accounts_open,
  accounts_get,
  accounts_list,
  accounts_statement,
  ledger_trial_balance,
  ledger_verify,
  ledger_status,
  server_info,
  events_subscribe,
  events_unsubscribe,
};

// A set of methods, one bit each.
using MethodSet = std::uint32_t;
[[nodiscard]] constexpr MethodSet set_of(Method method) {
  return MethodSet{1} << static_cast<unsigned>(method);
}

[[nodiscard]] std::optional<Method> find_method(std::string_view name);
[[nodiscard]] std::string_view name(Method method);
// In the order of the enumerators.
[[nodiscard]] std::span<const std::string_view> method_names();
// "payments.submit", "payments.*" or "*"; 0: none is meant.
[[nodiscard]] MethodSet methods_matching(std::string_view pattern);
inline constexpr MethodSet kAllMethods = (set_of(Method::events_unsubscribe) << 1) - 1;

}  // namespace giro
