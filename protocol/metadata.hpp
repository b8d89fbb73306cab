// Metadata as canonical JSON: keys sorted by their bytes at every level, no spaces. The same object
// gives the same text however a client writes it, so that a resend is told from another request.
// Thread: any.
#pragma once

#include <string>

#include "protocol/rpc.hpp"

namespace giro::protocol {

// False: an object has a key twice.
[[nodiscard]] bool append_canonical(std::string& out, const Value& value);

}  // namespace giro::protocol
