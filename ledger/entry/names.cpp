#include "ledger/entry/names.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <variant>

namespace giro {
namespace {

// Of a body that has an action, its place.
struct ActionOf {
  std::size_t operator()(const PaymentBody& /*body*/) const { return 0; }
  template <class Body>
  std::size_t operator()(const std::unique_ptr<Body>& body) const {
    if constexpr (requires { body->action; }) return static_cast<std::size_t>(body->action);
    return 0;
  }
};

}  // namespace

std::string_view type_of(const Entry& entry) {
  return types_of(facts_of(entry.kind()))[std::visit(ActionOf{}, entry.body)];
}

std::string_view status_of(const Entry& entry) {
  return entry.applied() ? facts_of(entry.kind()).status : kRejectedStatus;
}

const std::vector<std::string_view>& all_types() {
  static const std::vector<std::string_view> kAll = [] {
    std::set<std::string_view> all;
    for (const KindFacts& facts : kKinds) {
      all.insert(types_of(facts).begin(), types_of(facts).end());
    }
    return std::vector(all.begin(), all.end());
  }();
  return kAll;
}

const std::vector<std::string_view>& all_statuses() {
  static const std::vector<std::string_view> kAll = [] {
    std::set<std::string_view> all{kRejectedStatus};
    for (const KindFacts& facts : kKinds) all.insert(facts.status);
    return std::vector(all.begin(), all.end());
  }();
  return kAll;
}

}  // namespace giro
