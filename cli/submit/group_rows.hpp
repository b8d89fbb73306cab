// Rows that are decided as one group: all of them or none.
// Thread: the main one.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "cli/submit/rows.hpp"

namespace giro::cli {

inline constexpr std::size_t kMembersMax = 1'000;  // What payments.submit_group takes.

// The params of payments.submit_group. REQUIRES: !rows.empty().
[[nodiscard]] std::string group_params(std::span<const Row> rows, bool dry_run);

// Reads all rows of `source`, the rows of `file`, sends them as one group and prints what came of it. Failures, before
// anything is sent: a row is wrong, there is none, or there are more than kMembersMax.
[[nodiscard]] Result<ExitCode> send_as_group(Session& session, Rows& source,
                                             const std::string& file, bool dry_run);

}  // namespace giro::cli
