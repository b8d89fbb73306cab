// The way of requests to the queue: what they take of it, and whether they are let in.
// Thread: that of the sessions.
#pragma once

#include <memory>
#include <optional>

#include "engine/work.hpp"
#include "session/methods.hpp"
#include "session/pending.hpp"

namespace giro {

// What a command takes of the queue. By its legs, so that a group of the commit thread stays bounded.
[[nodiscard]] Weight weight_of(const CheckedPayment& payment);
[[nodiscard]] Weight weight_of(const Command& command);

// On success the request's reply is on its way.
[[nodiscard]] Problem admit(Request& request, Work work, Weight weight,
                            std::unique_ptr<PendingExtra> extra = nullptr,
                            std::uint32_t window_weight = 1);

// Whether whom it comes from may do it: by its accounts and amounts, of what names them; else by its key
// alone. `method`: as what it is asked for.
[[nodiscard]] std::optional<Refusal> refusal_of_access(const Request& request, const Method& method,
                                                       const Command& command);

}  // namespace giro
