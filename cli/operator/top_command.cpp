// giro top: what a daemon does at the moment.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "cli/operator/operator.hpp"
#include "cli/operator/top_figures.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using Clock = Screen::Clock;

constexpr std::chrono::seconds kTopPatience{2};

struct TopOptions {
  double interval_s = 2;
  std::size_t accounts = 10;
  bool once = false;
};

void declare_top(CLI::App& command, TopOptions& options) {
  constexpr double kIntervalMin = 0.1;
  constexpr double kIntervalMax = 3'600;
  constexpr std::size_t kAccountsMax = 100;
  command
      .add_option("--interval", options.interval_s,
                  "So often it is drawn anew, and over so long rates are taken (default 2)")
      ->type_name("SECONDS")
      ->check(CLI::Range(kIntervalMin, kIntervalMax));
  command
      .add_option("--accounts", options.accounts, "So many of the busiest accounts (default 10)")
      ->check(CLI::Range(std::size_t{0}, kAccountsMax));
  command.add_flag("--once", options.once,
                   "Prints the figures of one interval and ends; so it does without a terminal");
}

// The figures of one interval after the other.
class Meter {
 public:
  Meter(const Session& session, const TopOptions& options)
      : session_(session), options_(options), busy_(session.socket_path()) {}

  // Of the daemon as it is now; what follows is since then. Nothing is shown of the moment before it.
  [[nodiscard]] std::optional<Failure> begin() {
    auto page = fetch();
    if (!page) return session_.explain(page.error(), false);
    before_ = std::move(*page);
    began_ = Clock::now();
    if (options_.accounts > 0) busy_.begin_tick();
    return std::nullopt;
  }

  [[nodiscard]] Clock::time_point deadline() const {
    return began_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(options_.interval_s));
  }
  [[nodiscard]] BusyAccounts& busy() { return busy_; }

  [[nodiscard]] Result<TopFigures> end() {
    auto after = fetch();
    if (!after) return std::unexpected(session_.explain(after.error(), false));
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    busy_.take_events();
    TopFigures figures = top_figures(before_, *after, seconds, busy_.busiest(options_.accounts));
    figures.accounts_trouble = busy_.trouble();
    return figures;
  }

 private:
  std::expected<MetricsPage, client::CallError> fetch() const {
    return fetch_metrics(session_.socket_path(), client::Clock::now() + kTopPatience);
  }

  const Session& session_;
  const TopOptions& options_;
  BusyAccounts busy_;
  MetricsPage before_;
  Clock::time_point began_;
};

// Why nothing is decided, which is no metric.
std::string obstacle_of(const Session& session, const TopFigures& figures) {
  if (figures.now.value("giro_deciding") != 0.0) return {};
  const auto deadline = client::Clock::now() + kTopPatience;
  auto connection = client::Connection::open(session.socket_path(), deadline);
  if (!connection) return {};
  const auto status = connection->call("ledger.status", "{}", deadline);
  return status && status->is_object() ? text_field(status->get_object(), "obstacle") : "";
}

// Waits for the interval's end without a screen.
void wait_for_events(Meter& meter) {
  while (Clock::now() < meter.deadline()) {
    pollfd interest{.fd = meter.busy().handle(), .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(meter.deadline() - Clock::now());
    if (poll(&interest, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0) {
      meter.busy().take_events();
    }
  }
}

// One interval; with --json and without --once one after the other.
Result<ExitCode> print_figures(Session& session, const TopOptions& options) {
  Meter meter(session, options);
  do {
    if (auto failure = meter.begin()) return std::unexpected(std::move(*failure));
    wait_for_events(meter);
    const auto figures = meter.end();
    if (!figures) return std::unexpected(figures.error());
    if (session.json()) {
      print(json_line(as_json(*figures)));
    } else {
      for (const ScreenLine& line :
           as_lines(*figures, session.socket_path(), obstacle_of(session, *figures))) {
        print(styled(line.text, line.style, session.colours()) + "\n");
      }
    }
    flush_prints();
  } while (session.json() && !options.once);
  return ExitCode::ok;
}

// Draws until the interval is over or the user ends it: then true.
bool watch(Screen& screen, Meter& meter, const std::vector<ScreenLine>& lines,
           Clock::time_point deadline) {
  for (;;) {
    switch (screen.wait(deadline, meter.busy().handle())) {
      case Screen::Event::time:
        return false;
      case Screen::Event::other:
        meter.busy().take_events();
        break;
      case Screen::Event::redraw:
        screen.draw(lines);
        break;
      default:
        return true;
    }
  }
}

int show_screen(Session& session, const TopOptions& options, Meter& meter) {
  Screen screen(session.colours());
  std::vector<ScreenLine> lines{{"giro top: the first figures come after an interval; q ends it"}};
  for (;;) {
    screen.draw(lines);
    if (watch(screen, meter, lines, meter.deadline())) return screen.signal();
    auto figures = meter.end();
    // A daemon that went away may come again: its figures begin anew then.
    while (!figures) {
      lines = {{figures.error().what, Style::bad}, {"It is tried again; q ends it"}};
      screen.draw(lines);
      const auto again = Clock::now() + std::chrono::milliseconds(
                                            static_cast<std::int64_t>(options.interval_s * 1'000));
      if (watch(screen, meter, lines, again)) return screen.signal();
      figures = meter.end();
    }
    lines = as_lines(*figures, session.socket_path(), obstacle_of(session, *figures));
    // What follows is measured from here; a daemon that is gone by now is met at the interval's end.
    (void)meter.begin();
  }
}

Result<ExitCode> run_top(Session& session, const TopOptions& options) {
  if (auto named = session.socket_is_named(); !named) return std::unexpected(named.error());
  if (auto found = session.find_daemon(kTopPatience); !found) {
    return std::unexpected(std::move(found).error());
  }
  const bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  if (options.once || session.json() || !terminal) return print_figures(session, options);
  Meter meter(session, options);
  // Before the screen is taken: what is wrong from the start stays to be read.
  if (auto failure = meter.begin()) return std::unexpected(std::move(*failure));
  const int signal = show_screen(session, options, meter);
  constexpr int kEndedBySignal = 128;
  return signal == 0 ? ExitCode::ok : static_cast<ExitCode>(kEndedBySignal + signal);
}

}  // namespace

void add_top_command(CLI::App& app, Invocation& invocation) {
  add_command<TopOptions>(
      app, invocation, "top",
      "Shows what the daemon does at the moment, drawn anew every two seconds: q or Ctrl-C ends "
      "it.\n\n"
      "Rates by type and outcome, latencies, the queue, connections by user, open holds and "
      "schedules, the disk, and the accounts that most decisions are about (where many are made, "
      "of "
      "a sample). With --json a line an interval. It asks as `ledger.status` and "
      "`events.subscribe` "
      "do, which the rules must allow.",
      "  giro top\n  giro top --once --json | jq .per_second", declare_top, run_top);
}

}  // namespace giro::cli
