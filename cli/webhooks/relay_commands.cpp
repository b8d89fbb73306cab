// giro relay run | check | status | enable | seek: webhooks.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/webhooks/relay_state.hpp"
#include "daemon/log.hpp"
#include "protocol/client.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using relay::EndpointConfig;
using relay::EndpointState;
using relay::RelayConfig;
using relay::Request;
using relay::StateFile;

// --- run ---

Result<ExitCode> run_relay(Session& session, const ConfigOptions& options) {
  auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  start_log();
  set_log_level(config->log_level);
  if (auto ended = relay::run_relay(options.config, std::move(*config)); !ended) {
    return relay_failure(ExitCode::try_again, ended.error());
  }
  return ExitCode::ok;
}

// --- check ---

struct CheckOptions : ConfigOptions {
  bool send = false;
  std::string endpoint;
};

void declare_check(CLI::App& command, CheckOptions& options) {
  declare_config(command, options);
  CLI::Option* send = command.add_flag("--send", options.send,
                                       "Posts a message of type giro.test to each endpoint, too");
  command.add_option("--endpoint", options.endpoint, "Only to this one")->needs(send);
}

constexpr auto kCheckColumns =
    std::to_array<std::string_view>({"endpoint", "url", "secrets", "test"});

json::object checked(const EndpointConfig& endpoint) {
  return {{"endpoint", endpoint.name},
          {"url", endpoint.url_text},
          {"secrets", endpoint.secrets.size()}};
}

Result<ExitCode> check_relay(Session& session, const CheckOptions& options) {
  const auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  for (const EndpointConfig& endpoint : config->endpoints) {
    if (auto right = relay::check_endpoint(endpoint); !right) {
      return relay_failure(ExitCode::usage, right.error());
    }
  }
  Table table({{"ENDPOINT"}, {"URL"}, {"SECRETS", Align::right}, {"TEST"}});
  json::array lines;
  ExitCode exit = ExitCode::ok;
  bool found = options.endpoint.empty();
  for (const EndpointConfig& endpoint : config->endpoints) {
    json::object line = checked(endpoint);
    const bool chosen = options.endpoint.empty() || endpoint.name == options.endpoint;
    found = found || chosen;
    Cell test("");
    if (options.send && chosen) {
      const auto sent = relay::send_test(*config, endpoint);
      if (!sent) exit = ExitCode::rejected;
      test = sent ? Cell("taken", Style::good) : Cell("failed: " + sent.error(), Style::bad);
      line["test"] = test.text;
    }
    lines.push_back(std::move(line));
    table.add({endpoint.name, endpoint.url_text, std::to_string(endpoint.secrets.size()), test});
  }
  if (!found) return usage_failure("there is no endpoint " + options.endpoint);
  if (session.format() == Format::table) {
    print(table.render(session.look()));
  } else {
    print_rows(session, lines, kCheckColumns);
  }
  return exit;
}

// --- status ---

std::optional<std::int64_t> head_at(const std::string& socket) {
  constexpr auto kPatience = std::chrono::seconds(2);
  const auto deadline = client::Clock::now() + kPatience;
  auto connection = client::Connection::open(socket, deadline);
  if (!connection) return std::nullopt;
  const auto status = connection->call("ledger.status", "{}", deadline);
  if (!status || !status->is_object()) return std::nullopt;
  return number_field(status->get_object(), "seq");
}

// The ledger's last seq, if girod answers; of several nodes' the newest.
std::optional<std::int64_t> head_of(const RelayConfig& config) {
  std::optional<std::int64_t> head;
  for (const std::string& socket : config.sockets) head = std::max(head, head_at(socket));
  return head;
}

// What an endpoint is, in a word or a few.
std::string condition_of(const EndpointState& state, const StateFile::Retried& retried,
                         bool configured) {
  if (!configured) return "not configured";
  if (!state.halted.empty()) return "halted: " + state.halted;
  if (state.disabled_at) return "disabled: it answered 410 at " + time_text(*state.disabled_at);
  if (state.failing_since) {
    return fmt::format("failing since {}: {}", time_text(*state.failing_since), state.last_error);
  }
  if (retried.count > 0) {
    return fmt::format("{} tried again, the oldest seq {}: {}", retried.count, retried.seq,
                       retried.last_error);
  }
  return state.cursor < 0 ? "not begun" : "fine";
}

constexpr auto kStatusColumns = std::to_array<std::string_view>(
    {"endpoint", "cursor", "lag", "delivered", "last_delivered_at", "pending", "retried", "dead",
     "failing_since", "last_error", "disabled_at", "condition"});

json::object status_line(const StateFile& file, const std::string& name, bool configured,
                         const std::optional<std::int64_t>& head) {
  const EndpointState state = file.state_of(name);
  const StateFile::Retried retried = file.retried_of(name);
  json::object line{{"endpoint", name},
                    {"cursor", std::max<std::int64_t>(state.cursor, 0)},
                    {"lag", nullptr},
                    {"delivered", state.delivered},
                    {"last_delivered_at", time_or_null(state.last_delivered_at)},
                    {"pending", file.pending_count(name)},
                    {"retried", retried.count},
                    {"dead", file.dead_count(name)},
                    {"failing_since", time_or_null(state.failing_since)},
                    {"last_error", state.last_error},
                    {"disabled_at", time_or_null(state.disabled_at)},
                    {"condition", condition_of(state, retried, configured)}};
  if (head && state.cursor >= 0) line["lag"] = std::max<std::int64_t>(*head - state.cursor, 0);
  return line;
}

