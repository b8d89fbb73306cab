// The methods that the daemon answers: a row in one table each, which is all that a new one takes here.
// Thread: that of the sessions; the table itself is constant.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/payment_params.hpp"
#include "protocol/query_params.hpp"
#include "session/backend.hpp"
#include "session/pending.hpp"
#include "session/postponed.hpp"
#include "session/server_info.hpp"

namespace giro {

class Session;
struct Method;

// One request, on its way to the queue.
struct Request {
  Session& session;
  const Method& method;
  ReplyTo to;
  const protocol::Params& params;
  Backend& backend;
  Postponed& postponed;
  const ServerInfo& info;
  protocol::PaymentParams& scratch;  // Of all requests, for its memory.
  Seq min_seq = 0;                   // What it asks must be seen with all up to here.
};

using Problem = std::optional<Refusal>;

struct Method {
  std::string_view name;
  // Reads the params and sends on the work that answers them, or replies at once. A problem: neither
  // happened, and the request still has its ReplyTo.
  Problem (*handle)(Request& request);
  // In an array whose reply is long already it is refused.
  bool has_long_answer = false;
  // Without rules of access: for root and the daemon's own user alone.
  bool operators_only = false;
  // It brings several commands.
  bool is_batch = false;
  // Whatever the rules of access say: it tells nothing of the ledger.
  bool for_everybody = false;
  // What its params ask for, of a method that changes the ledger by one command; null: it is another one.
  std::expected<Command, Refusal> (*command)(const protocol::Params& params,
                                             protocol::PaymentParams& scratch) = nullptr;
};

[[nodiscard]] std::span<const Method> all_methods();
// In the same order.
[[nodiscard]] std::span<const std::string_view> method_names();
// Null: there is none.
[[nodiscard]] const Method* find_method(std::string_view name);

// A set of methods, one bit each.
using MethodSet = std::uint32_t;
inline constexpr MethodSet kAllMethods = ~MethodSet{0};
// REQUIRES: the method is one of all_methods().
[[nodiscard]] MethodSet set_of(const Method& method);
// Those that change nothing and are everybody's.
[[nodiscard]] MethodSet reading_methods();
// "payments.submit", "payments.*" or "*"; 0: none is meant.
[[nodiscard]] MethodSet methods_matching(std::string_view pattern);

}  // namespace giro
