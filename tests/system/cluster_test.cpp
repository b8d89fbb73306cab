// Three members of etcd and three daemons, under clients that pay at all of them at once; daemons and members are killed,
// stopped for seconds, asked to go, and started again. What was answered is in every ledger as it was answered, nothing is
// there twice, and the three ledgers are one. GIRO_SEED=17: other faults in another order; GIRO_LONG=1: half an hour.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "tests/system/cluster_nodes.hpp"
#include "tests/system/cluster_payer.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using client::Clock;

constexpr std::size_t kNodes = 3;
constexpr int kPayers = 6;
// Of most clients, and of those that never go before a node that runs has had to answer.
constexpr std::chrono::milliseconds kImpatient{700};
constexpr std::chrono::milliseconds kPatient{25'000};
// To settle once everything runs again.
constexpr std::chrono::seconds kSettleMax{60};

bool is_long() {
  return std::getenv("GIRO_LONG") != nullptr;
}

std::uint64_t seed_of_run() {
  const char* asked = std::getenv("GIRO_SEED");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device()();
}

// One thing after the other goes wrong, sometimes two at once, and is put right again.
class Faults {
 public:
  Faults(ClusterNodes& nodes, std::uint64_t seed) : nodes_(nodes), random_(seed) {}

  void one() {
    const auto pause = std::chrono::milliseconds(20 + draw(draw(6) == 0 ? 4'000 : 500));
    std::vector<std::function<void()>> mends;
    mends.push_back(begin());
    if (draw(3) == 0) mends.push_back(begin());
    std::this_thread::sleep_for(pause);
    for (const auto& mend : mends) mend();
    std::this_thread::sleep_for(std::chrono::milliseconds(draw(400)));
    broken_.clear();
    ++count_;
  }
  [[nodiscard]] int count() const { return count_; }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  // What puts it right.
  std::function<void()> begin() {
    const std::uint64_t what = draw(10);
    const std::size_t i = draw(kNodes);
    if (what < 3) return node_fault(what, i);
    if (what < 6) return member_fault(what, i);
    if (what == 6) return both(node_fault(0, i), member_fault(3, i));
    if (what == 7) return both(member_fault(3, i), member_fault(3, (i + 1) % kNodes));
    if (what == 8) return both(node_fault(0, i), node_fault(0, (i + 1) % kNodes));
    std::function<void()> mend = [] {};
    for (std::size_t n = 0; n < kNodes; ++n) {
      mend = both(mend, both(member_fault(3, n), node_fault(0, n)));
    }
    return mend;
  }
  static std::function<void()> both(std::function<void()> first, std::function<void()> second) {
    return [first = std::move(first), second = std::move(second)] {
      first();
      second();
    };
  }
  std::function<void()> node_fault(std::uint64_t what, std::size_t i) {
    if (!broken_.insert(i).second) return [] {};
    if (what == 1) {
      nodes_[i].signal(SIGSTOP);
      return [this, i] { nodes_[i].signal(SIGCONT); };
    }
    if (what == 2) {
      EXPECT_EQ(nodes_[i].stop(), 0) << nodes_[i].log();
    } else {
      nodes_[i].kill_now();
    }
    return [this, i] { nodes_.start(i); };
  }
  std::function<void()> member_fault(std::uint64_t what, std::size_t i) {
    if (!broken_.insert(kNodes + i).second) return [] {};
    if (what == 4) {
      nodes_.etcd().pause(i);
      return [this, i] { nodes_.etcd().resume(i); };
    }
    if (what == 5) {
      nodes_.etcd().stop(i);
    } else {
      nodes_.etcd().kill(i);
    }
    return [this, i] { nodes_.etcd().start(i); };
  }

  ClusterNodes& nodes_;
  std::mt19937_64 random_;
  std::unordered_set<std::size_t> broken_;  // Nodes, and members behind them.
  int count_ = 0;
};

// Every node serves, and has the same last entry.
bool are_level(ClusterNodes& nodes) {
  std::set<std::int64_t> seqs;
  for (std::size_t i = 0; i < kNodes; ++i) {
    const json::object status = nodes.status_of(i);
    if (status.at("cluster").at("state").as_string() != "serving") return false;
    seqs.insert(status.at("seq").as_int64());
  }
  return seqs.size() == 1;
}

// A node that serves takes it; the first ones may still look for their places.
void open_accounts(ClusterNodes& nodes) {
  const auto deadline = Clock::now() + kSettleMax;
  while (!are_level(nodes) && Clock::now() < deadline) std::this_thread::sleep_for(10ms);
  client::Connection connection = nodes[0].connect();
  open_account(connection, "world", true);
  for (int i = 0; i < ClusterPayer::kAccounts; ++i) {
    const std::string id = "acct:" + std::to_string(i);
    open_account(connection, id);
    call(connection, "payments.submit",
         json::parse(payment_params("fund-" + id, "world", id, 1'000'000)).as_object());
  }
}

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
        "SELECT seq, at, kind, outcome, uid, key, from_account, to_account, amount FROM journal "
        "ORDER BY seq"));
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

void print(const std::list<ClusterPayer>& payers, const Faults& faults) {
  std::size_t answered = 0;
  std::chrono::milliseconds pause{};
  std::map<std::string, int> moves;
  for (const ClusterPayer& payer : payers) {
    answered += payer.answered();
    pause = std::max(pause, payer.longest_pause());
    for (const auto& [because, count] : payer.moves()) moves[because] += count;
  }
  std::cout << answered << " answers under " << faults.count() << " faults; the longest pause of a "
            << "client " << pause.count() << " ms; to another node for";
  for (const auto& [because, count] : moves) std::cout << " " << because << " " << count;
  std::cout << std::endl;
}

TEST(Cluster, LosesNothingAndDoublesNothingWhateverIsKilledOrStopped) {
  if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
  const std::uint64_t seed = seed_of_run();
  std::cout << "GIRO_SEED=" << seed << std::endl;
  const ScratchFolder folder;
  ClusterNodes nodes(folder.path(), kNodes);
  open_accounts(nodes);
  std::atomic<std::int64_t> highest = 0;
  std::list<ClusterPayer> payers;
  std::vector<std::jthread> threads;
  const std::vector<std::string> sockets{nodes.socket(0), nodes.socket(1), nodes.socket(2)};
  for (int p = 0; p < kPayers; ++p) {
    payers.emplace_back(p, sockets, highest, p < kPayers / 2 ? kImpatient : kPatient);
    threads.emplace_back(
        [&payer = payers.back()](const std::stop_token& stop) { payer.run(stop, kSettleMax); });
  }

  Faults faults(nodes, seed);
  const auto end = Clock::now() + (is_long() ? std::chrono::seconds(30min) : 20s);
  while (Clock::now() < end && !HasFailure()) faults.one();
  for (std::jthread& thread : threads) thread.request_stop();
  for (std::jthread& thread : threads) thread.join();
  print(payers, faults);

  std::size_t answered = 0;
  for (const ClusterPayer& payer : payers) {
    EXPECT_EQ(payer.answered(), payer.payments().size()) << "some never got an answer";
    EXPECT_EQ(payer.wrong(), std::vector<std::string>());
    answered += payer.answered();
  }
  EXPECT_GT(answered, is_long() ? 1'000'000U : 2'000U) << "too little to mean anything";

  const auto deadline = Clock::now() + kSettleMax;
  while (!are_level(nodes)) {
    ASSERT_LT(Clock::now(), deadline) << "the nodes don't come to one end";
    std::this_thread::sleep_for(50ms);
  }
  std::set<std::string> digests;
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < kNodes; ++i) {
    client::Connection connection = nodes[i].connect();
    const json::object report = call(connection, "ledger.verify");
    EXPECT_TRUE(report.at("ok").as_bool()) << json::serialize(report);
    digests.emplace(report.at("head_digest").as_string());
  }
  EXPECT_EQ(digests.size(), 1U);
  for (std::size_t i = 0; i < kNodes; ++i) {
    files.push_back(nodes[i].data() / "ledger.db");
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
