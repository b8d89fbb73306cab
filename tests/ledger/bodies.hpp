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
inline HoldBody& hold_of(Entry& entry) {
  return *std::get<std::unique_ptr<HoldBody>>(entry.body);
}
inline const HoldBody& hold_of(const Entry& entry) {
  return *std::get<std::unique_ptr<HoldBody>>(entry.body);
}
inline CaptureBody& capture_of(Entry& entry) {
  return *std::get<std::unique_ptr<CaptureBody>>(entry.body);
}
inline const CaptureBody& capture_of(const Entry& entry) {
  return *std::get<std::unique_ptr<CaptureBody>>(entry.body);
}
inline ReleaseBody& release_of(Entry& entry) {
  return *std::get<std::unique_ptr<ReleaseBody>>(entry.body);
}
inline const ReleaseBody& release_of(const Entry& entry) {
  return *std::get<std::unique_ptr<ReleaseBody>>(entry.body);
}
inline ExpiryBody& expiry_of(Entry& entry) {
  return *std::get<std::unique_ptr<ExpiryBody>>(entry.body);
}
inline const ExpiryBody& expiry_of(const Entry& entry) {
  return *std::get<std::unique_ptr<ExpiryBody>>(entry.body);
}
inline ReversalBody& reversal_of(Entry& entry) {
  return *std::get<std::unique_ptr<ReversalBody>>(entry.body);
}
inline const ReversalBody& reversal_of(const Entry& entry) {
  return *std::get<std::unique_ptr<ReversalBody>>(entry.body);
}
inline ScheduleBody& schedule_of(Entry& entry) {
  return *std::get<std::unique_ptr<ScheduleBody>>(entry.body);
}
inline const ScheduleBody& schedule_of(const Entry& entry) {
  return *std::get<std::unique_ptr<ScheduleBody>>(entry.body);
}
inline CancelBody& cancel_of(Entry& entry) {
  return *std::get<std::unique_ptr<CancelBody>>(entry.body);
}
inline const CancelBody& cancel_of(const Entry& entry) {
  return *std::get<std::unique_ptr<CancelBody>>(entry.body);
}
inline ScheduledBody& scheduled_of(Entry& entry) {
  return *std::get<std::unique_ptr<ScheduledBody>>(entry.body);
}
inline const ScheduledBody& scheduled_of(const Entry& entry) {
  return *std::get<std::unique_ptr<ScheduledBody>>(entry.body);
}
inline AccountChangeBody& change_of(Entry& entry) {
  return *std::get<std::unique_ptr<AccountChangeBody>>(entry.body);
}
inline const AccountChangeBody& change_of(const Entry& entry) {
  return *std::get<std::unique_ptr<AccountChangeBody>>(entry.body);
}
inline BooksBody& books_of(Entry& entry) {
  return *std::get<std::unique_ptr<BooksBody>>(entry.body);
}
inline const BooksBody& books_of(const Entry& entry) {
  return *std::get<std::unique_ptr<BooksBody>>(entry.body);
}

}  // namespace giro::test
