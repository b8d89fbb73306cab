// The shared log in a real etcd.
#include "queue/cluster/etcd_log.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/etcd/etcd_cluster.hpp"
#include "tests/store/scratch.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using cluster::Appended;
using cluster::Census;
using cluster::EtcdLog;
using cluster::Pulled;
using cluster::Rang;
using cluster::Streams;
using testing::Contains;
using testing::Key;

constexpr const char* kIdentity = "main 00 0 00";

class EtcdLogTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
    etcd_.emplace(folder_.path());
    client_.emplace(etcd::ConnectionOptions{.socket = etcd_->socket()});
    const auto made = client_->call(
        etcd::PutRequest{.key = std::string(cluster::kLedgerKey), .value = kIdentity}, 5s);
    ASSERT_TRUE(made) << made.error().message;
    a_.emplace(etcd::ConnectionOptions{.socket = etcd_->socket()}, "a", kIdentity);
    b_.emplace(etcd::ConnectionOptions{.socket = etcd_->socket()}, "b", kIdentity);
  }

  // The next event of that kind; others are passed over.
  template <class Event>
  static std::optional<Event> wait_for(EtcdLog& log) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < until) {
      while (auto event = log.next_event(std::chrono::steady_clock::now())) {
        if (auto* found = std::get_if<Event>(&*event)) return std::move(*found);
      }
      std::this_thread::sleep_for(1ms);
    }
    return {};
  }
  // As the replicator does it: again while its outcome isn't known, as on a busy machine it may be.
  static Appended append(EtcdLog& log, std::uint64_t number, const std::string& sealed) {
    for (bool again = false;; again = true) {
      Appended appended = append_once(log, number, sealed);
      if (appended.fate == Appended::Fate::unknown) continue;
      if (again && appended.fate == Appended::Fate::taken && appended.sealed == sealed) {
        appended = {.fate = Appended::Fate::appended};
      }
      return appended;
    }
  }
  static Appended append_once(EtcdLog& log, std::uint64_t number, const std::string& sealed) {
    (void)log.next_event(std::chrono::steady_clock::now());
    log.append(number, sealed);
    return wait_for<Appended>(log).value();
  }
  static Pulled pull(EtcdLog& log, const Streams& streams) {
    for (;;) {
      (void)log.next_event(std::chrono::steady_clock::now());
      log.pull(streams, true);
      Pulled pulled = wait_for<Pulled>(log).value();
      if (pulled.ok) return pulled;
    }
  }
  static Census announce(EtcdLog& log, const std::string& text) {
    for (;;) {
      (void)log.next_event(std::chrono::steady_clock::now());
      log.announce(text);
      Census census = wait_for<Census>(log).value();
      if (census.ok) return census;
    }
  }

  ScratchFolder folder_;
  std::optional<etcd::test::EtcdCluster> etcd_;
  std::optional<etcd::Client> client_;
  std::optional<EtcdLog> a_;
  std::optional<EtcdLog> b_;
};

TEST_F(EtcdLogTest, HasAGroupOnceHoweverOftenItIsSent) {
  EXPECT_EQ(append(*a_, 1, "first").fate, Appended::Fate::appended);
  const Appended again = append(*a_, 1, "another");
  EXPECT_EQ(again.fate, Appended::Fate::taken);
  EXPECT_EQ(again.sealed, "first");
  EXPECT_EQ(append(*a_, 3, "too far").fate, Appended::Fate::no_place);
  EXPECT_EQ(append(*a_, 2, "second").fate, Appended::Fate::appended);
}

TEST_F(EtcdLogTest, ShowsAllStreamsOfOneMoment) {
  append(*a_, 1, "a1");
  append(*b_, 1, "b1");
  append(*a_, 2, "a2");
  Pulled found = pull(*b_, {});
  EXPECT_EQ(found.groups, 3U);
  EXPECT_EQ(found.streams, (Streams{{"a", 2}, {"b", 1}}));
  found = pull(*b_, {{"a", 1}});  // It knows of both streams now.
  ASSERT_EQ(found.groups_found.size(), 2U);
  EXPECT_EQ(found.groups_found[0].sealed, "a2");
  EXPECT_EQ(found.groups_found[1].sealed, "b1");
  EXPECT_GT(found.groups_found[0].revision, found.groups_found[1].revision) << "the one order";
}

