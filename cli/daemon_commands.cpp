// giro ready | version: the daemon and the command line themselves.
#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kReadyInterval{20};

// --- ready ---

struct ReadyOptions {
  double timeout_s = 30;
};

void declare_ready(CLI::App& command, ReadyOptions& options) {
  command.add_option("--timeout", options.timeout_s, "Seconds to wait at most (default 30)")
      ->check(CLI::Range(0.0, 86'400.0));
}

// A connection of its own each time: the daemon may be started, or replaced, between two tries.
std::expected<json::value, client::CallError> ask_info(const Session& session,
                                                       client::Clock::time_point deadline) {
  auto connection = client::Connection::open(session.socket_path(), deadline);
  if (!connection) return std::unexpected(client::CallError(connection.error()));
  return connection->call("server.info", "{}", deadline);
}

Result<ExitCode> run_ready(Session& session, const ReadyOptions& options) {
  const auto patience = std::chrono::duration<double>(options.timeout_s);
  const auto deadline =
      client::Clock::now() + std::chrono::duration_cast<client::Clock::duration>(patience);
  for (;;) {
    const auto info = ask_info(session, deadline);
    if (info) {
      print(session.json() ? json_line(*info)
                           : fmt::format("ready at {}\n", session.socket_path()));
      return ExitCode::ok;
    }
    if (client::Clock::now() + kReadyInterval >= deadline) {
      Failure failure = session.explain(info.error(), false);
      failure.what = fmt::format("not ready within {:g} s: {}", options.timeout_s, failure.what);
      // There is no daemon that answers, whatever the last try ran into.
      if (failure.exit == ExitCode::try_again) failure.exit = ExitCode::no_daemon;
      return std::unexpected(std::move(failure));
    }
    std::this_thread::sleep_for(kReadyInterval);
  }
}

// --- version ---

Result<ExitCode> run_version(Session& session, const NoOptions& /*options*/) {
  const json::object version{{"name", "giro"}, {"version", GIRO_VERSION}};
  print(session.json() ? json_line(version) : fmt::format("giro {}\n", GIRO_VERSION));
  return ExitCode::ok;
}

}  // namespace

void add_daemon_commands(CLI::App& app, Invocation& invocation) {
  add_command<ReadyOptions>(app, invocation, "ready",
                            "Waits until the daemon answers. Exit code 69 if it doesn't in time",
                            "  giro ready --timeout 5 && giro submit may.csv", declare_ready,
                            run_ready);
  add_command<NoOptions>(app, invocation, "version",
                         "Shows the version of this command line; the daemon's is in `giro call "
                         "server.info`",
                         "  giro version --json", declare_nothing, run_version);
}

}  // namespace giro::cli
