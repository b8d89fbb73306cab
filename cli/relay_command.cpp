// giro relay run | check | status | dead list | dead resend | enable | seek: webhooks.
#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "daemon/log.hpp"
#include "ledger/timestamp.hpp"
#include "protocol/client.hpp"
#include "relay/relay.hpp"
#include "relay/state_file.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using relay::EndpointConfig;
using relay::EndpointState;
using relay::RelayConfig;
using relay::Request;
using relay::StateFile;

constexpr const char* kDefaultConfig = "/etc/giro/relay.toml";
constexpr std::string_view kNoMoney = "The relay moves no money, and the ledger is as it was.";

struct ConfigOptions {
  std::string config = kDefaultConfig;
};

void declare_config(CLI::App& command, ConfigOptions& options) {
  command.add_option("--config", options.config, "The relay's settings")
      ->type_name("FILE")
      ->capture_default_str();
}

std::unexpected<Failure> relay_failure(ExitCode exit, std::string what, std::string advice = {}) {
  return std::unexpected(Failure{.exit = exit,
                                 .what = std::move(what),
                                 .money = std::string(kNoMoney),
                                 .advice = std::move(advice)});
}

Result<RelayConfig> config_of(const Session& session, const ConfigOptions& options) {
  auto config = relay::read_relay_config(options.config);
  if (!config) return relay_failure(ExitCode::usage, config.error());
  if (config->socket.empty()) config->socket = session.socket_path();
  return std::move(*config);
}

Result<StateFile> state_of(const RelayConfig& config) {
  auto state = StateFile::open_existing(config.state);
  if (!state) return relay_failure(ExitCode::rejected, state.error());
  return std::move(*state);
}

std::string time_text(relay::Time time) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  return format_rfc3339(Timestamp{ns.count()});
}

json::value time_or_null(const std::optional<relay::Time>& time) {
  if (!time) return nullptr;
  return json::string(time_text(*time));
}

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
    if (session.json()) print(json_line(line));
    table.add({endpoint.name, endpoint.url_text, std::to_string(endpoint.secrets.size()), test});
  }
  if (!found) return usage_failure("there is no endpoint " + options.endpoint);
  if (!session.json()) print(table.render(session.colours()));
  return exit;
}

// --- status ---

// The ledger's last seq, if girod answers.
std::optional<std::int64_t> head_of(const RelayConfig& config) {
  constexpr auto kPatience = std::chrono::seconds(2);
  const auto deadline = client::Clock::now() + kPatience;
  auto connection = client::Connection::open(config.socket.string(), deadline);
  if (!connection) return std::nullopt;
  const auto status = connection->call("ledger.status", "{}", deadline);
  if (!status || !status->is_object()) return std::nullopt;
  return number_field(status->get_object(), "seq");
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
  if (session.json()) {
    print(json_line(
        json::object{{"running", is_running}, {"head_seq", head_seq}, {"endpoints", lines}}));
    return ExitCode::ok;
  }
  Details details;
  details.add("relay", running ? (*running ? "running" : "not running") : "this user can't tell");
  details.add("ledger", head ? fmt::format("at seq {}", *head) : "girod doesn't answer");
  print(details.render(session.colours()) + "\n" + table.render(session.colours()));
  return ExitCode::ok;
}

// --- dead list, dead resend ---

struct DeadOptions : ConfigOptions {
  std::string endpoint;
  std::int64_t limit = 100;
  std::optional<std::int64_t> id;
  bool all = false;
};

void declare_dead_list(CLI::App& command, DeadOptions& options) {
  declare_config(command, options);
  command.add_option("--endpoint", options.endpoint, "Only of this one");
  command.add_option("--limit", options.limit, "So many at most (default 100)")
      ->check(CLI::Range(1, 1'000'000));
}

void declare_dead_resend(CLI::App& command, DeadOptions& options) {
  declare_config(command, options);
  CLI::Option* id = command.add_option("ID", options.id, "As `giro relay dead list` shows it");
  CLI::Option* all = command.add_flag("--all", options.all, "All of them")->excludes(id);
  command.add_option("--endpoint", options.endpoint, "With --all: only of this one")->needs(all);
}

