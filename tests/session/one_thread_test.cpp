// Several clients, their sessions, the engine and a real ledger in ONE thread, in an order drawn from a
// seed: who sends how many bytes, how large a group is, which question is answered first. So a run is the
// same as often as it is made, and what the daemon's threads may meet is met here without them.
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decider.hpp"
#include "engine/read_answers.hpp"
#include "tests/session/room.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using ::testing::HasSubstr;

constexpr int kClients = 4;
constexpr int kRequests = 40;  // Of each client.

struct Outcomes {
  std::vector<std::vector<std::string>> lines;  // Of each client.
  std::string head_digest;
  Seq head_seq = 0;
};

std::string id_text(int id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + ",";
}

class OneThread {
 public:
  explicit OneThread(std::uint64_t seed) : random_(seed) {
    open_few_accounts(ledger_);
    room_.head = ledger_.state().seq();
    room_.feed.advance(room_.head);
    room_.info.limits.window = 8;
    for (int i = 0; i < kClients; ++i) clients_.push_back(std::make_unique<ByteClient>(room_));
    for (int i = 0; i < kClients; ++i) scripts_.push_back(script(i));
  }

  Outcomes run() {
    while (act()) {
    }
    Outcomes outcomes;
    for (const auto& client : clients_) {
      outcomes.lines.push_back(client->take_lines());
      EXPECT_EQ(client->session().ending(), Session::Ending::complete);
    }
    const store::VerifyReport report = store::verify(ledger_.file(), [] { return false; });
    EXPECT_TRUE(report.ok()) << report.problems.front().what;
    outcomes.head_digest = report.head_digest;
    outcomes.head_seq = report.head_seq;
    return outcomes;
  }

 private:
  std::size_t draw(std::size_t count) { return random_() % count; }

  // Keys are few, so that requests meet each other's; the first client follows all events.
  std::string script(int client) {
    std::string lines;
    if (client == 0)
      lines = id_text(0) + R"("method":"events.subscribe","params":{"from":1}})"
                           "\n";
    for (int id = 1; id <= kRequests; ++id) {
      if (draw(8) == 0 && id < kRequests) {
        lines += "[" + request(id) + "," + request(id + 1) + "]\n";
        ++id;
      } else {
        lines += request(id) + "\n";
      }
    }
    return lines;
  }

  std::string request(int id) {
    const std::string key = std::to_string(draw(30));
    const std::string payment = R"({"key":"k)" + key + R"(","from":")" +
                                (draw(2) == 0 ? "world" : "ada") + R"(","to":"bob","amount":)" +
                                std::to_string(1 + draw(2)) + R"(,"currency":"EUR"})";
    switch (draw(6)) {
      case 0:
        return id_text(id) + R"("method":"payments.get","params":{"key":"k)" + key + R"("}})";
      case 1:
        return id_text(id) + R"("method":"accounts.statement","params":{"id":"bob","limit":5}})";
      case 2:
        return id_text(id) + R"("method":"accounts.list"})";
      case 3:
        return id_text(id) + R"("method":"payments.submit_many","params":{"payments":[)" + payment +
               "]}}";
      default:
        return id_text(id) + R"("method":"payments.submit","params":)" + payment + "}";
    }
  }

  // One thing of those that can happen now. False: nothing can.
  bool act() {
    std::vector<std::size_t> senders;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (!scripts_[i].empty()) senders.push_back(i);
    }
    const bool can_decide = !room_.backend.items.empty();
    const bool can_read = !room_.backend.jobs.empty();
    if (senders.empty() && !can_decide && !can_read) return end_inputs();
    const std::size_t what = draw(3);
    if (what == 0 && !senders.empty()) send(senders[draw(senders.size())]);
    if (what == 1 && can_decide) commit_group();
    if (what == 2 && can_read) read();
    return true;
  }

  void send(std::size_t sender) {
    std::string& script = scripts_[sender];
    const std::size_t count = std::min(script.size(), 1 + draw(400));
    clients_[sender]->send(script.substr(0, count));
    script.erase(0, count);
  }

  void commit_group() {
    auto& waiting = room_.backend.items;
    std::vector<WorkItem> items;
    for (std::size_t count = 1 + draw(waiting.size()); count > 0; --count) {
      items.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    ledger_.now = Timestamp{ledger_.now.ns + 1'000};
    CommittedGroup group;
    Decider::decide(items, ledger_.ledger(), ledger_.now, {}, nullptr, group);
    ASSERT_EQ(ledger_.store().commit(), store::CommitResult::committed);
    group.entries = ledger_.store().take_group();
    group.head_seq = ledger_.state().seq();
    room_.answers.deliver(group);
  }

  void read() {
    const std::size_t index = draw(room_.backend.jobs.size());
    room_.answer(index, answer_question(*reader_, ledger_.file(), room_.backend.jobs[index],
                                        [] { return false; }));
  }

  // Once; a subscriber has all events by then.
  bool end_inputs() {
    if (std::exchange(ended_, true)) return false;
    for (const auto& client : clients_) client->end_input();
    return true;
  }

  std::mt19937_64 random_;
  TestLedger ledger_;
  std::unique_ptr<store::Reader> reader_ = ledger_.reader();
  Room room_;
  std::vector<std::unique_ptr<ByteClient>> clients_;
  std::vector<std::string> scripts_;  // What each has still to send.
  bool ended_ = false;
};

std::size_t count_of(const std::string& part, const std::vector<std::string>& lines) {
  std::size_t count = 0;
  for (const std::string& line : lines) {
    for (std::size_t at = line.find(part); at != std::string::npos; at = line.find(part, at + 1)) {
      ++count;
    }
  }
  return count;
}

TEST(OneThreadTest, EveryRequestIsAnsweredOnceAndASubscriberMissesNothingInAnyOrder) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Outcomes outcomes = OneThread(seed).run();
    for (const auto& lines : outcomes.lines) {
      for (int id = 1; id <= kRequests; ++id) {
        ASSERT_EQ(count_of(id_text(id), lines), 1U) << "seed " << seed << ", id " << id;
      }
    }
    Seq next = 1;
    for (const std::string& line : outcomes.lines[0]) {
      if (!line.starts_with(R"({"jsonrpc":"2.0","method":"event")")) continue;
      ASSERT_THAT(line, HasSubstr(R"("seq":)" + std::to_string(next++) + ",")) << "seed " << seed;
    }
    ASSERT_EQ(next, outcomes.head_seq + 1) << "seed " << seed;
  }
}

TEST(OneThreadTest, ASeedGivesTheSameBytesAndTheSameLedgerAgain) {
  for (std::uint64_t seed = 101; seed <= 120; ++seed) {
    const Outcomes first = OneThread(seed).run();
    const Outcomes second = OneThread(seed).run();
    ASSERT_EQ(first.lines, second.lines) << "seed " << seed;
    ASSERT_EQ(first.head_digest, second.head_digest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace giro::test
