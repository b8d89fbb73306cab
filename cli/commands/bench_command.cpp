// giro bench: loads a daemon and says how fast it was. What is measured and how: bench/load/.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "bench/load/runner.hpp"
#include "cli/command.hpp"
#include "cli/commands/bench_report.hpp"
#include "cli/output/output.hpp"
#include "cli/output/progress.hpp"
#include "ledger/store/backup/durable_file.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
  std::vector<std::string> workloads;
  double scale = 1;
  double duration_s = 0;  // 0: the workload's own.
  std::string daemon;
  std::string dir = ".";
  std::string json_file;
  std::string svg_file;
  std::vector<std::string>
      sockets;  // Of its own: the default socket's daemon isn't one to fill by accident.
};

std::atomic<bool> interrupted = false;

// The scratch folder is large: it is removed also when the user has seen enough.
void note_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Result<std::vector<const load::Workload*>> chosen(const std::vector<std::string>& names) {
  std::vector<const load::Workload*> workloads;
  for (const std::string& name : names) {
    if (name == "all") continue;
    const load::Workload* workload = load::find_workload(name);
    if (workload == nullptr) {
      return usage_failure(fmt::format("there is no workload `{}`", name),
                           "There are W1 to W14, and all: see giro bench --help.");
    }
    workloads.push_back(workload);
  }
  if (!workloads.empty()) return workloads;
  for (const load::Workload& workload : load::all_workloads()) workloads.push_back(&workload);
  // W8 asks the ledger that W1 leaves, so that it needn't be filled again.
  std::ranges::stable_sort(workloads, {}, [](const load::Workload* workload) {
    return workload->id == "W1" ? 0 : workload->is_questions ? 1 : 2;
  });
  return workloads;
}

bool show_step(const load::Step& step) {
  constexpr double kWhole = 1e6;
  const ProgressFigures figures{
      .rows = step.done,
      .bytes = static_cast<std::uint64_t>(step.share * kWhole),
      .bytes_total = static_cast<std::uint64_t>(kWhole),
      .elapsed = std::chrono::milliseconds(static_cast<std::int64_t>(step.seconds * 1'000))};
  show_status_line(fmt::format("{} {:<16} {}", step.workload, step.doing, progress_line(figures)));
  return !interrupted;
}

Result<load::RunOptions> run_options(const BenchOptions& options) {
  load::RunOptions out;
  out.scratch_parent = options.dir;
  out.scale = options.scale;
  out.sockets = options.sockets;
  if (options.duration_s > 0) out.duration_seconds = options.duration_s;
  if (!out.sockets.empty()) return out;
  if (!options.daemon.empty()) {
    out.girod = fs::absolute(options.daemon);
    return out;
  }
  auto found = load::find_girod();
  if (!found) return usage_failure(found.error().what, found.error().advice);
  out.girod = std::move(*found);
  return out;
}

Result<void> write_file(const std::string& name, const std::string& text,
                        std::ios::openmode mode = std::ios::trunc) {
  std::ofstream file(name, std::ios::binary | mode);
  file << text;
  file.close();
  if (file) return {};
  return usage_failure(fmt::format("can't write {}", name), "Name a file that can be written.");
}

// Before minutes of work: can its figures be kept? Leaves what a file has.
Result<void> check_files(const BenchOptions& options) {
  for (const std::string& name : {options.json_file, options.svg_file}) {
    if (name.empty() || name == "-") continue;
    if (store::is_ledger_folder(store::folder_of(name))) {
      return usage_failure(
          fmt::format("{} would lie in a ledger's own folder, and nothing else is written there",
                      name),
          "Name a file elsewhere.");
    }
    if (auto writable = write_file(name, {}, std::ios::app); !writable) return writable;
  }
  return {};
}

Result<ExitCode> run_bench(Session& session, const BenchOptions& options) {
  const auto workloads = chosen(options.workloads);
  if (!workloads) return std::unexpected(workloads.error());
  auto to_run = run_options(options);
  if (!to_run) return std::unexpected(to_run.error());
  if (auto writable = check_files(options); !writable) return std::unexpected(writable.error());
  note_interrupts();
  load::Runner runner(std::move(*to_run), show_step);
  const auto report = runner.run(*workloads);
  show_status_line({});
  if (!report) {
    // Also when it is the machine's fault: a script must not go on as if there were figures.
    return std::unexpected(
        Failure{ExitCode::internal, report.error().what, {}, report.error().advice});
  }
  const bool json_alone = options.json_file == "-" || session.json();
  print(json_alone ? load::report_json(*report) : bench_tables(*report, session.colours()));
  if (!options.json_file.empty() && options.json_file != "-") {
    if (auto done = write_file(options.json_file, load::report_json(*report)); !done) {
      return std::unexpected(done.error());
    }
  }
  if (!options.svg_file.empty()) {
    if (auto done = write_file(options.svg_file, load::report_svg(*report)); !done) {
      return std::unexpected(done.error());
    }
  }
  return ExitCode::ok;
}

std::string workload_list() {
  std::string list = "Workloads:\n";
  for (const load::Workload& workload : load::all_workloads()) {
    list += fmt::format("  {:<3}  {}\n", workload.id, workload.title);
  }
  return list;
}

void declare_bench(CLI::App& command, BenchOptions& options) {
  command.add_option("WORKLOAD", options.workloads, "W1 ... W14, or all (the default)");
  command
      .add_option("--scale", options.scale,
                  "Times so many payments, and so much time (default 1: all take some minutes)")
      ->check(CLI::Range(0.0001, 100.0));
  command
      .add_option("--duration", options.duration_s,
                  "Seconds, for W3 to W7 and W12 (default 10; W12: 60)")
      ->check(CLI::Range(0.1, 86'400.0));
  command
      .add_option("--daemon", options.daemon,
                  "The girod to start (default: the one beside giro, else the one in $PATH)")
      ->check(CLI::ExistingFile);
  command
      .add_option("--dir", options.dir,
                  "Where the ledgers lie while it runs, a disk (default: here); W1 takes 2 GB")
      ->check(CLI::ExistingDirectory);
  command
      .add_option(
          "--socket", options.sockets,
          "Loads the daemon that runs here instead. Its ledger keeps what is paid. Given again: "
          "another node of the same ledger, which gets its share of the connections")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->excludes("--daemon");
  command.add_option("--json", options.json_file,
                     "Writes a JSON object to this file; -: to stdout, "
                     "instead of the tables");
  command.add_option("--svg", options.svg_file, "Writes a picture to this file");
}

}  // namespace

// Its --socket and --json are other ones than those of all commands, so it declares itself.
void add_bench_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("bench", "Measures how fast a daemon is, a fresh one that it starts");
  const auto options = std::make_shared<BenchOptions>();
  declare_bench(*command, *options);
  add_colour_options(*command, invocation.globals);
  command->footer(workload_list() +
                  "\nExample:\n  giro bench W1 W3 --scale 0.1 --json figures.json --svg rates.svg");
  command->callback([&invocation, options] {
    invocation.action = [options](Session& session) { return run_bench(session, *options); };
  });
}

}  // namespace giro::cli
