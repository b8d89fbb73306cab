// giro ready | version: the daemon and the command line themselves.
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kReadyInterval{20};

// --- ready ---

constexpr Patience kReadyPatience = std::chrono::seconds(30);

enum class Readiness { ready, read_only, no_answer };

struct Check {
  Readiness readiness = Readiness::no_answer;
  std::optional<client::CallError> error = {};  // No answer: the last one.
  std::string obstacle = {};                    // Read-only: why.
};

// A connection of its own each time: the daemon may be started, or replaced, between two tries.
Check check_readiness(const Session& session, client::Clock::time_point deadline) {
  auto connection = client::Connection::open(session.socket_path(), deadline);
  if (!connection) return {Readiness::no_answer, client::CallError(connection.error())};
  const auto status = connection->call("ledger.status", "{}", deadline);
  if (status) {
    const json::object none;
    const json::object& figures = status->is_object() ? status->get_object() : none;
    if (!true_field(figures, "read_only")) return {Readiness::ready};
    return {.readiness = Readiness::read_only, .obstacle = text_field(figures, "obstacle")};
  }
  // Whom the rules don't let see the figures is answered all the same.
  const auto* refusal = std::get_if<client::RpcError>(&status.error());
  if (refusal != nullptr && exit_code_of(refusal->name) == ExitCode::no_permission) {
    return {Readiness::ready};
  }
  return {Readiness::no_answer, status.error()};
}

Failure why_not(const Session& session, const Check& last) {
  Failure failure{.exit = ExitCode::rejected,
                  .what = "read-only: the daemon answers, and takes no payments: " + last.obstacle,
                  .money = "Nothing was sent and no money moved.",
                  .advice =
                      "The daemon's log says more; it takes payments again by itself once it "
                      "can write its ledger."};
  if (last.error) {
    failure = session.explain(*last.error, false);
    const auto* transport = std::get_if<client::TransportError>(&*last.error);
    const bool reached =
        transport == nullptr || transport->kind == client::TransportError::Kind::timed_out;
    if (reached) {
      failure.exit = ExitCode::try_again;
      failure.what = fmt::format(
          "starting or busy: the socket {} takes connections, but there is "
          "no answer yet",
          session.socket_path());
      failure.advice = "Wait longer with --timeout; the daemon's log says what it does.";
    } else {
      failure.what = "unreachable: " + failure.what;
    }
  }
  return failure;
}

Failure not_ready(const Session& session, Failure failure) {
  failure.what = fmt::format("not ready within {}: {}",
                             patience_text(session.patience(kReadyPatience)), failure.what);
  return failure;
}

Result<ExitCode> tell_ready(Session& session) {
  const std::string words = fmt::format("ready at {}\n", session.socket_path());
  if (session.format() == Format::table) {
    print(words);
    return ExitCode::ok;
  }
  const auto info = session.call("server.info", {});
  if (!info) return std::unexpected(info.error());
  if (auto shown = print_answer(session, *info, [&]() -> Result<std::string> { return words; });
      !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

NodeTrouble trouble_at_node(const Session& session, const Check& check) {
  NodeTrouble trouble{.failure = why_not(session, check), .may_pass = true, .is_of_node = true};
  if (check.error) trouble.weight = trouble_of(*check.error, {}).weight;
  return trouble;
}

// Of several nodes one that takes payments is enough, and it is the one that is asked from here on.
Result<ExitCode> wait_for_a_node(Session& session, client::Clock::time_point deadline) {
  std::optional<Failure> why;
  for (;;) {
    const auto left = std::chrono::duration_cast<Patience>(deadline - client::Clock::now());
    Round pass(session.nodes(), left, false);
    for (std::size_t asked = 0; asked < session.nodes().count(); ++asked) {
      const Check check = check_readiness(session, pass.ends());
      if (check.readiness == Readiness::ready) return tell_ready(session);
      (void)pass.next(trouble_at_node(session, check));
    }
    // A pass that had no time to be answered tells nothing.
    if (!why || left >= 2 * kReadyInterval) why = pass.told();
    if (client::Clock::now() + kReadyInterval >= deadline) {
      return std::unexpected(not_ready(session, std::move(*why)));
    }
    std::this_thread::sleep_for(kReadyInterval);
  }
}

Result<ExitCode> run_ready(Session& session, const NoOptions& /*options*/) {
  if (auto named = session.socket_is_named(); !named) return std::unexpected(named.error());
  const auto deadline = deadline_after(session.patience(kReadyPatience));
  if (session.nodes().are_several()) return wait_for_a_node(session, deadline);
  std::string obstacle;  // As the last try was told it; empty: it was told something else.
  for (;;) {
    const bool is_short = deadline - client::Clock::now() < 2 * kReadyInterval;
    Check check = check_readiness(session, deadline);
    if (check.readiness == Readiness::ready) {
      return tell_ready(session);
    }
    if (client::Clock::now() + kReadyInterval >= deadline) {
      // A try that had no time to be answered tells nothing.
      if (is_short && !obstacle.empty()) {
        check = {.readiness = Readiness::read_only, .obstacle = obstacle};
      }
      return std::unexpected(not_ready(session, why_not(session, check)));
    }
    obstacle = check.obstacle;
    std::this_thread::sleep_for(kReadyInterval);
  }
}

// --- version ---

Result<ExitCode> run_version(Session& session, const NoOptions& /*options*/) {
  const json::object version{{"name", "giro"}, {"version", GIRO_VERSION}};
  const auto text = []() -> Result<std::string> { return fmt::format("giro {}\n", GIRO_VERSION); };
  if (auto shown = print_answer(session, version, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

}  // namespace

void add_daemon_commands(CLI::App& app, Invocation& invocation) {
  add_command<NoOptions>(
      app, invocation, "ready",
      "Waits until the daemon takes payments, or one of several nodes does. Exit code when it "
      "doesn't in "
      "time (--timeout, default 30s): 1 it is read-only, 69 no socket or nobody there, 75 it takes "
      "connections but doesn't answer yet, 77 no permission",
      "  giro ready --timeout 5 && giro submit may.csv", declare_nothing, run_ready);
  add_command<NoOptions>(app, invocation, "version",
                         "Shows the version of this command line; the daemon's is in `giro call "
                         "server.info`",
                         "  giro version --json", declare_nothing, run_version);
}

}  // namespace giro::cli
