// Metadata as canonical JSON: keys sorted by their bytes at every level, no spaces. The same object
// gives the same text however a client writes it, so that a resend is told from another request. A number
// keeps its text to the letter: 12.50 and 12.5 are two. REQUIRES: Parser's document, whose numbers within
// metadata are marked.
// Thread: any.
#pragma once

#include <string>

#include "protocol/rpc.hpp"

namespace giro::protocol {

// False: an object has a key twice.
[[nodiscard]] bool append_canonical(std::string& out, const Value& value);

}  // namespace giro::protocol
