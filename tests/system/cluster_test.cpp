// Three members of etcd and three daemons, under clients that pay at all of them at once, while everything of
// cluster_mishaps.cpp goes wrong: processes, machines, their network, a disk, a ledger put back to an older copy. What was
// answered is in every ledger as it was answered, nothing is there twice, and the three ledgers are one. GIRO_SEED=17:
// other mishaps in another order; GIRO_LONG=1: half an hour of them, otherwise each kind once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "tests/system/cluster_disk.hpp"
#include "tests/system/cluster_mishaps.hpp"
#include "tests/system/cluster_nodes.hpp"
#include "tests/system/cluster_payer.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using client::Clock;

constexpr std::size_t kNodes = 3;
constexpr int kPayers = 6;
// Of most clients, and of those that never go before a node that runs has had to answer.
constexpr std::chrono::milliseconds kImpatient{700};
constexpr std::chrono::milliseconds kPatient{25'000};

std::uint64_t seed_of_run() {
  const char* asked = std::getenv("GIRO_SEED");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device()();
}

// What members of etcd take. Through the load a quarter of a gigabyte is the goal; what one takes for a moment, while its
// own disk or the others' are gone, is told beside it.
class MemberFigures {
 public:
  static constexpr std::size_t kGoal = 300 * kMiB;

  // `behind`: what went wrong last.
  void sample(ClusterNodes& nodes, const std::string& behind) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::size_t resident = resident_bytes(nodes.etcd().pid(i));
      if (resident == 0) continue;  // It isn't there just now.
      memory_.push_back(resident);
      most_[behind] = std::max(most_[behind], resident);
      const auto status = etcd::Client({.socket = nodes.etcd().socket(i)})
                              .call(etcd::StatusRequest{}, std::chrono::milliseconds(100));
      if (!status) continue;
      database_ = std::max(database_, status->database_bytes);
      quota_ = std::max(quota_, status->quota_bytes);
    }
  }
  void print() {
    const auto beyond = std::ranges::count_if(memory_, [](auto bytes) { return bytes >= kGoal; });
    std::cout << "  " << median() / kMiB << " MiB of memory a member of etcd in half of "
              << memory_.size() << " samples (the goal: 300), more than 300 in " << beyond
              << ", and a database of " << database_ / static_cast<std::int64_t>(kMiB) << " MiB";
    for (const auto& [behind, bytes] : most_) {
      if (bytes >= kGoal) std::cout << "\n  " << bytes / kMiB << " MiB once when " << behind;
    }
    std::cout << std::endl;
  }
  void expect_small() {
    EXPECT_GT(database_, 0) << "nothing was sampled";
    EXPECT_LT(median(), kGoal);
    if (quota_ > 0) {
      EXPECT_LT(database_, quota_ / 4);
    }
  }

 private:
  std::size_t median() {
    const auto middle = memory_.begin() + static_cast<std::ptrdiff_t>(memory_.size() / 2);
    std::ranges::nth_element(memory_, middle);
    return middle == memory_.end() ? 0 : *middle;
  }

  std::vector<std::size_t> memory_;          // Each member's, at each sample.
  std::map<std::string, std::size_t> most_;  // By what went wrong.
  std::int64_t database_ = 0;
  std::int64_t quota_ = 0;  // 0: such an old one doesn't tell.
};

// The journals are one, row by row; `look` sees each row once, as its key, its seq and whether it was applied.
void expect_equal_journals(
    const std::vector<std::filesystem::path>& files,
    const std::function<void(const std::string&, std::int64_t, bool)>& look) {
  std::list<SQLite::Database> databases;
  std::vector<std::unique_ptr<SQLite::Statement>> rows;
  for (const auto& file : files) {
    databases.emplace_back(file.string());
    rows.push_back(std::make_unique<SQLite::Statement>(
        databases.back(),
        "SELECT seq, at, kind, outcome, uid, key, from_account, to_account, amount, (SELECT name "
        "FROM nodes WHERE number = uid >> 32) FROM journal ORDER BY seq"));
  }
  for (;;) {
    const bool more = rows[0]->executeStep();
    for (std::size_t i = 1; i < rows.size(); ++i) {
      ASSERT_EQ(rows[i]->executeStep(), more) << "one journal is longer";
      for (int column = 0; more && column < rows[0]->getColumnCount(); ++column) {
        ASSERT_EQ(rows[i]->getColumn(column).getString(), rows[0]->getColumn(column).getString())
            << "at seq " << rows[0]->getColumn(0).getInt64() << ", column " << column;
      }
    }
    if (!more) return;
    look(rows[0]->getColumn(5).getString(), rows[0]->getColumn(0).getInt64(),
         rows[0]->getColumn(3).getInt() == 0);
  }
}

