// Requests of all methods through the socket, and kill -9 in between: the second model is told what the journal
// has, in its order and at its times, and decides the same; whatever was answered stands there as it was answered.
#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ledger/store/history/reader.hpp"
#include "tests/daemon/daemon_process.hpp"
#include "tests/system/ask_until_killed.hpp"
#include "tests/whole/history.hpp"
#include "tests/whole/random_operations.hpp"
#include "tests/whole/request_text.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr int kLives = 40;
constexpr int kLivesMax = 10 * kLives;
constexpr std::size_t kRequestsOutstanding = 24;
constexpr std::size_t kRequestsALife = 500;  // The model reads its lists through at each question.

using ReplyBody = std::expected<json::value, client::RpcError>;

struct Sent {
  std::vector<Operation> members;
  bool is_group = false;
  bool dry_run = false;
  std::vector<ReplyBody> replies;
};

std::string key_of(const Operation& it) {
  return it.method == Method::open ? it.id : it.key;
}

Timestamp wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

// Sends requests until the daemon dies under it, and with the next one first some of those that weren't answered.
class WholeClient {
 public:
  explicit WholeClient(const WholeModel& model) : random_(20'261'129, model) {}

  // Opens the accounts that most requests are about.
  void begin(client::Connection& connection) {
    for (const Operation& opening : random_.beginnings()) {
      Sent& request = *sent_.emplace_back(std::make_unique<Sent>());
      request.members = as_this_user({opening});
      (void)start(connection, request);
      auto reply = connection.next_reply();
      if (reply) request.replies.push_back(std::move(reply->answer));
    }
  }

  void run_until_killed(const DaemonProcess& daemon) {
    const std::size_t enough = sent_.size() + kRequestsALife;
    ask_until_killed(
        daemon, kRequestsOutstanding, unanswered(),
        [](client::Connection& connection, const Sent* request) {
          return start(connection, *request);
        },
        [&] { return sent_.size() < enough ? std::optional(next()) : std::nullopt; },
        [](Sent* request, ReplyBody&& answer) { request->replies.push_back(std::move(answer)); });
  }

  [[nodiscard]] const std::vector<std::unique_ptr<Sent>>& sent() const { return sent_; }

 private:
  static client::RequestId start(client::Connection& connection, const Sent& request) {
    return request.is_group ? connection.start("payments.submit_group",
                                               group_params_text(request.members, request.dry_run))
                            : connection.start(method_name(request.members[0].method),
                                               params_text(request.members[0]));
  }

  // Who asks is told by the kernel.
  static std::vector<Operation> as_this_user(std::vector<Operation> operations) {
    for (Operation& operation : operations) operation.uid = ::geteuid();
    return operations;
  }

  // In the order in which they were sent; a client may forget one now and then.
  std::vector<Sent*> unanswered() {
    std::vector<Sent*> found;
    for (const auto& request : sent_) {
      if (request->replies.empty() && !random_.one_in(5)) found.push_back(request.get());
    }
    return found;
  }

  Sent* next() {
    auto request = std::make_unique<Sent>();
    if (random_.one_in(16)) {
      request->members = as_this_user(random_.next_group(wall_clock()));
      request->is_group = true;
      request->dry_run = random_.one_in(20);
    } else {
      request->members = as_this_user({random_.next(wall_clock())});
    }
    return sent_.emplace_back(std::move(request)).get();
  }

  RandomOperations random_;
  std::vector<std::unique_ptr<Sent>> sent_;
};

// Brings the model where the journal is.
class Follower {
 public:
  Follower(WholeModel& model, const WholeClient& client) : model_(model), client_(client) {}

  // The first thing that differs; empty: nothing.
  [[nodiscard]] std::string follow(store::Reader& reader) {
    remember_what_was_sent();
    while (const auto entry = reader.entry(model_.journal().size() + 1)) {
      const std::string difference = take(*entry, reader);
      if (!difference.empty()) return difference;
    }
    return "";
  }

  // Of what was answered: whether it stands there as it was answered.
  [[nodiscard]] std::string check_answers() {
    answered_ = 0;
    for (const auto& request : client_.sent()) {
      for (const ReplyBody& reply : request->replies) {
        const std::string difference = check(*request, reply);
        if (!difference.empty()) return difference + ": " + text_of(request->members[0]);
      }
    }
    return "";
  }

  [[nodiscard]] std::size_t answered() const { return answered_; }
  [[nodiscard]] std::size_t by_itself() const { return by_itself_; }
  [[nodiscard]] std::size_t in_groups() const { return in_groups_; }

 private:
  void remember_what_was_sent() {
    for (; known_ < client_.sent().size(); ++known_) {
      const Sent* request = client_.sent()[known_].get();
      if (request->dry_run || request->members[0].dry_run) continue;
      for (const Operation& member : request->members) asked_[key_of(member)].push_back(request);
    }
  }

  // One entry, or those of a group.
  std::string take(const Entry& entry, store::Reader& reader) {
    if (entry.kind() == EntryKind::expiry || entry.kind() == EntryKind::scheduled) {
      ++by_itself_;
      if (!model_.decide_due(entry.at)) return fmt::format("seq {} wasn't due", entry.seq);
      return difference_at(entry);
    }
    std::string differences =
        fmt::format("nothing that was asked leads to seq {}, {}, kind {}, {}", entry.seq,
                    entry.key.view(), static_cast<int>(entry.kind()), name(entry.outcome));
    for (const Sent* request : asked_[std::string(entry.key.view())]) {
      if (!may_be(*request, entry)) continue;
      const WholeModel::Mark before = model_.mark();
      const std::string difference = decide(*request, entry, reader);
      if (difference.empty()) return "";
      differences += "\n" + difference + ":";
      for (const Operation& member : request->members) differences += "\n    " + text_of(member);
      model_.go_back(before);
    }
    return differences;
  }