Result<ExitCode> relay_status(Session& session, const ConfigOptions& options) {
  const auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  const auto file = state_of(*config);
  if (!file) return std::unexpected(file.error());
  const auto running = StateFile::is_in_use(config->state);
  const auto head = head_of(*config);
  std::vector<std::string> names = file->endpoints();
  for (const EndpointConfig& endpoint : config->endpoints) {
    if (std::ranges::find(names, endpoint.name) == names.end()) names.push_back(endpoint.name);
  }
  Table table({{"ENDPOINT"},
               {"CURSOR", Align::right},
               {"LAG", Align::right},
               {"DELIVERED", Align::right},
               {"PENDING", Align::right},
               {"DEAD", Align::right},
               {"CONDITION"}});
  json::array lines;
  for (const std::string& name : names) {
    const bool configured = std::ranges::find(config->endpoints, name, &EndpointConfig::name) !=
                            config->endpoints.end();
    const json::object line = status_line(*file, name, configured, head);
    const std::string condition = text_field(line, "condition");
    table.add({name, shown_field(line, "cursor"), shown_field(line, "lag"),
               shown_field(line, "delivered"), shown_field(line, "pending"),
               shown_field(line, "dead"),
               Cell(condition, condition == "fine" ? Style::good : Style::bad)});
    lines.push_back(line);
  }
  const json::value is_running = running ? json::value(*running) : json::value(nullptr);
  const json::value head_seq = head ? json::value(*head) : json::value(nullptr);
  if (session.format() == Format::answers) {
    print(json_line(
        json::object{{"running", is_running}, {"head_seq", head_seq}, {"endpoints", lines}}));
    return ExitCode::ok;
  }
  if (session.format() != Format::table) {
    print_rows(session, lines, kStatusColumns);
    return ExitCode::ok;
  }
  Details details;
  details.add("relay", running ? (*running ? "running" : "not running") : "this user can't tell");
  details.add("ledger", head ? fmt::format("at seq {}", *head) : "girod doesn't answer");
  print(details.render(session.look()) + "\n" + table.render(session.look()));
  return ExitCode::ok;
}

// --- enable, seek ---

struct EndpointOptions : ConfigOptions {
  std::string endpoint;
  std::int64_t seq = 0;
};

void declare_enable(CLI::App& command, EndpointOptions& options) {
  declare_config(command, options);
  command.add_option("ENDPOINT", options.endpoint, "Its name")->required();
}

void declare_seek(CLI::App& command, EndpointOptions& options) {
  declare_enable(command, options);
  command.add_option("SEQ", options.seq, "The first event that it gets next")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 62));
}

Result<ExitCode> ask_for(Session& session, const EndpointOptions& options, Request::Action action,
                         const std::string& what) {
  const auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  if (auto known = is_configured(*config, options.endpoint); !known) {
    return std::unexpected(known.error());
  }
  auto file = state_of(*config);
  if (!file) return std::unexpected(file.error());
  return ask_relay(*config, *file,
                   {{.endpoint = options.endpoint, .action = action, .value = options.seq}}, what);
}

Result<ExitCode> enable_endpoint(Session& session, const EndpointOptions& options) {
  return ask_for(session, options, Request::Action::enable,
                 fmt::format("{} gets messages again, from where it was", options.endpoint));
}

Result<ExitCode> seek_endpoint(Session& session, const EndpointOptions& options) {
  return ask_for(session, options, Request::Action::seek,
                 fmt::format("{} goes on with seq {}, after what waits for it", options.endpoint,
                             options.seq));
}

}  // namespace

void add_relay_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* relay = app.add_subcommand("relay", "Webhooks: posts every decision to HTTP endpoints");
  relay->require_subcommand(1);
  relay->footer("Example:\n  giro relay run --config /etc/giro/relay.toml");
  add_command<ConfigOptions>(
      *relay, invocation, "run", "Follows the feed and posts it, until SIGTERM; SIGHUP reloads",
      "  giro relay run --config /etc/giro/relay.toml", declare_config, run_relay);
  add_command<CheckOptions>(*relay, invocation, "check",
                            "Says what is wrong with the settings; exit code 64 if something is",
                            "  giro relay check --send --endpoint shop", declare_check,
                            check_relay);
  add_command<ConfigOptions>(*relay, invocation, "status",
                             "Shows how far each endpoint is, and how it is", "  giro relay status",
                             declare_config, with_state<ConfigOptions, relay_status>);
  add_command<EndpointOptions>(
      *relay, invocation, "enable", "Lets an endpoint have messages again that answered 410",
      "  giro relay enable shop", declare_enable, with_state<EndpointOptions, enable_endpoint>);
  add_command<EndpointOptions>(*relay, invocation, "seek",
                               "Lets an endpoint go on with another event: to have old ones again, "
                               "or after a backup was restored",
                               "  giro relay seek shop 1", declare_seek,
                               with_state<EndpointOptions, seek_endpoint>);
  add_dead_letter_commands(*relay, invocation);
}

}  // namespace giro::cli
