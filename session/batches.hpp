// Many commands in one request: payments.submit_many, each decided by itself, and payments.submit_group, all or
// none. Their members may be of any method that changes the ledger by one command.
// Thread: that of the sessions.
#pragma once

#include "session/methods.hpp"

namespace giro {

[[nodiscard]] Problem submit_many(Request& request);
[[nodiscard]] Problem submit_group(Request& request);

}  // namespace giro
