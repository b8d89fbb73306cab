// giro relay dead list | dead resend: what was given up.
#include <array>
#include <optional>

#include <fmt/format.h>

#include "cli/output/answers.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/webhooks/relay_state.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using relay::Request;

constexpr auto kLetterColumns = std::to_array<std::string_view>(
    {"id", "endpoint", "seq", "webhook_id", "died_at", "failures", "last_error", "body"});

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
  const bool is_table = session.format() == Format::table;
  RowWriter writer(session, kLetterColumns);
  for (const auto& [endpoint, delivery, died_at] :
       file->dead_letters(options.endpoint, 0, options.limit)) {
    if (is_table) {
      table.add({std::to_string(delivery.id), endpoint, std::to_string(delivery.seq),
                 time_text(died_at), std::to_string(delivery.failures), delivery.last_error});
      continue;
    }
    print(writer.row({{"id", delivery.id},
                      {"endpoint", endpoint},
                      {"seq", delivery.seq},
                      {"webhook_id", delivery.webhook_id},
                      {"died_at", time_text(died_at)},
                      {"failures", delivery.failures},
                      {"last_error", delivery.last_error},
                      {"body", json::parse(delivery.body)}}));
  }
  if (!is_table) {
    print(writer.end());
  } else if (table.empty()) {
    note("There are no dead letters.\n");
  } else {
    print(table.render(session.look()));
  }
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
      fmt::format("{} sent again, under the same webhook-id",
                  requests.size() == 1 ? "1 dead letter is"
                                       : fmt::format("{} dead letters are", requests.size())));
}

}  // namespace

void add_dead_letter_commands(CLI::App& relay, Invocation& invocation) {
  CLI::App* dead = relay.add_subcommand("dead", "What was given up");
  dead->require_subcommand(1);
  dead->footer("Example:\n  giro relay dead list");
  add_command<DeadOptions>(*dead, invocation, "list", "Shows the dead letters, oldest first",
                           "  giro relay dead list --endpoint shop", declare_dead_list,
                           with_state<DeadOptions, list_dead>);
  add_command<DeadOptions>(*dead, invocation, "resend", "Sends dead letters again",
                           "  giro relay dead resend 17\n  giro relay dead resend --all",
                           declare_dead_resend, with_state<DeadOptions, resend_dead>);
}

}  // namespace giro::cli
