// Runs workloads, each against a ledger of its own, and proves that their work was done.
//
// What always holds: an outcome exists only if every request was answered as the workload demands,
// the ledger's seq rose by exactly what was decided and what expired, and the balances sum to zero
// afterwards, on a daemon that was started here even after kill -9 (W1). Thread: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/driver.hpp"
#include "bench/load/failure.hpp"
#include "bench/load/query_traffic.hpp"
#include "bench/load/report.hpp"
#include "bench/load/target.hpp"

namespace giro::load {

struct RunOptions {
  std::filesystem::path girod;  // Not needed with sockets.
  std::vector<std::string>
      sockets;  // Not empty: of a daemon that runs already, or of the nodes of one ledger.
  std::filesystem::path scratch_parent;
  double scale = 1;                        // Of payments, questions and durations.
  std::optional<double> duration_seconds;  // Of workloads that are limited by time.
};

// How far the work is, about ten times a second.
struct Step {
  std::string_view workload;
  std::string_view doing;
  std::uint64_t done = 0;
  double share = 0;  // 0 to 1.
  double seconds = 0;
};
// False: stop.
using OnStep = std::function<bool(const Step&)>;

class Runner {
 public:
  Runner(RunOptions options, OnStep on_step)
      : options_(std::move(options)), on_step_(std::move(on_step)) {}

  [[nodiscard]] Result<Report> run(const std::vector<const Workload*>& workloads);

 private:
  // A daemon with a ledger that a workload filled.
  struct Filled {
    Target target;
    FilledLedger ledger;
    std::uint64_t holds = 0;            // That expire during the load.
    Clock::time_point load_begin = {};  // Not before.
  };

  [[nodiscard]] Result<Target> make_target();
  [[nodiscard]] Result<Filled> prepare(const Workload& workload);
  [[nodiscard]] Result<void> open_accounts(const Workload& workload, const Filled& filled);
  // What a workload needs to find in the ledger.
  [[nodiscard]] Result<void> make_beforehand(const Workload& workload, Filled& filled);
  // A rejection is a Failure.
  [[nodiscard]] Result<void> send_beforehand(const Workload& workload, std::string_view doing,
                                             Filled& filled, Element element, std::uint64_t count);
  [[nodiscard]] Result<Outcome> run_payments(const Workload& workload, Filled& filled);
  [[nodiscard]] Result<Outcome> run_load(const Workload& workload, Filled& filled);
  // How many holds have expired, then until all have.
  [[nodiscard]] Result<Expiries> await_expiries(Filled& filled);
  [[nodiscard]] Result<Decided> send_payments(const Workload& workload, const Filled& filled,
                                              Outcome& outcome);
  [[nodiscard]] Result<Outcome> run_questions(const Workload& workload);
  [[nodiscard]] Result<Latency> ask_all(const Workload& workload, const std::string& what,
                                        Questions& questions, std::uint64_t count);
  [[nodiscard]] Result<void> close_ledger(const Workload& workload, Filled& filled,
                                          Outcome& outcome);
  [[nodiscard]] Watch watch(const Workload& workload, std::string_view doing, const Stream& stream,
                            std::uint64_t total) const;

  [[nodiscard]] std::uint64_t scaled(std::uint64_t count, std::uint64_t at_least) const;
  [[nodiscard]] double duration_seconds(const Workload& workload) const;

  RunOptions options_;
  OnStep on_step_;
  std::optional<ScratchFolder> scratch_;
  std::optional<Filled> w1_;  // Kept for W8.
  std::string sqlite_version_;
};

}  // namespace giro::load
