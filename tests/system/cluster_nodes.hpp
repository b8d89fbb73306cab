// As many members of etcd as daemons, each pair on a machine of its own, as it were. Thread: one at a time; payers may be on others.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/daemon_process.hpp"
#include "tests/etcd/etcd_cluster.hpp"

namespace giro::test {

class ClusterNodes {
 public:
  ClusterNodes(const std::filesystem::path& folder, std::size_t count)
      : folder_(folder), etcd_(folder / "etcd", {.members = count}), nodes_(count) {
    for (std::size_t i = 0; i < count; ++i) start(i);
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] etcd::test::EtcdCluster& etcd() { return etcd_; }
  [[nodiscard]] DaemonProcess& operator[](std::size_t i) { return *nodes_.at(i); }
  [[nodiscard]] std::string socket(std::size_t i) const {
    return (folder_of(i) / "giro.sock").string();
  }
  // Until it answers.
  void start(std::size_t i) {
    std::filesystem::create_directories(folder_of(i));
    nodes_.at(i).reset();
    nodes_.at(i) = std::make_unique<DaemonProcess>(
        folder_of(i),
        DaemonOptions{.configuration = "[cluster]\nname = \"test\"\nnode = \"" + name_of(i) +
                                       "\"\netcd = \"" + etcd_.socket(i) + "\"\n"});
  }
  // As a client is told it.
  [[nodiscard]] boost::json::object status_of(std::size_t i) const {
    client::Connection connection = nodes_.at(i)->connect();
    return call(connection, "ledger.status");
  }
  [[nodiscard]] std::string state_of(std::size_t i) const {
    return std::string(status_of(i).at("cluster").at("state").as_string());
  }

 private:
  [[nodiscard]] static std::string name_of(std::size_t i) {
    return std::string(1, static_cast<char>('a' + i));
  }
  [[nodiscard]] std::filesystem::path folder_of(std::size_t i) const {
    return folder_ / name_of(i);
  }

  const std::filesystem::path folder_;
  etcd::test::EtcdCluster etcd_;
  std::vector<std::unique_ptr<DaemonProcess>> nodes_;
};

}  // namespace giro::test