// What the clients were told, by key.
class Ledgers {
 public:
  explicit Ledgers(const std::list<ClusterPayer>& payers) {
    for (const ClusterPayer& payer : payers) {
      for (std::size_t i = 0; i < payer.payments().size(); ++i) {
        told_.emplace(payer.key(i), payer.payments()[i]);
      }
    }
  }
  void look(const std::string& key, std::int64_t seq, bool applied) {
    const auto told = told_.find(key);
    if (told == told_.end()) return;  // The accounts' own.
    EXPECT_EQ(told->second.seq, seq) << key << " was answered with another seq, or is there twice";
    EXPECT_EQ(told->second.applied, applied) << key;
    ++found_;
  }
  void expect_all_found() const { EXPECT_EQ(found_, told_.size()) << "answered, and not there"; }

 private:
  std::unordered_map<std::string, ClusterPayer::Told> told_;
  std::size_t found_ = 0;
};

void print(const std::list<ClusterPayer>& payers, const ClusterMishaps& mishaps) {
  std::size_t answered = 0;
  std::chrono::milliseconds pause{};
  std::map<std::string, int> moves;
  for (const ClusterPayer& payer : payers) {
    answered += payer.answered();
    pause = std::max(pause, payer.longest_pause());
    for (const auto& [because, count] : payer.moves()) moves[because] += count;
  }
  std::cout << "  " << answered << " answers under " << mishaps.count()
            << " mishaps; the longest pause of a client " << pause.count()
            << " ms; to another node for";
  for (const auto& [because, count] : moves) std::cout << " " << because << " " << count;
  for (const auto& [what, count] : mishaps.counts())
    std::cout << "\n  " << count << " times " << what;
  std::cout << std::endl;
}

TEST(Cluster, LosesNothingAndDoublesNothingWhateverGoesWrong) {
  if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
  const std::uint64_t seed = seed_of_run();
  std::cout << "GIRO_SEED=" << seed << std::endl;
  const ScratchFolder folder;
  const std::size_t on_disk = seed % kNodes;
  const ClusterDisk disk(folder.path() / "etcd" / std::to_string(on_disk) / "data");
  if (!disk.is_there()) std::cout << "  no full disk: only root may make one" << std::endl;
  ClusterNodes nodes(folder.path(), {.members = kNodes, .linked = true});
  open_payers_accounts(nodes);
  std::atomic<std::int64_t> highest = 0;
  std::list<ClusterPayer> payers;
  std::vector<std::jthread> threads;
  const std::vector<std::string> sockets{nodes.socket(0), nodes.socket(1), nodes.socket(2)};
  for (int p = 0; p < kPayers; ++p) {
    payers.emplace_back(p, sockets, highest, p < kPayers / 2 ? kImpatient : kPatient);
    threads.emplace_back([&payer = payers.back()](const std::stop_token& stop) {
      payer.run(stop, ClusterNodes::kSettleMax);
    });
  }

  ClusterMishaps mishaps(nodes, disk, on_disk, seed);
  MemberFigures figures;
  const auto end = Clock::now() + long_run();
  while ((is_long_run() ? Clock::now() < end : !mishaps.had_all_kinds()) && !HasFailure()) {
    mishaps.one();
    figures.sample(nodes, mishaps.last());
  }
  for (std::jthread& thread : threads) thread.request_stop();
  for (std::jthread& thread : threads) thread.join();
  print(payers, mishaps);
  figures.print();
  figures.expect_small();

  std::size_t answered = 0;
  for (const ClusterPayer& payer : payers) {
    EXPECT_EQ(payer.answered(), payer.payments().size()) << "some never got an answer";
    EXPECT_EQ(payer.wrong(), std::vector<std::string>());
    answered += payer.answered();
  }
  EXPECT_GT(answered, is_long_run() ? 1'000'000U : 2'000U) << "too little to mean anything";

  nodes.await_level();
  EXPECT_EQ(nodes.verified_digests().size(), 1U);
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < kNodes; ++i) {
    files.push_back(nodes.data(i) / "ledger.db");
    EXPECT_EQ(nodes[i].stop(), 0) << nodes[i].log();
  }
  Ledgers ledgers(payers);
  expect_equal_journals(files, [&ledgers](const auto& key, std::int64_t seq, bool applied) {
    ledgers.look(key, seq, applied);
  });
  ledgers.expect_all_found();
}

}  // namespace
}  // namespace giro::test
