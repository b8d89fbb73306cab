// Names of what is in the ledger, for completion: accounts, recent keys, currencies, methods.
//
// What always holds: it gives up at its deadline and is silent about every error: whoever presses Tab
// wants to go on typing. It only asks. A thousand million accounts cost it no more than some hundred
// short questions. Thread: the main one.
#pragma once

#include <string>
#include <vector>

#include "cli/operator/completion.hpp"
#include "protocol/client.hpp"

namespace giro::cli {

inline constexpr std::chrono::milliseconds kCompletionPatience{300};

// At the daemon of this socket. `deadline` is for all of it.
[[nodiscard]] std::vector<Candidate> names_in_ledger(const std::string& socket_path, NameKind kind,
                                                     const std::string& prefix,
                                                     client::Clock::time_point deadline);

}  // namespace giro::cli
