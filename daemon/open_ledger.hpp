// Opens the ledger at the daemon's start, or makes it where somebody asked for that.
//
// What always holds: no ledger is made by mistake, and none is opened with a clock that is far from its last
// entry; what is unusual about it is told to the operator. Thread: the owner's before the daemon starts.
#pragma once

#include <memory>

#include "daemon/options.hpp"
#include "engine/ledger.hpp"

namespace giro {

// Null: it doesn't open, and the log says why.
[[nodiscard]] std::unique_ptr<Ledger> open_ledger(const Options& options, const Config& config);

}  // namespace giro
