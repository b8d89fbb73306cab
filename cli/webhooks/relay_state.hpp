// What all of `giro relay` does: reads the relay's settings, opens what it remembers, and leaves requests for it.
//
// What always holds: only the relay itself changes what it remembers; commands leave requests beside it.
// Thread: the main one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Exception.h>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "relay/relay.hpp"
#include "relay/state_file.hpp"

namespace giro::cli {

struct ConfigOptions {
  std::string config = "/etc/giro/relay.toml";
};

void declare_config(CLI::App& command, ConfigOptions& options);

[[nodiscard]] std::unexpected<Failure> relay_failure(ExitCode exit, std::string what,
                                                     std::string advice = {});

[[nodiscard]] Result<relay::RelayConfig> config_of(const Session& session,
                                                   const ConfigOptions& options);
[[nodiscard]] Result<relay::StateFile> state_of(const relay::RelayConfig& config);

// An endpoint that isn't configured gets nothing, whatever is asked for it.
[[nodiscard]] Result<void> is_configured(const relay::RelayConfig& config, const std::string& name);
// Leaves the requests for the relay, and says `what` becomes of them.
[[nodiscard]] Result<ExitCode> ask_relay(const relay::RelayConfig& config, relay::StateFile& file,
                                         const std::vector<relay::Request>& requests,
                                         const std::string& what);

[[nodiscard]] std::string time_text(relay::Time time);
[[nodiscard]] boost::json::value time_or_null(const std::optional<relay::Time>& time);

// The state file may be locked for long, or its disk fail, at any statement.
template <class Options, Result<ExitCode> (*kRun)(Session&, const Options&)>
Result<ExitCode> with_state(Session& session, const Options& options) {
  try {
    return kRun(session, options);
  } catch (const SQLite::Exception& error) {
    return relay_failure(ExitCode::try_again,
                         fmt::format("the relay's state file can't be used: {}", error.what()),
                         "Try again in a moment; if it stays so, see to the file and its disk.");
  }
}

void add_dead_letter_commands(CLI::App& relay, Invocation& invocation);

}  // namespace giro::cli
