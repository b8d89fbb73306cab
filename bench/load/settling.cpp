#include "bench/load/settling.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "bench/load/process_probe.hpp"

namespace giro::load {
namespace {

// Files, pipes and libraries beside the connections.
constexpr unsigned kOtherHandles = 200;
constexpr std::chrono::milliseconds kAskInterval{20};
constexpr std::chrono::seconds kAcceptMax{30};
constexpr std::chrono::seconds kNodesMax{30};
constexpr std::chrono::seconds kIdleWatch{3};
constexpr std::chrono::milliseconds kQuietInterval{500};
constexpr unsigned kQuietTries = 40;
// In an interval: less is a watchdog's, or a timer's.
constexpr std::uint64_t kQuietWakeUps = 3;

Result<std::uint64_t> status_number(const Target::Node& node, const char* name) {
  const auto status = Target::ask(node, "ledger.status");
  if (!status) return std::unexpected(status.error());
  const auto* value = status->if_contains(name);
  if (value == nullptr || !value->is_int64()) {
    return failed(fmt::format("ledger.status has no number `{}`", name),
                  "girod and giro must be of one version.");
  }
  return static_cast<std::uint64_t>(value->get_int64());
}

}  // namespace

Result<std::uint64_t> ledger_seq(const Target& target) {
  std::uint64_t furthest = 0;
  for (const Target::Node& node : target.nodes()) {
    const auto seq = status_number(node, "seq");
    if (!seq) return seq;
    furthest = std::max(furthest, *seq);
  }
  return furthest;
}

Result<void> await_seq(const Target& target, std::uint64_t seq, std::chrono::seconds longest) {
  const auto deadline = Clock::now() + longest;
  for (;;) {
    const auto now = ledger_seq(target);
    if (!now) return std::unexpected(now.error());
    if (*now >= seq) return {};
    if (Clock::now() > deadline) {
      return failed(fmt::format("the ledger is at seq {} and should have come to {}", *now, seq),
                    "Holds whose time is over must expire: this is a defect.");
    }
    std::this_thread::sleep_for(kAskInterval);
  }
}

Result<std::uint64_t> settled_seq(const Target& target) {
  const auto seq = ledger_seq(target);
  if (!seq) return seq;
  const auto deadline = Clock::now() + kNodesMax;
  for (const Target::Node& node : target.nodes()) {
    for (;;) {
      const auto now = status_number(node, "seq");
      if (!now) return now;
      if (*now >= *seq) break;
      if (Clock::now() > deadline) {
        return failed(
            fmt::format("the node at {} is at seq {}, another one at {}", node.socket, *now, *seq),
            "Are they nodes of one ledger? See giro cluster status.");
      }
      std::this_thread::sleep_for(kAskInterval);
    }
  }
  return seq;
}

Result<void> check_ledger(const Target& target, std::uint64_t last_seq) {
  const auto seq = settled_seq(target);
  if (!seq) return std::unexpected(seq.error());
  if (*seq != last_seq) {
    return failed(fmt::format("the ledger ends at seq {} where {} was expected", *seq, last_seq),
                  target.is_own() ? "Answered payments are missing or were made up: a defect."
                                  : "Does someone else use this daemon?");
  }
  const auto balance = target.ask("ledger.trial_balance");
  if (!balance) return std::unexpected(balance.error());
  const auto* balanced = balance->if_contains("balanced");
  if (balanced == nullptr || *balanced != true) {
    return failed("the balances don't sum to zero", "This is a defect: keep the ledger's files.");
  }
  return {};
}

Result<void> allow_connections(unsigned connections) {
  const rlim_t wanted = connections + kOtherHandles;
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return {};
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);  // Root may.
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return failed(
      fmt::format("{} connections need {} open files, and the limit is lower", connections, wanted),
      fmt::format("Raise it before: ulimit -n {}", wanted));
}

Result<double> open_idle_connections(const Target& target, unsigned connections,
                                     std::vector<Channel>& opened) {
  const auto before = probe_process(target.process());
  if (!before) return std::unexpected(before.error());
  for (unsigned count = 0; count < connections; ++count) {
    auto channel = Channel::open(target.socket());
    if (!channel) return std::unexpected(std::move(channel).error());
    opened.push_back(std::move(*channel));
  }
  const auto deadline = Clock::now() + kAcceptMax;
  for (;;) {
    const auto accepted = status_number(target.nodes().front(), "connections");
    if (!accepted) return std::unexpected(accepted.error());
    if (*accepted >= connections) break;
    if (Clock::now() > deadline) {
      return failed(fmt::format("the daemon took {} of {} connections", *accepted, connections),
                    "Does its configuration limit them?");
    }
    std::this_thread::sleep_for(kAskInterval);
  }
  const auto after = probe_process(target.process());
  if (!after) return std::unexpected(after.error());
  const double grown =
      static_cast<double>(after->rss_bytes) - static_cast<double>(before->rss_bytes);
  return grown / connections;
}

Result<IdleCheck> watch_idle(pid_t process) {
  Result<ProcessFigures> before = probe_process(process);
  for (unsigned tries = 0; before && tries < kQuietTries; ++tries) {
    std::this_thread::sleep_for(kQuietInterval);
    const auto now = probe_process(process);
    const bool quiet = now && now->context_switches - before->context_switches <= kQuietWakeUps;
    before = now;
    if (quiet) break;
  }
  if (!before) return std::unexpected(before.error());
  std::this_thread::sleep_for(kIdleWatch);
  const auto after = probe_process(process);
  if (!after) return std::unexpected(after.error());
  return IdleCheck{.seconds = static_cast<double>(kIdleWatch.count()),
                   .wake_ups = after->context_switches - before->context_switches,
                   .cpu_seconds = after->cpu_seconds - before->cpu_seconds};
}

}  // namespace giro::load
