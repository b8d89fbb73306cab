// Why a call of etcd's brought nothing, and what may have become of it. Values: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace giro::etcd {

// gRPC's, by their numbers.
enum class Code : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

// "resource_exhausted" and so on.
[[nodiscard]] std::string_view name_of(Code code);

enum class Fate : std::uint8_t {
  not_sent,  // etcd can't have seen it whole: it did nothing, and never will.
  refused,   // etcd says that it did nothing.
  unknown,   // It may have been done, or may be yet.
};

struct Failure {
  Code code = Code::unknown;
  std::string message;  // For a person.
  Fate fate = Fate::unknown;

  friend bool operator==(const Failure&, const Failure&) = default;
};

// What a call that etcd answered with this code came to. Some codes are those of a member that lost sight of
// what it had proposed to the others (a timeout, a leader that changed): nothing is known then. Nor with
// `resource_exhausted`: the write that reaches the quota is carried out and answered with it all the same.
[[nodiscard]] Fate fate_of(Code answered);

// A status as it stands in a trailer; what is no number of gRPC's is `unknown`.
[[nodiscard]] Code code_of(std::string_view grpc_status);
// The code that stands for an HTTP status, where an answer has no other.
[[nodiscard]] Code code_of_http(int status);
// A message as it stands in a trailer: percent signs and what isn't ASCII are written as %XX.
[[nodiscard]] std::string message_of(std::string_view grpc_message);

}  // namespace giro::etcd
