// SentRequests of all methods through the socket, and kill -9 in between: the second model is told what the journal
// has, in its order and at its times, and decides the same; whatever was answered stands there as it was answered.
#include <chrono>
#include <expected>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "ledger/store/history/reader.hpp"
#include "tests/daemon/daemon_process.hpp"
#include "tests/system/ask_until_killed.hpp"
#include "tests/system/killer.hpp"
#include "tests/whole/follower.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr int kLives = 80;
constexpr std::size_t kRequestsOutstanding = 24;
constexpr std::size_t kRequestsALife = 500;  // The model reads its lists through at each question.

Timestamp wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

// Sends requests until the daemon dies under it, and with the next one first some of those that weren't answered.
class WholeClient {
 public:
  explicit WholeClient(const WholeModel& model) : requests_(20'261'129, ::geteuid(), model) {}

  // Opens the accounts that most requests are about.
  void begin(client::Connection& connection) {
    for (Sent* request : requests_.beginnings()) {
      (void)connection.start(request->method(), request->params());
      auto reply = connection.next_reply();
      if (reply) request->replies.push_back(body_of(std::move(reply->answer)));
    }
  }

  void run_until_killed(const DaemonProcess& daemon) {
    const std::size_t enough = requests_.sent().size() + kRequestsALife;
    const auto next = [&] {
      return requests_.sent().size() < enough ? std::optional(requests_.next(wall_clock()))
                                              : std::nullopt;
    };
    ask_until_killed(
        daemon, kRequestsOutstanding, unanswered(),
        [](client::Connection& connection, const Sent* request) {
          return connection.start(request->method(), request->params());
        },
        next,
        [](Sent* request, auto&& answer) {
          ReplyBody body = body_of(std::forward<decltype(answer)>(answer));
          if (body || !may_be_sent_again(body.error())) request->replies.push_back(std::move(body));
        });
  }

  [[nodiscard]] const SentRequests& requests() const { return requests_; }

 private:
  static ReplyBody body_of(std::expected<json::value, client::RpcError>&& answer) {
    if (answer) return std::move(*answer);
    return std::unexpected(std::move(answer.error().name));
  }

  // In the order in which they were sent; a client may forget one now and then.
  std::vector<Sent*> unanswered() {
    std::vector<Sent*> found;
    for (const auto& request : requests_.sent()) {
      if (request->replies.empty() && !requests_.random().one_in(5)) found.push_back(request.get());
    }
    return found;
  }

  SentRequests requests_;
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

TEST(KillNine, AtAnyMomentLeavesWhatTheSecondModelDecidesOfAllMethods) {
  const ScratchFolder folder;
  WholeModel model;
  WholeClient client(model);
  Follower follower(model, client.requests());
  Killer killer(20'261'129);
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
  const int lives = times_as_long(kLives);
  for (int life = 0; life < lives || (!means_something() && life < 10 * lives); ++life) {
    killer.kill_starts(folder.path());
    DaemonProcess daemon(folder.path());
    {
      const std::jthread sending([&] { client.run_until_killed(daemon); });
      killer.end(daemon, std::chrono::milliseconds(60));
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
  std::cout << "  " << follower.answered() << " answers of " << lives << " daemons\n";
}

}  // namespace
}  // namespace giro::test
