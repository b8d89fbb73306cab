// The body of an entry, of the kind that a test expects: std::bad_variant_access where it is another.
#pragma once

#include <memory>
#include <variant>

#include "ledger/entry/entry.hpp"

namespace giro::test {

inline PaymentBody& payment_of(Entry& entry) {
  return std::get<PaymentBody>(entry.body);
}
inline const PaymentBody& payment_of(const Entry& entry) {
  return std::get<PaymentBody>(entry.body);
}
inline MultiLegBody& legs_of(Entry& entry) {
  return *std::get<std::unique_ptr<MultiLegBody>>(entry.body);
}
inline const MultiLegBody& legs_of(const Entry& entry) {
  return *std::get<std::unique_ptr<MultiLegBody>>(entry.body);
}
inline OpeningBody& opening_of(Entry& entry) {
  return *std::get<std::unique_ptr<OpeningBody>>(entry.body);
}
inline const OpeningBody& opening_of(const Entry& entry) {
  return *std::get<std::unique_ptr<OpeningBody>>(entry.body);
}

}  // namespace giro::test
