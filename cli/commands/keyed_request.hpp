// A request that changes the ledger under a key of its own, from its params to the receipt that a person
// gets: pay, hold, capture, void, reverse, and what changes an account.
//
// What always holds: a key that was made is told before anything is sent, so that the user can send the same
// request again whatever happens next; an outcome that was decided is printed, whatever else fails.
// Thread: the main one.
#pragma once

#include <functional>
#include <string_view>

#include <boost/json.hpp>

#include "cli/commands/options.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// Puts into an outcome what the answer leaves out because its client knows it, and a person wants to see.
using Completion = std::function<void(boost::json::object& outcome)>;

[[nodiscard]] Result<ExitCode> send_keyed(Session& session, std::string_view method,
                                          boost::json::object params, const KeyOptions& options,
                                          const Completion& complete);

// Decided for or not is the exit code of the command, and of `giro get` for the same key ever after.
[[nodiscard]] ExitCode exit_code_of_outcome(const boost::json::object& outcome);

// Copies fields that `outcome` doesn't have.
void complete_from(boost::json::object& outcome, const boost::json::object& known,
                   std::initializer_list<std::string_view> names);

}  // namespace giro::cli
