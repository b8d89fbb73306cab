#include "bench/load/runner.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/load/cost_meter.hpp"
#include "bench/load/settling.hpp"

namespace giro::load {
namespace {

constexpr unsigned kParts = 100;  // Of the rate over time.
constexpr unsigned kOpenConnections = 4;
constexpr unsigned kOpenWindow = 256;
constexpr unsigned kPreparedAtOnce = 5'000;
constexpr double kShortestSeconds = 1;
constexpr std::uint64_t kFewestHolds = 1'000;
// What making the holds may take, so that none ends before all are there.
constexpr double kMakeHoldsSeconds = 1;
constexpr double kMakeHoldSeconds = 10e-6;
constexpr std::chrono::milliseconds kStepInterval{100};
constexpr std::chrono::seconds kExpiryMax{60};
constexpr std::uint64_t kQuestions = 20'000;
constexpr std::uint64_t kFewestQuestions = 1'000;
constexpr unsigned kPageRows = 100;
constexpr unsigned kScanRows = 1'000;

Pace pace_of(const RateSeries& series) {
  const std::uint64_t done = series.done();
  const std::uint64_t tenth = std::max<std::uint64_t>(done / 10, 1);
  return {.done = done,
          .seconds = series.seconds(),
          .per_second = series.rate(),
          .first_tenth_per_second = series.rate_between(0, tenth),
          .last_tenth_per_second = series.rate_between(done - tenth, done),
          .over_time = series.over_time(kParts)};
}

// The same accounts, and keys of its own.
PaymentPlan beforehand(PaymentPlan plan) {
  plan.seed = mixed(plan.seed);
  return plan;
}

Element element_of(const Workload& workload, const PaymentPlan& plan) {
  switch (workload.asked) {
    case Asked::holds_and_captures:
      return holds_and_captures(plan);
    case Asked::all_methods:
      return all_methods(plan);
    case Asked::payments:
      break;
  }
  return plain_payments(plan);
}

Failure with_log(Failure failure, const Target& target) {
  const std::string log = target.log_end();
  if (log.empty()) return failure;
  if (!failure.advice.empty()) failure.advice += '\n';
  failure.advice += "The daemon's log ends with:\n" + log;
  return failure;
}

}  // namespace

Result<Report> Runner::run(const std::vector<const Workload*>& workloads) {
  auto scratch = ScratchFolder::make(options_.scratch_parent);
  if (!scratch) return std::unexpected(std::move(scratch).error());
  scratch_.emplace(std::move(*scratch));
  Report report;
  report.scale = options_.scale;
  report.taken_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  auto machine = inspect_machine(scratch_->path());
  if (!machine) return std::unexpected(std::move(machine).error());
  report.machine = std::move(*machine);
  for (const Workload* workload : workloads) {
    auto outcome = [&]() -> Result<Outcome> {
      if (workload->is_questions) return run_questions(*workload);
      auto filled = prepare(*workload);
      if (!filled) return std::unexpected(std::move(filled).error());
      auto paid = run_payments(*workload, *filled);
      if (!paid) return std::unexpected(with_log(std::move(paid).error(), filled->target));
      if (workload->is_killed_at_end) w1_.emplace(std::move(*filled));
      return paid;
    }();
    if (!outcome) {
      Failure failure = std::move(outcome).error();
      failure.what = fmt::format("{}: {}", workload->id, failure.what);
      return std::unexpected(std::move(failure));
    }
    report.outcomes.push_back(std::move(*outcome));
  }
  report.sqlite_version = sqlite_version_;
  return report;
}

Result<Target> Runner::make_target() {
  auto target = options_.sockets.empty() ? Target::start(options_.girod, scratch_->path())
                                         : Target::running(options_.sockets);
  if (target) sqlite_version_ = target->sqlite_version();
  return target;
}

Result<Runner::Filled> Runner::prepare(const Workload& workload) {
  w1_.reset();
  if (auto raised = allow_connections(workload.idle_connections + workload.connections); !raised) {
    return std::unexpected(std::move(raised).error());
  }
  auto target = make_target();
  if (!target) return std::unexpected(std::move(target).error());
  Filled filled{std::move(*target), {}};
  // A fresh ledger gets the same payments each time; one that has some mustn't get them again.
  filled.ledger.plan = {.seed = filled.target.is_own() ? 1 : std::random_device{}(),
                        .accounts = workload.accounts,
                        .one_hot_account = workload.one_hot_account};
  if (auto opened = open_accounts(workload, filled); !opened) {
    return std::unexpected(with_log(std::move(opened).error(), filled.target));
  }
  const auto seq = settled_seq(filled.target);
  if (!seq) return std::unexpected(seq.error());
  filled.ledger.first_seq = *seq + 1;
  if (auto made = make_beforehand(workload, filled); !made) {
    return std::unexpected(with_log(std::move(made).error(), filled.target));
  }
  return filled;
}

Result<void> Runner::open_accounts(const Workload& workload, const Filled& filled) {
  OpenAccounts accounts(workload.accounts);
  Stream stream{.traffic = &accounts, .connections = kOpenConnections, .window = kOpenWindow};
  Driver driver(filled.target.sockets(),
                watch(workload, "opening accounts", stream, workload.accounts));
  return driver.run({&stream});
}

Result<void> Runner::make_beforehand(const Workload& workload, Filled& filled) {
  const PaymentPlan plan = beforehand(filled.ledger.plan);
  if (workload.has_velocity_limits) {
    auto limited = send_beforehand(workload, "limiting accounts", filled, velocity_limits(plan),
                                   workload.accounts);
    if (!limited) return limited;
  }
  if (workload.expiring_holds == 0) return {};
  using std::chrono::milliseconds;
  const auto rounded = [](double seconds) {
    return milliseconds(static_cast<milliseconds::rep>(seconds * 1'000));
  };
  filled.holds = scaled(workload.expiring_holds, kFewestHolds);
  const milliseconds lead =
      rounded(kMakeHoldsSeconds + kMakeHoldSeconds * static_cast<double>(filled.holds));
  const ExpiryWindow window{
      .begin = std::chrono::ceil<milliseconds>(std::chrono::system_clock::now()) + lead,
      .length = rounded(duration_seconds(workload))};
  filled.load_begin = Clock::now() + lead;
  return send_beforehand(workload, "holding money", filled,
                         expiring_holds(plan, window, filled.holds), filled.holds);
}

Result<void> Runner::send_beforehand(const Workload& workload, std::string_view doing,
                                     Filled& filled, Element element, std::uint64_t count) {
  PaymentGroups groups(std::move(element), count, kPreparedAtOnce);
  Stream stream{.traffic = &groups};
  Driver driver(filled.target.sockets(), watch(workload, doing, stream, count));
  if (auto done = driver.run({&stream}); !done) return done;
  // Counted rather than asked for: where the machine is slow, some holds have expired by now.
  filled.ledger.first_seq += count;
  if (groups.decided().applied == count) return {};
  return failed(fmt::format("{}: {} of {} were applied", doing, groups.decided().applied, count),
                "Holds are rejected where making them took longer than they were to last.");
}

Result<Outcome> Runner::run_payments(const Workload& workload, Filled& filled) {
  std::vector<Channel> idle;
  std::optional<double> bytes_an_idle_connection;
  if (workload.idle_connections > 0) {
    auto opened = open_idle_connections(filled.target, workload.idle_connections, idle);
    if (!opened) return std::unexpected(std::move(opened).error());
    bytes_an_idle_connection = *opened;
  }
  auto outcome = run_load(workload, filled);
  if (!outcome) return outcome;
  outcome->bytes_an_idle_connection = bytes_an_idle_connection;
  if (auto closed = close_ledger(workload, filled, *outcome); !closed) {
    return std::unexpected(std::move(closed).error());
  }
  return outcome;
}

Result<Outcome> Runner::run_load(const Workload& workload, Filled& filled) {
  Outcome outcome;
  outcome.workload = &workload;
  while (Clock::now() < filled.load_begin) {
    if (!on_step_({.workload = workload.id, .doing = "waiting"})) return failed("interrupted");
    std::this_thread::sleep_until(std::min(filled.load_begin, Clock::now() + kStepInterval));
  }
  const FileSizes before = filled.target.file_sizes();
  auto meter = CostMeter::start(filled.target);
  if (!meter) return std::unexpected(std::move(meter).error());
  const auto decided = send_payments(workload, filled, outcome);
  if (!decided) return std::unexpected(decided.error());
  if (auto read = meter->read(outcome); !read) return std::unexpected(std::move(read).error());

  outcome.rejected = decided->rejected;
  const double grown = static_cast<double>(outcome.ledger_bytes + outcome.wal_bytes) -
                       static_cast<double>(before.ledger_bytes + before.wal_bytes);
  if (decided->total() > 0 && filled.holds == 0) {
    outcome.bytes_a_payment = grown / static_cast<double>(decided->total());
  }
  filled.ledger.payments = decided->total();
  filled.ledger.last_seq = filled.ledger.first_seq + decided->total() - 1;
  if (filled.holds > 0) {
    auto expired = await_expiries(filled);
    if (!expired) return std::unexpected(std::move(expired).error());
    outcome.expiries = *expired;
  }
  return outcome;
}

Result<Expiries> Runner::await_expiries(Filled& filled) {
  const std::uint64_t payments_end = filled.ledger.last_seq;
  filled.ledger.last_seq += filled.holds;
  const auto at_end = ledger_seq(filled.target);
  if (!at_end) return std::unexpected(at_end.error());
  if (auto all = await_seq(filled.target, filled.ledger.last_seq, kExpiryMax); !all) {
    return std::unexpected(std::move(all).error());
  }
  return Expiries{.holds = filled.holds, .expired = *at_end - payments_end};
}

Result<Decided> Runner::send_payments(const Workload& workload, const Filled& filled,
                                      Outcome& outcome) {
  const std::uint64_t total =
      workload.payments > 0 ? scaled(workload.payments, workload.payments_a_request) : kNoLimit;
  const bool grouped = workload.payments_a_request > 1;
  const std::unique_ptr<SinglePayments> singles =
      workload.speaks_http ? std::make_unique<HttpPayments>(filled.ledger.plan, total)
                           : std::make_unique<SinglePayments>(filled.ledger.plan, total);
  PaymentGroups groups(element_of(workload, filled.ledger.plan), total,
                       workload.payments_a_request);
  Stream stream{.traffic = grouped ? static_cast<Traffic*>(&groups) : singles.get(),
                .connections = std::max(workload.connections,
                                        static_cast<unsigned>(filled.target.nodes().size())),
                .window = workload.window,
                .arrivals_per_second = workload.arrivals_per_second};
  if (total == kNoLimit) {
    stream.duration = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(duration_seconds(workload)));
  }
  std::vector<Stream*> streams{&stream};
  // The newest rows, at every moment of the run: no seq to end at.
  StatementPages scans({.plan = filled.ledger.plan}, kNoLimit, kScanRows);
  Subscription subscription(filled.ledger.first_seq);
  Stream scanning{.traffic = &scans, .background = true};
  Stream subscribed{.traffic = &subscription, .background = true};
  if (workload.readers_beside) streams.insert(streams.end(), {&scanning, &subscribed});

  Driver driver(filled.target.sockets(), watch(workload, "paying", stream, total));
  if (auto done = driver.run(streams); !done) return std::unexpected(std::move(done).error());
  outcome.pace = pace_of(stream.progress);
  const std::string what =
      grouped ? fmt::format("a group of {}", workload.payments_a_request) : "a payment";
  outcome.latencies.push_back({what, stream.latency});
  const Decided decided = grouped ? groups.decided() : singles->decided();
  if (workload.readers_beside) {
    outcome.latencies.push_back({"a page of the scan", scanning.latency});
    outcome.beside = {.statement_pages = scanning.progress.done(),
                      .statement_rows = scans.rows_seen(),
                      .events = subscription.events(),
                      .events_behind = decided.total() - subscription.events()};
  }
  if (total != kNoLimit && decided.total() != total) {
    return failed(fmt::format("{} payments were sent and {} decided", total, decided.total()));
  }
  return decided;
}

Result<void> Runner::close_ledger(const Workload& workload, Filled& filled, Outcome& outcome) {
  const bool kill = workload.is_killed_at_end && filled.target.is_own();
  if (kill) {
    const auto seconds = filled.target.kill_and_restart();
    if (!seconds) return std::unexpected(seconds.error());
    outcome.restart_seconds = *seconds;
  }
  if (auto whole = check_ledger(filled.target, filled.ledger.last_seq); !whole) return whole;
  if (!kill) return {};
  const auto idle = watch_idle(filled.target.process());
  if (!idle) return std::unexpected(idle.error());
  outcome.idle = *idle;
  return {};
}

Result<Outcome> Runner::run_questions(const Workload& workload) {
  if (!w1_) {
    const Workload& w1 = *find_workload("W1");
    auto filled = prepare(w1);
    if (!filled) return std::unexpected(std::move(filled).error());
    auto paid = run_payments(w1, *filled);
    if (!paid) return std::unexpected(with_log(std::move(paid).error(), filled->target));
    w1_.emplace(std::move(*filled));
  }
  const std::uint64_t count = scaled(kQuestions, kFewestQuestions);
  auto meter = CostMeter::start(w1_->target);
  if (!meter) return std::unexpected(std::move(meter).error());
  Outcome outcome;
  outcome.workload = &workload;
  StatementPages pages(w1_->ledger, count, kPageRows);
  BalancesAt balances(w1_->ledger, count);
  PaymentsByKey payments(w1_->ledger, count);
  const std::pair<const char*, Questions*> kinds[] = {{"a statement page", &pages},
                                                      {"a balance at a time", &balances},
                                                      {"a payment by key", &payments}};
  for (const auto& [what, questions] : kinds) {
    auto latency = ask_all(workload, what, *questions, count);
    if (!latency) return std::unexpected(with_log(std::move(latency).error(), w1_->target));
    outcome.latencies.push_back(std::move(*latency));
  }
  outcome.rows_a_page = static_cast<double>(pages.rows_seen()) / static_cast<double>(count);
  if (auto read = meter->read(outcome); !read) return std::unexpected(std::move(read).error());
  return outcome;
}

Result<Latency> Runner::ask_all(const Workload& workload, const std::string& what,
                                Questions& questions, std::uint64_t count) {
  Stream stream{.traffic = &questions};
  Driver driver(w1_->target.sockets(), watch(workload, "asking", stream, count));
  if (auto done = driver.run({&stream}); !done) return std::unexpected(std::move(done).error());
  return Latency{what, stream.latency};
}

Watch Runner::watch(const Workload& workload, std::string_view doing, const Stream& stream,
                    std::uint64_t total) const {
  const Clock::time_point begun = Clock::now();
  return [this, &workload, doing, &stream, total, begun] {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    const std::uint64_t done = stream.progress.done();
    const double share = total == kNoLimit ? seconds / duration_seconds(workload)
                                           : static_cast<double>(done) / static_cast<double>(total);
    return on_step_({workload.id, doing, done, std::min(share, 1.0), seconds});
  };
}

std::uint64_t Runner::scaled(std::uint64_t count, std::uint64_t at_least) const {
  return std::max(static_cast<std::uint64_t>(static_cast<double>(count) * options_.scale),
                  at_least);
}

double Runner::duration_seconds(const Workload& workload) const {
  if (options_.duration_seconds) return *options_.duration_seconds;
  return std::max(workload.seconds * options_.scale, kShortestSeconds);
}

}  // namespace giro::load
