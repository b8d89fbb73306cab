// A point of the ledger's history: after the decision with this seq, or at this time. Values: any thread.
#pragma once

#include <variant>

#include "ledger/entry/entry.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

using Moment = std::variant<Seq, Timestamp>;

}  // namespace giro
