// One request that changes the ledger, of any kind, as plain values: what the second model decides by, and
// what a Command is made of. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/command/command.hpp"

namespace giro::test {

enum class Method : std::uint8_t {
  open,
  pay,
  hold,
  capture,
  release,
  reverse,
  update,
  close,
  reopen,
  schedule,
  cancel,
  close_books,
  open_books,
};
inline constexpr std::size_t kMethods = 13;

struct OperationLeg {
  std::string from;
  std::string to;
  Amount amount = 0;
  std::string currency;

  friend bool operator==(const OperationLeg&, const OperationLeg&) = default;
};

inline constexpr std::uint32_t kUsualUid = 1000;

// What its method doesn't have stays empty.
struct Operation {
  Method method = Method::pay;
  std::uint32_t uid = kUsualUid;  // Who asks,
  std::string node;               // and at which; empty: at none.
  std::string key;
  // Payments, holds, schedules; a reversal has some of it.
  std::vector<OperationLeg> legs;
  std::optional<std::int64_t> code;
  std::string reference;
  std::optional<Date> effective_date;
  std::optional<Timestamp> deadline;
  std::optional<std::uint64_t> if_version;
  std::optional<Amount> if_available_gte;
  bool up_to = false;
  std::optional<std::int64_t> timeout_ns;
  std::optional<Timestamp> expires_at;
  // Captures, voids, reversals, cancellations.
  std::string names_key;
  Seq names_seq = 0;
  std::optional<Amount> amount;
  bool final = false;
  // Accounts.
  std::string id;
  std::string currency;
  int scale = 0;
  std::optional<std::optional<Amount>> floor;
  std::optional<std::optional<Amount>> ceiling;
  std::optional<Frozen> frozen;
  std::optional<std::string> metadata;
  std::optional<std::vector<VelocityLimit>> limits;
  std::optional<AlertLines> alerts;
  // Schedules.
  Timestamp at;
  std::optional<Interval> every;
  std::optional<Timestamp> until;
  std::optional<std::uint32_t> count;
  // Books.
  std::optional<Date> day;

  bool dry_run = false;

  friend bool operator==(const Operation&, const Operation&) = default;
};

// Whether both are the same request: neither who asks, and where, nor that it is only tried makes a difference.
[[nodiscard]] inline bool is_same(const Operation& a, Operation b) {
  b.dry_run = a.dry_run;
  b.uid = a.uid;
  b.node = a.node;
  return a == b;
}

[[nodiscard]] Command command_of(const Operation& it);
// For a person.
[[nodiscard]] std::string text_of(const Operation& it);

}  // namespace giro::test
