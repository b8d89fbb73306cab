// As many members of etcd as daemons, each pair on a machine of its own, as it were. Thread: one at a time; payers may be on others.
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/daemon_process.hpp"
#include "tests/etcd/etcd_cluster.hpp"

namespace giro::test {

class ClusterNodes {
 public:
  // To come to one end once everything runs.
  static constexpr std::chrono::seconds kSettleMax{60};
  // To catch up while the others go on, each group with a sync of its own: as many groups as came while a backup was made
  // and read back.
  static constexpr std::chrono::seconds kCatchUpMax{600};

  ClusterNodes(const std::filesystem::path& folder, const etcd::test::ClusterOptions& options);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] etcd::test::EtcdCluster& etcd() { return etcd_; }
  [[nodiscard]] DaemonProcess& operator[](std::size_t i) { return *nodes_.at(i); }
  [[nodiscard]] static std::string name_of(std::size_t i);
  [[nodiscard]] std::string socket(std::size_t i) const;
  [[nodiscard]] std::filesystem::path data(std::size_t i) const { return folder_of(i) / "data"; }

  // Until it answers. Throws where it doesn't.
  void start(std::size_t i);
  // Until it serves, too, as long as it comes nearer to the log's end. Where the log may not have any more what follows its
  // ledger. False: it said so, and that `giro cluster join` helps, and ended.
  [[nodiscard]] bool start_if_log_reaches_back(std::size_t i);
  // Makes its ledger anew from that of `from`, as an operator does, and starts it. REQUIRES: it doesn't run.
  void join_anew(std::size_t i, std::size_t from);

  // All that is on its machine dies at once, and with it what it had sent and wasn't delivered yet. REQUIRES: linked.
  void machine_dies(std::size_t i);
  void machine_starts(std::size_t i);

  [[nodiscard]] bool has_ended(std::size_t i) const;  // By itself.
  // As a client is told it.
  [[nodiscard]] boost::json::object status_of(std::size_t i) const;
  [[nodiscard]] std::string state_of(std::size_t i) const;
  // Every node serves, and has the same last entry. Throws where one ended by itself.
  [[nodiscard]] bool are_level() const;
  // Throws where they don't become so.
  void await_level() const;
  // Of each ledger, by a look at every entry; one: they are equal.
  [[nodiscard]] std::vector<std::string> verified_digests() const;

 private:
  [[nodiscard]] std::filesystem::path folder_of(std::size_t i) const {
    return folder_ / name_of(i);
  }
  [[nodiscard]] std::string last_words_of(std::size_t i) const;

  const std::filesystem::path folder_;
  etcd::test::EtcdCluster etcd_;
  std::vector<std::unique_ptr<DaemonProcess>> nodes_;
};

// GIRO_LONG: half an hour and more.
[[nodiscard]] inline bool is_long_run() {
  return std::getenv("GIRO_LONG") != nullptr;
}

// How long it is: GIRO_MINUTES, or half an hour.
[[nodiscard]] inline std::chrono::minutes long_run() {
  const char* minutes = std::getenv("GIRO_MINUTES");
  return std::chrono::minutes(minutes == nullptr ? 30 : std::stoi(minutes));
}

// The accounts that payers pay between, with money, at a node of a cluster that has come up.
void open_payers_accounts(ClusterNodes& nodes);

}  // namespace giro::test