Result<ExitCode> list_dead(Session& session, const DeadOptions& options) {
  const auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  const auto file = state_of(*config);
  if (!file) return std::unexpected(file.error());
  Table table({{"ID", Align::right},
               {"ENDPOINT"},
               {"SEQ", Align::right},
               {"DIED"},
               {"FAILURES", Align::right},
               {"LAST ERROR"}});
  for (const auto& [endpoint, delivery, died_at] :
       file->dead_letters(options.endpoint, 0, options.limit)) {
    if (session.json()) {
      print(json_line(json::object{{"id", delivery.id},
                                   {"endpoint", endpoint},
                                   {"seq", delivery.seq},
                                   {"webhook_id", delivery.webhook_id},
                                   {"died_at", time_text(died_at)},
                                   {"failures", delivery.failures},
                                   {"last_error", delivery.last_error},
                                   {"body", json::parse(delivery.body)}}));
      continue;
    }
    table.add({std::to_string(delivery.id), endpoint, std::to_string(delivery.seq),
               time_text(died_at), std::to_string(delivery.failures), delivery.last_error});
  }
  if (session.json()) return ExitCode::ok;
  if (table.empty()) {
    note("There are no dead letters.\n");
  } else {
    print(table.render(session.colours()));
  }
  return ExitCode::ok;
}

// An endpoint that isn't configured gets nothing, whatever is asked for it.
Result<void> is_configured(const RelayConfig& config, const std::string& name) {
  if (std::ranges::find(config.endpoints, name, &EndpointConfig::name) != config.endpoints.end()) {
    return {};
  }
  return relay_failure(
      ExitCode::rejected,
      fmt::format("the configuration has no endpoint {}; nothing was changed", name));
}

// Leaves the requests for the relay, which alone writes what it remembers.
Result<ExitCode> ask_relay(const RelayConfig& config, StateFile& file,
                           const std::vector<Request>& requests, const std::string& what) {
  file.ask(requests);
  const bool runs = StateFile::is_in_use(config.state).value_or(true);
  note(fmt::format("{}{}.\n", what, runs ? "" : ", once the relay runs: `giro relay run`"));
  return ExitCode::ok;
}

Result<ExitCode> resend_dead(Session& session, const DeadOptions& options) {
  if (!options.id && !options.all) return usage_failure("name a dead letter by its ID, or --all");
  const auto config = config_of(session, options);
  if (!config) return std::unexpected(config.error());
  auto file = state_of(*config);
  if (!file) return std::unexpected(file.error());
  constexpr std::int64_t kAll = -1;  // SQLite's LIMIT.
  std::vector<Request> requests;
  const auto letters = options.id ? file->dead_letters("", *options.id - 1, 1)
                                  : file->dead_letters(options.endpoint, 0, kAll);
  for (const auto& letter : letters) {
    if (options.id && letter.delivery.id != *options.id) continue;
    if (auto known = is_configured(*config, letter.endpoint); !known) {
      return std::unexpected(known.error());
    }
    requests.push_back({.endpoint = letter.endpoint,
                        .action = Request::Action::resend,
                        .value = letter.delivery.id});
  }
  if (requests.empty() && options.id) {
    return relay_failure(ExitCode::rejected, fmt::format("there is no dead letter {}", *options.id),
                         "`giro relay dead list` shows them.");
  }
  return ask_relay(
      *config, *file, requests,
      fmt::format("{} sent again, each with its webhook-id",
                  requests.size() == 1 ? "1 dead letter is"
                                       : fmt::format("{} dead letters are", requests.size())));
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
  CLI::App* dead = relay->add_subcommand("dead", "What was given up");
  dead->require_subcommand(1);
  add_command<DeadOptions>(*dead, invocation, "list", "Shows the dead letters, oldest first",
                           "  giro relay dead list --endpoint shop", declare_dead_list,
                           with_state<DeadOptions, list_dead>);
  add_command<DeadOptions>(*dead, invocation, "resend", "Sends dead letters again",
                           "  giro relay dead resend 17\n  giro relay dead resend --all",
                           declare_dead_resend, with_state<DeadOptions, resend_dead>);
}

}  // namespace giro::cli
