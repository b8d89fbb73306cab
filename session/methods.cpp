#include "session/methods.hpp"

#include <array>

namespace giro {
namespace {

constexpr std::array<std::string_view, 14> kNames{
    "payments.submit",      "payments.submit_many", "payments.get",  "payments.list",
    "accounts.open",        "accounts.get",         "accounts.list", "accounts.statement",
    "ledger.trial_balance", "ledger.verify",        "ledger.status", "server.info",
    "events.subscribe",     "events.unsubscribe"};
static_assert(kNames.size() == static_cast<std::size_t>(Method::events_unsubscribe) + 1);

}  // namespace

std::optional<Method> find_method(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

std::string_view name(Method method) {
  return kNames[static_cast<std::size_t>(method)];
}

std::span<const std::string_view> method_names() {
  return kNames;
}

MethodSet methods_matching(std::string_view pattern) {
  if (pattern == "*") return kAllMethods;
  if (!pattern.ends_with(".*")) {
    const auto method = find_method(pattern);
    return method ? set_of(*method) : 0;
  }
  pattern.remove_suffix(1);
  MethodSet matching = 0;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].starts_with(pattern)) matching |= set_of(static_cast<Method>(i));
  }
  return matching;
}

}  // namespace giro
