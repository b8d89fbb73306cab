// Three whole nodes in one thread: each with sessions, engine, ledger and disk of its own, over a model of the log that they
// share. Answers of the log are lost, late or overtaken, appends arrive twice, members lag behind or stand still, nodes are
// cut off, killed, lose power, and have disks that fail. Clients hold to what docs/CLUSTER.md tells them: they go to any node,
// and with whatever has no outcome to another one. An auditor with a model of its own follows the journal. What happens
// next is drawn from a seed, and so is everything. Thread: the test's.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/cluster/model_log.hpp"
#include "tests/simulation/asker.hpp"
#include "tests/simulation/simulated_node.hpp"
#include "tests/whole/follower.hpp"

namespace giro::test {

// What a run led to.
struct ClusterEnding {
  std::string digest;  // Of the three ledgers.
  std::string heard;   // By all clients.
  std::string wrong;   // Whatever can't be; empty: nothing.
  std::uint64_t deaths = 0;
  std::uint64_t cuts = 0;
  std::uint64_t groups = 0;  // In the log.
  std::uint64_t entries = 0;
  std::uint64_t by_itself = 0;     // Of them, what fell due.
  std::uint64_t with_node = 0;     // That say at which node they were asked, beside these,
  std::uint64_t without_node = 0;  // and that don't, behind the ledger's beginning.
};

class ClusterWorld {
 public:
  explicit ClusterWorld(std::uint64_t seed);

  // Until every request has an outcome that its client knows, and every node has all that the log has.
  [[nodiscard]] ClusterEnding run();

 private:
  // An asker, where it is connected.
  struct Client {
    Asker asker;
    std::size_t node = 0;
    std::unique_ptr<ByteClient> bytes = nullptr;  // Null: its node is dead.
  };

  [[nodiscard]] std::uint64_t draw(std::uint64_t count) { return random_() % count; }
  [[nodiscard]] SimulatedNode& any_node() { return *nodes_[draw(nodes_.size())]; }
  void come_together();
  void act();
  void step(SimulatedNode& node);
  void send(Client& client, std::size_t bytes_max);
  void hear();
  void move(Client& client);
  void pass(std::chrono::milliseconds time);
  void make_trouble();
  void kill(SimulatedNode& node);
  void leave_dead(const SimulatedNode& node);
  void heal();
  // Of any node, as far as it is: the order is one, and nothing of it is ever taken back.
  void audit(SimulatedNode& node);
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool is_quiet() const;
  void settle_down();
  void look_at_the_end();
  void check_nodes(const SimulatedNode& node);
  void say(const std::string& what);

  std::mt19937_64 random_;
  FakeTime time_;
  SharedLog log_;
  cluster::Revision rung_ = 0;
  WholeModel model_;
  SentRequests requests_;
  Follower auditor_{model_, requests_, 1'000};
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::vector<Client> clients_;
  bool is_sound_ = false;  // No more trouble: what is open is brought to its end.
  ClusterEnding ending_;
};

}  // namespace giro::test
