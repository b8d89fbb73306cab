// giro check: asks a daemon how it is, for monitoring.
#include <thread>

#include <fmt/format.h>

#include "cli/fields.hpp"
#include "cli/operator/check.hpp"
#include "cli/operator/operator.hpp"
#include "cli/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using client::Clock;

constexpr double kSecondsMax = 3'600;

struct CheckOptions {
  Thresholds thresholds;
  double interval_s = 1;
  double wait_s = 10;
};

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
    if (option.unit == std::string_view("SIZE")) declared->transform(CLI::AsSizeValue(false));
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
                           "less is free on the ledger's disk", "5G", "1G"},
           ThresholdOption{"wal", "SIZE", limits.wal_bytes, "the write-ahead log is so large", "1G",
                           "8G"},
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
  command
      .add_option("--wait", options.wait_s,
                  "A daemon that doesn't answer in this time is critical (default 10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, kSecondsMax));
}

Clock::time_point in_seconds(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// No daemon is critical; one that answers and won't tell is unknown.
void add_failure(CheckReport& report, const Session& session, const client::CallError& error) {
  const bool refused = std::holds_alternative<client::RpcError>(error);
  const Failure failure = session.explain(error, false);
  report.add(refused || failure.exit == ExitCode::no_permission ? State::unknown : State::critical,
             failure.what);
}

std::optional<MetricsPage> page_of(CheckReport& report, const Session& session, double wait_s) {
  auto page = fetch_metrics(session.socket_path(), in_seconds(wait_s));
  if (page) return std::move(*page);
  add_failure(report, session, page.error());
  return std::nullopt;
}

std::optional<json::object> status_of(CheckReport& report, const Session& session, double wait_s) {
  const auto deadline = in_seconds(wait_s);
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

void look(CheckReport& report, const Session& session, const CheckOptions& options) {
  // One reason is enough where nothing can be had.
  const auto status = status_of(report, session, options.wait_s);
  if (!status && report.state() == State::critical) return;
  std::optional<MetricsPage> before(MetricsPage{});
  if (options.interval_s > 0) {
    before = page_of(report, session, options.wait_s);
    if (before) std::this_thread::sleep_until(in_seconds(options.interval_s));
  }
  std::optional<MetricsPage> after;
  if (before) after = page_of(report, session, options.wait_s);
  judge(report, options.thresholds, status ? &*status : nullptr, before ? &*before : nullptr,
        after ? &*after : nullptr);
}

Result<ExitCode> run_check(Session& session, const CheckOptions& options) {
  CheckReport report;
  if (const auto named = session.socket_is_named(); !named) {
    report.add(State::unknown, named.error().what);
  } else {
    look(report, session, options);
  }
  print(session.json() ? json_line(report.as_json())
                       : report.line("the daemon decides, and nothing is in its way"));
  return static_cast<ExitCode>(report.state());
}

}  // namespace

std::optional<int> wrong_use_of_check(const CLI::App& app, const std::string& what) {
  if (!app.got_subcommand("check")) return std::nullopt;
  CheckReport report;
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
      "CRITICAL is a daemon that doesn't answer or is read-only; WARNING a write-ahead log that "
      "can't be emptied, upkeep of the keys that is held up, and a clock that isn't the ledger's. "
      "The rest has thresholds. It asks as `ledger.status` does, which the rules must allow.",
      "  giro check --warn-disk 20G --crit-disk 5G\n"
      "  giro check --socket /run/giro/giro.sock --warn-latency 50",
      declare_check, run_check);
}

}  // namespace giro::cli
