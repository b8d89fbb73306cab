// giro check: asks a daemon how it is, for monitoring.
#include <thread>

#include <fmt/format.h>

#include "cli/operator/check.hpp"
#include "cli/operator/operator.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "daemon/byte_size.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using client::Clock;

constexpr double kSecondsMax = 3'600;
constexpr Patience kCheckPatience = std::chrono::seconds(10);

struct CheckOptions {
  Thresholds thresholds;
  double interval_s = 1;
};

// "20GiB", or a number of bytes, becomes that number.
std::string to_bytes(std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return {};
  const auto bytes = parse_byte_size(text);
  if (!bytes) return fmt::format("`{}` isn't a size such as 20GiB or 500MB", text);
  text = std::to_string(*bytes);
  return {};
}

struct ThresholdOption {
  const char* name;
  const char* unit;
  Threshold& threshold;
  const char* what;
  const char* warning;  // The defaults, as they are typed.
  const char* critical;
};

void declare_threshold(CLI::App& command, const ThresholdOption& option) {
  const auto declare = [&](const char* level, const char* state, double& value,
                           const char* usually) {
    CLI::Option* declared =
        command
            .add_option(fmt::format("--{}-{}", level, option.name), value,
                        fmt::format("{} when {} (default {})", state, option.what, usually))
            ->type_name(option.unit);
    if (option.unit == std::string_view("SIZE")) declared->transform(CLI::Validator(to_bytes, ""));
    declared->check(CLI::NonNegativeNumber);
  };
  declare("warn", "WARNING", option.threshold.warning, option.warning);
  declare("crit", "CRITICAL", option.threshold.critical, option.critical);
}

void declare_check(CLI::App& command, CheckOptions& options) {
  Thresholds& limits = options.thresholds;
  for (const ThresholdOption& option : {
           ThresholdOption{"queue", "PERCENT", limits.queue_percent, "so much of the queue is full",
                           "50", "80"},
           ThresholdOption{"disk", "SIZE", limits.disk_free_bytes,
                           "less is free on the ledger's disk", "5GiB", "1GiB"},
           ThresholdOption{"wal", "SIZE", limits.wal_bytes, "the write-ahead log is so large",
                           "1GiB", "8GiB"},
           ThresholdOption{"latency", "MS", limits.latency_ms,
                           "one of a hundred commits takes so long", "100", "1000"},
           ThresholdOption{"clock", "SECONDS", limits.clock_s,
                           "the system's clock is so far from the ledger's time", "1", "60"},
       }) {
    declare_threshold(command, option);
  }
  command
      .add_option("--interval", options.interval_s,
                  "For so long latencies are measured; 0: since the daemon's start (default 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kSecondsMax));
}

Clock::time_point in_seconds(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// A daemon that says nothing by then is critical.
Clock::time_point answer_by(const Session& session) {
  return deadline_after(session.patience(kCheckPatience));
}

// No daemon is critical; one that answers and won't tell is unknown.
void add_failure(MonitoringReport& report, const Session& session, const client::CallError& error) {
  const bool refused = std::holds_alternative<client::RpcError>(error);
  const Failure failure = session.explain(error, false);
  report.add(refused || failure.exit == ExitCode::no_permission ? State::unknown : State::critical,
             failure.what);
}

std::optional<MetricsPage> page_of(MonitoringReport& report, const Session& session) {
  auto page = fetch_metrics(session.socket_path(), answer_by(session));
  if (page) return std::move(*page);
  add_failure(report, session, page.error());
  return std::nullopt;
}

std::optional<json::object> status_of(MonitoringReport& report, const Session& session) {
  const auto deadline = answer_by(session);
  auto connection = client::Connection::open(session.socket_path(), deadline);
  if (!connection) {
    add_failure(report, session, client::CallError(connection.error()));
    return std::nullopt;
  }
  auto status = connection->call("ledger.status", "{}", deadline);
  if (status && status->is_object()) return std::move(status->get_object());
  if (!status) {
    add_failure(report, session, status.error());
  } else {
    report.add(State::unknown, "the daemon's figures aren't what they should be");
  }
  return std::nullopt;
}

void look(MonitoringReport& report, const Session& session, const CheckOptions& options) {
  // One reason is enough where nothing can be had.
  const auto status = status_of(report, session);
  if (!status && report.state() == State::critical) return;
  std::optional<MetricsPage> before(MetricsPage{});
  if (options.interval_s > 0) {
    before = page_of(report, session);
    if (before) std::this_thread::sleep_until(in_seconds(options.interval_s));
  }
  std::optional<MetricsPage> after;
  if (before) after = page_of(report, session);
  judge(report, options.thresholds, status ? &*status : nullptr, before ? &*before : nullptr,
        after ? &*after : nullptr);
}

// Of several nodes it says which one it is about.
std::string well(const Session& session) {
  const std::string where =
      session.nodes().are_several() ? fmt::format(" at {}", session.socket_path()) : "";
  return fmt::format("the daemon{} decides, and nothing is in its way", where);
}

Result<ExitCode> run_check(Session& session, const CheckOptions& options) {
  MonitoringReport report;
  if (const auto named = session.socket_is_named(); !named) {
    report.add(State::unknown, named.error().what);
  } else if (const auto found = session.find_daemon(session.patience(kCheckPatience)); !found) {
    const bool refused = found.error().exit == ExitCode::no_permission;
    report.add(refused ? State::unknown : State::critical, found.error().what);
  } else {
    look(report, session, options);
  }
  print(session.json() ? json_line(report.as_json()) : report.line(well(session)));
  return static_cast<ExitCode>(report.state());
}

}  // namespace

std::optional<int> wrong_use_of_check(const CLI::App& app, const std::string& what) {
  if (!app.got_subcommand("check")) return std::nullopt;
  MonitoringReport report;
  report.add(State::unknown, what);
  print(report.line(""));
  flush_prints();
  return static_cast<int>(report.state());
}

void add_check_command(CLI::App& app, Invocation& invocation) {
  add_command<CheckOptions>(
      app, invocation, "check",
      "Tells monitoring how the daemon is, as plugins of Nagios and Icinga do: one line, with "
      "figures behind a bar. Exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (wrong usage, "
      "too).\n\n"
      "CRITICAL is a daemon that doesn't answer or is read-only, and a node of a cluster that "
      "takes "
      "no payments or sees another one differ; WARNING a write-ahead log that "
      "can't be emptied, upkeep of the keys that is held up, and a clock that isn't the ledger's. "
      "Of several sockets it is about the first one that answers: give monitoring each node's "
      "alone. "
      "The rest has thresholds. What doesn't answer within --timeout (here 10s) is CRITICAL. It "
      "asks as `ledger.status` does, which the rules must allow.",
      "  giro check --warn-disk 20GiB --crit-disk 5GiB\n"
      "  giro check --socket /run/giro/giro.sock --warn-latency 50",
      declare_check, run_check);
}

}  // namespace giro::cli