TEST_F(EtcdLogTest, ShowsManyGroupsAtOnceWhereTheyAreSmall) {
  constexpr std::size_t kLarge = 40;
  for (std::uint64_t i = 1; i <= kLarge; ++i) append(*a_, i, "small");
  append(*a_, kLarge + 1, std::string(EtcdLog::kSmallGroup + 1, 'x'));
  for (std::uint64_t i = kLarge + 2; i <= 2 * kLarge; ++i) append(*a_, i, "small");
  EXPECT_EQ(pull(*a_, {{"a", 0}}).groups_found.size(), 8U) << "nothing is known of them";
  EXPECT_EQ(pull(*a_, {{"a", 0}}).groups_found.size(), 32U);
  EXPECT_EQ(pull(*a_, {{"a", 20}}).groups_found.size(), 32U) << "a large one among them";
  EXPECT_EQ(pull(*a_, {{"a", 0}}).groups_found.size(), 8U);
}

TEST_F(EtcdLogTest, ShowsLargeGroupsOneByOneWhereSeveralAreMoreThanAnAnswer) {
  EtcdLog small({.socket = etcd_->socket(), .limits = {.answer_bytes_max = 4'096}}, "b", kIdentity);
  for (std::uint64_t i = 1; i <= 3; ++i) append(*a_, i, std::string(3'000, 'x'));
  pull(*a_, {});
  small.pull({{"a", 0}}, true);
  const auto failed = wait_for<Pulled>(small);
  ASSERT_TRUE(failed);
  EXPECT_FALSE(failed->ok);
  EXPECT_EQ(pull(small, {}).groups_found.size(), 1U);
}

TEST_F(EtcdLogTest, RingsForWhatAnotherNodeAppends) {
  ASSERT_TRUE(wait_for<Rang>(*b_)) << "once it watches";
  append(*a_, 1, "a1");
  EXPECT_TRUE(wait_for<Rang>(*b_));
}

TEST_F(EtcdLogTest, IsNobodyElses) {
  EtcdLog other({.socket = etcd_->socket()}, "c", "another 00 0 00");
  EXPECT_EQ(append(other, 1, "c1").fate, Appended::Fate::foreign);
  EXPECT_TRUE(pull(other, {}).is_foreign);
}

TEST_F(EtcdLogTest, IsTruncatedBelowWhatAllHave) {
  for (std::uint64_t i = 1; i <= 5; ++i) append(*a_, i, "group");
  pull(*a_, {});  // It knows the floor.
  a_->truncate({{"a", 3}});
  Pulled found;
  do {
    found = pull(*a_, {{"a", 3}});
  } while (found.truncated.empty());
  EXPECT_EQ(found.truncated, (Streams{{"a", 3}}));
  EXPECT_EQ(found.streams, (Streams{{"a", 5}})) << "the count goes on";
  EXPECT_EQ(found.groups, 5U);
  EXPECT_EQ(found.groups_found.size(), 2U);
  EXPECT_TRUE(pull(*a_, {}).groups_found.empty() || pull(*a_, {}).groups_found.front().number == 4);
  // Compacted at the revision of the removal: it can't be asked for any more.
  std::optional<etcd::Code> code;
  for (int i = 0; i < 100 && code != etcd::Code::out_of_range; ++i) {
    const auto compacted = client_->call(etcd::CompactRequest{.revision = 3}, 5s);
    if (!compacted) code = compacted.error().code;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(code, etcd::Code::out_of_range);
}

TEST_F(EtcdLogTest, HasWhatEachNodeSaysOfItself) {
  announce(*a_, "all is well");
  EXPECT_EQ(announce(*b_, "here, too").announcements.at("a"), "all is well");
  b_->forget("a");
  // It answers nothing, and etcd may carry out the next call first.
  std::map<cluster::NodeName, std::string> left;
  for (int i = 0; i < 100 && (i == 0 || left.contains("a")); ++i) {
    left = announce(*b_, "here still").announcements;
  }
  EXPECT_THAT(left, testing::Not(Contains(Key("a"))));
}

TEST_F(EtcdLogTest, SaysOfWhatNeverLeftThatItDidnt) {
  etcd_->kill();
  (void)a_->next_event(std::chrono::steady_clock::now());
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(append_once(*a_, 1, "a1").fate, Appended::Fate::not_sent);
}

}  // namespace
}  // namespace giro::test
