// The answers of the commit thread as JSON. Thread: any, one at a time.
#pragma once

#include <span>
#include <vector>

#include "engine/work.hpp"
#include "protocol/payment_params.hpp"
#include "session/entry_json.hpp"

namespace giro {

// {"key","error"}: what a notification says of a payment that was refused after its reply.
void write_refused_payment(protocol::JsonWriter& json, const PaymentKey& key,
                           const Refused& refused);
// The result of submit_many: `refused` are the payments that never reached the queue.
void write_batch(protocol::JsonWriter& json, const BatchAnswer& batch,
                 const std::vector<protocol::RefusedPayment>& refused,
                 std::span<const Entry> entries);
// The result of submit_group. REQUIRES: it wasn't refused.
void write_group(protocol::JsonWriter& json, const GroupAnswer& group,
                 std::span<const Entry> entries);
[[nodiscard]] protocol::RpcError error_of(const Refused& refused);

}  // namespace giro
