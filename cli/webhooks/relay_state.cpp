#include "cli/webhooks/relay_state.hpp"

#include <algorithm>
#include <chrono>

#include "cli/output/output.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

constexpr std::string_view kNoMoney = "The relay moves no money, and the ledger is as it was.";

}  // namespace

void declare_config(CLI::App& command, ConfigOptions& options) {
  command.add_option("--config", options.config, "The relay's settings")
      ->type_name("FILE")
      ->capture_default_str();
}

std::unexpected<Failure> relay_failure(ExitCode exit, std::string what, std::string advice) {
  return std::unexpected(Failure{.exit = exit,
                                 .what = std::move(what),
                                 .money = std::string(kNoMoney),
                                 .advice = std::move(advice)});
}

Result<relay::RelayConfig> config_of(const Session& session, const ConfigOptions& options) {
  auto config = relay::read_relay_config(options.config);
  if (!config) return relay_failure(ExitCode::usage, config.error());
  if (config->sockets.empty()) config->sockets = session.nodes().sockets();
  return std::move(*config);
}

Result<relay::StateFile> state_of(const relay::RelayConfig& config) {
  auto state = relay::StateFile::open_existing(config.state);
  if (!state) return relay_failure(ExitCode::rejected, state.error());
  return std::move(*state);
}

std::string time_text(relay::Time time) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  return format_rfc3339(Timestamp{ns.count()});
}

boost::json::value time_or_null(const std::optional<relay::Time>& time) {
  if (!time) return nullptr;
  return boost::json::string(time_text(*time));
}

Result<void> is_configured(const relay::RelayConfig& config, const std::string& name) {
  if (std::ranges::find(config.endpoints, name, &relay::EndpointConfig::name) !=
      config.endpoints.end()) {
    return {};
  }
  return relay_failure(
      ExitCode::rejected,
      fmt::format("the configuration has no endpoint {}; nothing was changed", name));
}

Result<ExitCode> ask_relay(const relay::RelayConfig& config, relay::StateFile& file,
                           const std::vector<relay::Request>& requests, const std::string& what) {
  file.ask(requests);
  const bool runs = relay::StateFile::is_in_use(config.state).value_or(true);
  note(fmt::format("{}{}.\n", what, runs ? "" : ", once the relay runs: `giro relay run`"));
  return ExitCode::ok;
}

}  // namespace giro::cli
