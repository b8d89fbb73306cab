// Several clients, their sessions, the committer and a real ledger in ONE thread, on a disk that fills up and
// by a clock that is told the time, in an order drawn from a seed: who sends how many bytes, how large a
// group is, which question is answered first, when the disk is full. So a run is the same as often as it is
// made, and what the daemon's threads may meet is met here without them.
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/read_answers.hpp"
#include "tests/engine/engine_fixture.hpp"
#include "tests/session/room.hpp"
#include "tests/store/faulty_vfs.hpp"

namespace giro::test {
namespace {

using ::testing::HasSubstr;

constexpr int kClients = 4;
constexpr int kRequests = 40;  // Of each client.
constexpr std::uint64_t kSeeds = 60;

struct Outcomes {
  std::vector<std::vector<std::string>> lines;  // Of each client.
  std::string head_digest;
  Seq head_seq = 0;
  bool disk_was_full = false;
};

std::string id_text(int id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + ",";
}

// Whatever of the work that waits the seed says is the next group.
class DrawnGroups final : public WorkSource {
 public:
  DrawnGroups(std::deque<WorkItem>& waiting, std::mt19937_64& random)
      : waiting_(waiting), random_(random) {}

  Next take(std::uint64_t applied, Timestamp now, WorkGroup& group) override {
    if (waiting_.empty()) return closed_ ? Next::ended : Next::nothing;
    group = {.index = applied + 1, .now = now, .items = {}};
    for (std::size_t count = 1 + random_() % waiting_.size(); count > 0; --count) {
      group.items.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return Next::group;
  }
  void close() override { closed_ = true; }

 private:
  std::deque<WorkItem>& waiting_;
  std::mt19937_64& random_;
  bool closed_ = false;
};

class OneThread {
 public:
  explicit OneThread(std::uint64_t seed) : random_(seed) {
    {
      TestLedger made(options());
      open_few_accounts(made);
      made.close();
    }
    committer_.emplace(parts_of(must_open(Ledger::open(options())), source_, time_, heard_));
    reader_ = must_open(store::Reader::open(file_));
    room_.feed.advance(committer_->ledger().state().seq());
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
    source_.close();
    while (!committer_->step(time_.moment()).ended) time_.pass(kSecond);
    EXPECT_EQ(heard_.failure, "");
    const store::VerifyReport report = store::verify(file_, [] { return false; });
    EXPECT_TRUE(report.ok()) << report.problems.front().what;
    outcomes.head_digest = report.head_digest;
    outcomes.head_seq = report.head_seq;
    outcomes.disk_was_full = disk_was_full_;
    return outcomes;
  }

 private:
  static constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);

  [[nodiscard]] store::StoreOptions options() {
    return {.directory = folder_.path() / "ledger",
            .surroundings = {.vfs = disk_.vfs(), .clock = [this] { return time_.moment(); }}};
  }
  std::size_t draw(std::size_t count) { return random_() % count; }

  // Keys are few, so that requests meet each other's; the first client follows all events.
  std::string script(int client) {
    std::string lines;
    if (client == 0) {
      lines = id_text(0) + R"("method":"events.subscribe","params":{"from":1}})" + "\n";
    }
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
    const bool can_read = !room_.backend.jobs.empty();
    if (senders.empty() && !can_read && room_.backend.items.empty()) return end_inputs();
    const std::size_t what = draw(24);
    if (what < 8 && !senders.empty()) send(senders[draw(senders.size())]);
    if (what >= 8 && what < 16) step();
    if (what >= 16 && what < 23 && can_read) read();
    if (what == 23) fill_or_heal_disk();
    return true;
  }

  void send(std::size_t sender) {
    std::string& script = scripts_[sender];
    const std::size_t count = std::min(script.size(), 1 + draw(400));
    clients_[sender]->send(script.substr(0, count));
    script.erase(0, count);
  }

  void step() {
    time_.pass(std::chrono::milliseconds(draw(200)));
    ASSERT_FALSE(committer_->step(time_.moment()).ended) << heard_.failure;
    for (const auto& group : std::exchange(heard_.groups, {})) room_.answers.deliver(*group);
  }

  void read() {
    const std::size_t index = draw(room_.backend.jobs.size());
    room_.answer(index,
                 answer_question(*reader_, file_, room_.backend.jobs[index], [] { return false; }));
  }

  void fill_or_heal_disk() {
    disk_was_full_ = disk_was_full_ || disk_.failed();
    if (std::exchange(disk_is_full_, !disk_is_full_)) {
      disk_.heal();
    } else {
      disk_.fail_at(1 + draw(20), FaultyDisk::Failure::full);
    }
  }

  // Once; a subscriber has all events by then.
  bool end_inputs() {
    if (std::exchange(ended_, true)) return false;
    disk_.heal();
    for (const auto& client : clients_) client->end_input();
    return true;
  }

  std::mt19937_64 random_;
  ScratchFolder folder_;
  FaultyDisk disk_;
  FakeTime time_;
  Room room_;
  DrawnGroups source_{room_.backend.items, random_};
  Heard heard_;
  std::optional<Committer> committer_;
  store::LedgerFile file_{folder_.path() / "ledger" / "ledger.db", disk_.vfs()};
  std::unique_ptr<store::Reader> reader_;
  std::vector<std::unique_ptr<ByteClient>> clients_;
  std::vector<std::string> scripts_;  // What each has still to send.
  bool disk_is_full_ = false;
  bool disk_was_full_ = false;
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
  int full = 0;
  int followed = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcomes outcomes = OneThread(seed).run();
    full += outcomes.disk_was_full ? 1 : 0;
    for (const auto& lines : outcomes.lines) {
      for (int id = 1; id <= kRequests; ++id) {
        ASSERT_EQ(count_of(id_text(id), lines), 1U) << "seed " << seed << ", id " << id;
      }
    }
    // Where the disk was full at its turn, there is no subscription.
    if (count_of(id_text(0) + R"("result":)", outcomes.lines[0]) == 0) continue;
    Seq next = 1;
    for (const std::string& line : outcomes.lines[0]) {
      if (!line.starts_with(R"({"jsonrpc":"2.0","method":"event")")) continue;
      ASSERT_THAT(line, HasSubstr(R"("seq":)" + std::to_string(next++) + ",")) << "seed " << seed;
    }
    ASSERT_EQ(next, outcomes.head_seq + 1) << "seed " << seed;
    ++followed;
  }
  EXPECT_GT(followed, 0) << "nobody was subscribed";
  EXPECT_GT(full, 0) << "the disk was never met full";
}

TEST(OneThreadTest, ASeedGivesTheSameBytesAndTheSameLedgerAgain) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcomes first = OneThread(seed).run();
    const Outcomes second = OneThread(seed).run();
    ASSERT_EQ(first.lines, second.lines) << "seed " << seed;
    ASSERT_EQ(first.head_digest, second.head_digest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace giro::test
