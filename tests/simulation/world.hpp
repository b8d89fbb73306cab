// A whole Giro in one thread: clients, their sessions, the engine, its readers and its upkeep, on a disk that
// fails, can't be read and loses power, with a clock that stands until it is told to go, and that somebody sets by up
// to ten years. Clients send requests of all methods and ask questions, byte by byte at times, and hang up. An auditor
// with a model of its own follows the journal, and looks at what they were told. What happens next is drawn from a
// seed, and so is everything: a seed that finds a fault finds it again.
// Thread: the test's.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/simulation/asker.hpp"
#include "tests/simulation/daemon_life.hpp"
#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workers.hpp"
#include "tests/whole/follower.hpp"

namespace giro::test {

// What a run led to.
struct Ending {
  std::string digest;              // Of the ledger.
  std::string heard;               // By all clients.
  std::string wrong;               // Whatever can't be; empty: nothing.
  std::uint64_t lives = 0;         // Of the daemon.
  std::uint64_t faults = 0;        // Of the disk, that it met,
  std::uint64_t reads_failed = 0;  // of which these are of reads.
  std::uint64_t entries = 0;
  std::uint64_t by_itself = 0;  // Of them, what fell due.
  std::uint64_t in_groups = 0;
  std::uint64_t of_many = 0;  // Answers to payments.submit_many.
};

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();

  // Until every request has an outcome that its client knows.
  [[nodiscard]] Ending run();

 private:
  [[nodiscard]] std::uint64_t draw(std::uint64_t count) { return random_() % count; }
  void act();
  void send();
  void hear();
  void trouble_the_disk();
  void heal();
  void hang_up();
  void come_again(std::size_t client);
  void set_the_clock();
  // The auditor looks at the journal as it is. REQUIRES: it can't be taken back any more.
  void audit();
  void die(bool power_goes);
  void be_born();
  [[nodiscard]] bool begin_life();
  void end_life();
  void settle_down();
  [[nodiscard]] std::string what_is_wrong();
  [[nodiscard]] store::StoreOptions options();
  [[nodiscard]] store::LedgerFile file() const;

  std::mt19937_64 random_;
  ScratchFolder folder_{folder_in_memory()};
  FaultyDisk disk_;
  FakeTime time_;
  std::shared_ptr<LaterWorker> worker_ = std::make_shared<LaterWorker>();
  WholeModel model_;
  SentRequests requests_;
  std::optional<Follower> auditor_;
  std::vector<Asker> askers_;
  std::unique_ptr<DaemonLife> life_;
  std::vector<std::unique_ptr<ByteClient>> clients_;  // Of the askers, in their order.
  bool has_answered_ = false;  // In this life: then what it recovered is durable.
  bool reads_fail_ = false;    // Or are to: by the latest trouble of the disk.
  bool sets_the_clock_ = false;
  bool is_sound_ = false;  // No more trouble: what is open is brought to its end.
  Ending ending_;
};

}  // namespace giro::test