  static bool may_be(const Sent& request, const Entry& entry) {
    if (!request.is_group) return entry.group.count == 0;
    return request.members.size() == entry.group.count &&
           key_of(request.members[entry.group.index]) == entry.key.view();
  }

  std::string decide(const Sent& request, const Entry& entry, store::Reader& reader) {
    const std::size_t before = model_.journal().size();
    if (request.is_group) {
      (void)model_.decide_group(request.members, entry.at, false);
    } else {
      (void)model_.decide(request.members[0], entry.at);
    }
    if (model_.journal().size() == before) return "the model decides nothing";
    for (Seq seq = before + 1; seq <= model_.journal().size(); ++seq) {
      const std::optional<Entry> next = reader.entry(seq);
      if (!next) return fmt::format("a group that ends before seq {}", seq);
      const std::string difference = difference_at(*next);
      if (!difference.empty()) return difference;
      in_groups_ += request.is_group ? 1 : 0;
    }
    const std::optional<Entry> after = reader.entry(model_.journal().size() + 1);
    return after && after->group.place > 0 ? "the group goes on" : "";
  }

  [[nodiscard]] std::string difference_at(const Entry& entry) const {
    const std::string difference = difference_of(entry, model_.journal()[entry.seq - 1], false);
    return difference.empty() ? "" : fmt::format("seq {}: {}", entry.seq, difference);
  }

  std::string check(const Sent& request, const ReplyBody& reply) {
    ++answered_;
    if (!reply) return reply.error().name == "key_conflict" ? "" : reply.error().message;
    const json::object& answer = reply->as_object();
    if (!request.is_group) return check_one(request.members[0], answer);
    const json::array& members = answer.at("members").as_array();
    for (std::size_t i = 0; i < members.size(); ++i) {
      Operation member = request.members[i];
      member.dry_run = request.dry_run;
      std::string difference = check_one(member, members[i].as_object());
      if (!difference.empty()) return difference;
    }
    return "";
  }

  [[nodiscard]] std::string check_one(const Operation& asked, const json::object& answer) const {
    const json::value* seq = answer.if_contains("seq");
    if (seq == nullptr) return asked.dry_run ? "" : "it has no seq";
    const auto at = static_cast<std::size_t>(seq->as_int64());
    if (at > model_.journal().size()) return fmt::format("seq {} was answered and is gone", at);
    const Record& record = model_.journal()[at - 1];
    const json::value* code = answer.if_contains("code");
    const std::string_view was = code == nullptr ? "none" : std::string_view(code->as_string());
    const std::string_view is =
        record.code == Rejection::none ? std::string_view("none") : name(record.code);
    if (record.key != key_of(asked)) return fmt::format("seq {} is another's, {}", at, record.key);
    return was == is ? "" : fmt::format("seq {} was answered {} and is {}", at, was, is);
  }

  WholeModel& model_;
  const WholeClient& client_;
  std::map<std::string, std::vector<const Sent*>> asked_;
  std::size_t known_ = 0;
  std::size_t answered_ = 0;
  std::size_t by_itself_ = 0;
  std::size_t in_groups_ = 0;
};

std::string follow(Follower& follower, const DaemonProcess& daemon) {
  const auto reader = store::Reader::open(daemon.data() / "ledger.db");
  return reader ? follower.follow(**reader) : reader.error();
}

// As of what the model knows: meanwhile more may have fallen due.
void expect_same_accounts(client::Connection& connection, const WholeModel& model) {
  for (const WholeAccount& account : model.standing().accounts) {
    const json::object got = call(connection, "accounts.get",
                                  {{"id", account.opened.id}, {"at", model.journal().size()}});
    EXPECT_EQ(got.at("balance").as_int64(), static_cast<Amount>(account.balance()))
        << account.opened.id;
    EXPECT_EQ(got.at("held_in").as_int64(), static_cast<Amount>(account.held_in));
    EXPECT_EQ(got.at("held_out").as_int64(), static_cast<Amount>(account.held_out));
    EXPECT_EQ(got.at("version").as_int64(), static_cast<std::int64_t>(account.version));
  }
}

TEST(KillNine, AtFortyMomentsLeavesWhatTheSecondModelDecidesOfAllMethods) {
  const ScratchFolder folder;
  WholeModel model;
  WholeClient client(model);
  Follower follower(model, client);
  std::mt19937 random(20'261'129);
  {
    DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    client.begin(connection);
    ASSERT_EQ(follow(follower, daemon), "");
  }
  // A busy machine gets less done in a life.
  const auto means_something = [&follower] {
    return follower.answered() > 2'000 && follower.in_groups() > 50 && follower.by_itself() > 10;
  };
  for (int life = 0; life < kLives || (!means_something() && life < kLivesMax); ++life) {
    DaemonProcess daemon(folder.path());
    {
      const std::jthread sending([&] { client.run_until_killed(daemon); });
      std::this_thread::sleep_for(std::chrono::microseconds(1'000 + random() % 60'000));
      daemon.kill_now();
    }
    ASSERT_EQ(follow(follower, daemon), "") << "life " << life;
    ASSERT_EQ(follower.check_answers(), "") << "life " << life;
  }

  DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  ASSERT_EQ(follow(follower, daemon), "");
  expect_same_accounts(connection, model);
  const json::object report = call(connection, "ledger.verify");
  EXPECT_TRUE(report.at("ok").as_bool()) << json::serialize(report);
  EXPECT_TRUE(means_something()) << follower.answered() << " answered, " << follower.in_groups()
                                 << " in groups, " << follower.by_itself() << " by itself";
}

}  // namespace
}  // namespace giro::test
