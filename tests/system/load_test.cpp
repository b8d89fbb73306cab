// More than girod can take: a thousand hostile connections on 256 descriptors, and clients that send without waiting. Who
// behaves is served all the while, what finds no room is told so, memory is bounded, and once they are gone
// everything is as before. A few seconds; a minute each with GIRO_LONG=1. Times are printed, not judged.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr uid_t kHostileUser = 65'534;
constexpr std::size_t kLogLinesMax = 300;  // A flood would be one for each that is sent away.
constexpr std::size_t kResidentMax = 256 * kMiB + kToolBytes;

std::chrono::seconds duration() {
  return std::chrono::seconds(std::getenv("GIRO_LONG") != nullptr ? 60 : 4);
}

// This thread alone.
void become_hostile() {
  if (::syscall(SYS_setresuid, -1, kHostileUser, -1) != 0) std::abort();
}

// Clients that only harm, on one thread: whoever is sent away comes again.
class Crowd {
 public:
  Crowd(const std::string& path, std::size_t size) : clients_(size) {
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
    for (std::size_t i = 0; i < size; ++i) clients_[i].kind = static_cast<Kind>(i % kKinds);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      become_hostile();
      while (!stop.stop_requested()) {
        step();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
  }
  ~Crowd() {
    thread_.request_stop();
    thread_.join();
    for (Client& client : clients_) leave(client);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // So far.
  [[nodiscard]] std::size_t came() const { return came_; }
  [[nodiscard]] std::size_t sent_away() const { return sent_away_; }

 private:
  static constexpr std::size_t kKinds = 5;
  enum class Kind : std::uint8_t { idle, half_a_line, never_reads, garbage, slow_http };
  struct Client {
    Kind kind = Kind::idle;
    int socket = -1;
    std::size_t sent = 0;
  };

  static void leave(Client& client) {
    if (client.socket >= 0) ::close(std::exchange(client.socket, -1));
    client.sent = 0;
  }

  void step() {
    std::vector<pollfd> looks;
    looks.reserve(clients_.size());
    for (const Client& client : clients_) looks.push_back({client.socket, 0, 0});
    ::poll(looks.data(), looks.size(), 0);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      if ((looks[i].revents & (POLLHUP | POLLERR)) != 0) {
        ++sent_away_;
        leave(client);
      }
      if (client.socket < 0) {
        come(client);
      } else {
        harm(client);
      }
    }
  }

  void come(Client& client) {
    client.socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    if (::connect(client.socket, address, sizeof address_) != 0) return leave(client);
    ++came_;
  }

  void harm(Client& client) {
    const std::string bytes = bytes_of(client);
    const ssize_t count =
        ::send(client.socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) client.sent += static_cast<std::size_t>(count);
  }

  std::string bytes_of(const Client& client) {
    switch (client.kind) {
      case Kind::idle:
        return {};
      case Kind::half_a_line: {
        std::string half;
        if (client.sent < kMiB) half.assign(65'536, '{');
        return half;
      }
      case Kind::never_reads:
        return R"({"jsonrpc":"2.0","id":1,"method":"payments.list","params":{"limit":1000}})"
               "\n";
      case Kind::garbage: {
        std::string noise(512, ' ');
        for (char& byte : noise) byte = static_cast<char>(random_());
        return noise + "\n";
      }
      case Kind::slow_http:
        return client.sent == 0 ? "POST /v1/rpc HTTP/1.1\r\nHost: localhost\r\n" : "X";
    }
    return {};
  }

  sockaddr_un address_{};
  std::vector<Client> clients_;
  std::mt19937_64 random_{20'261'129};
  std::atomic<std::size_t> came_ = 0;
  std::atomic<std::size_t> sent_away_ = 0;
  std::jthread thread_;
};

// The most that the daemon has in memory while this lives.
class Memory {
 public:
  explicit Memory(pid_t process)
      : thread_([this, process](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            most_ = std::max(most_.load(), resident_bytes(process));
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
          }
        }) {}
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::atomic<std::size_t> most_ = 0;
  std::jthread thread_;
};

// One that asks and waits. All that it asks must be answered.
class GoodClient {
 public:
  explicit GoodClient(const DaemonProcess& daemon)
      : daemon_(daemon), connection_(daemon.connect()) {}

  // The 99th percentile of what its payments took, in milliseconds.
  double go_on_for(client::Clock::duration time) {
    const auto end = client::Clock::now() + time;
    std::vector<client::Clock::duration> times;
    while (client::Clock::now() < end && !testing::Test::HasFatalFailure()) {
      const auto begun = client::Clock::now();
      pay(connection_);
      times.push_back(client::Clock::now() - begun);
      if (paid_ % 50 != 0) continue;
      // Somebody new, of the same user.
      client::Connection other = daemon_.connect();
      pay(other);
      EXPECT_EQ(call(other, "accounts.get", {{"id", "good:till"}}).at("balance").as_int64(), paid_);
    }
    std::ranges::sort(times);
    return std::chrono::duration<double, std::milli>(times.at(times.size() * 99 / 100)).count();
  }
  [[nodiscard]] std::int64_t paid() const { return paid_; }

 private:
  void pay(client::Connection& connection) {
    ++paid_;
    const std::string params =
        payment_params("good-" + std::to_string(paid_), "world", "good:till", 1);
    const json::object result =
        call(connection, "payments.submit", json::parse(params).as_object());
    ASSERT_EQ(result.at("status").as_string(), "applied");
  }

  const DaemonProcess& daemon_;
  client::Connection connection_;
  std::int64_t paid_ = 0;
};

// Sends payments as fast as it can and waits for no answer as long as there is room for more of them.
class Flood {
 public:
  Flood(const DaemonProcess& daemon, int number)
      : daemon_(daemon), number_(number), thread_([this](const std::stop_token& stop) {
          become_hostile();
          run(stop);
        }) {}
  // Until everything that it asked is answered.
  void finish() {
    thread_.request_stop();
    thread_.join();
  }

  [[nodiscard]] std::size_t busy() const { return busy_; }
  [[nodiscard]] const std::vector<std::int64_t>& seqs() const { return seqs_; }
  [[nodiscard]] std::size_t wrong() const { return wrong_; }

 private:
  static constexpr std::size_t kOutstanding = 1'500;  // More than the daemon's window.

  void run(const std::stop_token& stop) {
    client::Connection connection = daemon_.connect();
    std::size_t open = 0;
    for (int i = 0; !stop.stop_requested(); ++i) {
      const std::string key = fmt::format("flood-{}-{}", number_, i);
      connection.start("payments.submit", payment_params(key, "world", "flood:till", 1));
      if (++open >= kOutstanding) take(connection, open);
    }
    while (open > 0) take(connection, open);
  }

  void take(client::Connection& connection, std::size_t& open) {
    const auto reply = connection.next_reply();
    --open;
    if (!reply) {
      ++wrong_;
    } else if (!reply->answer) {
      reply->answer.error().name == "busy" ? ++busy_ : ++wrong_;
    } else {
      seqs_.push_back(reply->answer->at("seq").as_int64());
      wrong_ += reply->answer->at("status") != "applied";
    }
  }

  const DaemonProcess& daemon_;
  const int number_;
  std::size_t busy_ = 0;
  std::size_t wrong_ = 0;
  std::vector<std::int64_t> seqs_;
  std::jthread thread_;
};

class Load : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "being another user needs root";
  }
  void start(const std::string& limits) {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    daemon_.emplace(folder_.path(),
                    DaemonOptions{.configuration =
                                      "socket_mode = \"0666\"\n[limits]\n" + limits +
                                      "\n[[rule]]\nusers = [" + std::to_string(::geteuid()) + ", " +
                                      std::to_string(kHostileUser) + "]\nmethods = [\"*\"]\n",
                                  .prepare = [] {
                                    const rlimit few{.rlim_cur = 256, .rlim_max = 256};
                                    ::setrlimit(RLIMIT_NOFILE, &few);
                                  }});
    client::Connection connection = daemon_->connect();
    open_account(connection, "world", true);
    open_account(connection, "good:till");
    open_account(connection, "flood:till");
    json::object params = json::parse(payment_params("", "world", "flood:till", 1)).as_object();
    params["description"] = std::string(900, 'd');  // Long answers.
    for (int i = 0; i < kBefore; ++i) {
      params["key"] = "before-" + std::to_string(i);
      connection.start("payments.submit", json::serialize(params));
    }
    for (int i = 0; i < kBefore; ++i) ASSERT_TRUE(connection.next_reply());
  }

  // A bounded number of questions later. `mine`: connections that the test has open.
  void expect_all_as_before(std::int64_t mine) {
    constexpr int kQuestions = 300;
    client::Connection connection = daemon_->connect();
    std::int64_t left = -1;
    int asked = 0;
    for (; left != mine + 1 && asked < kQuestions; ++asked) {
      left = call(connection, "ledger.status").at("connections").as_int64();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(left, mine + 1) << "of those who are gone some still hold their places";
    std::jthread again([this] {
      become_hostile();
      client::Connection served = daemon_->connect();
      EXPECT_TRUE(served.call("server.info", "{}")) << "who was hostile isn't shut out for ever";
    });
    again.join();
    EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
    std::cout << fmt::format("  as before after {} questions\n", asked);
  }

  static constexpr int kBefore = 2'000;
  ScratchFolder folder_;
  std::optional<DaemonProcess> daemon_;
};

TEST_F(Load, OfAThousandHostileConnectionsLeavesAGoodClientServed) {
  start("");
  const Memory memory(daemon_->pid());
  GoodClient good(*daemon_);
  const double alone_ms = good.go_on_for(duration() / 4);
  const std::int64_t alone = good.paid();
  double beside_ms = 0;
  std::size_t came = 0;
  std::size_t sent_away = 0;
  {
    const Crowd crowd(daemon_->socket(), 1'000);
    beside_ms = good.go_on_for(duration());
    came = crowd.came();
    sent_away = crowd.sent_away();
  }
  ASSERT_FALSE(HasFailure()) << daemon_->log();
  EXPECT_GE(came, 1'000U);
  EXPECT_GE(sent_away, 500U) << "there was room for all of them";
  EXPECT_LE(memory.most(), kResidentMax);
  const std::size_t lines = count_of(daemon_->log(), "\n");
  EXPECT_LE(lines, kLogLinesMax) << daemon_->log();
  std::cout << fmt::format(
      "  {} came, {} were sent away; the good client: {} payments, p99 {:.1f} ms alone, {} and "
      "{:.1f} ms beside them; at most {} MiB, {} lines of log\n",
      came, sent_away, alone, alone_ms, good.paid() - alone, beside_ms, memory.most() / kMiB,
      lines);
  expect_all_as_before(1);
}

TEST_F(Load, OfTwiceTheCapacityIsRefusedAsBusyAndWhatIsAnsweredIsRight) {
  constexpr int kFloods = 8;
  start("queue_items = 4096");
  const Memory memory(daemon_->pid());
  GoodClient good(*daemon_);
  const auto begun = client::Clock::now();
  std::vector<std::unique_ptr<Flood>> floods;
  floods.reserve(kFloods);
  for (int i = 0; i < kFloods; ++i) floods.push_back(std::make_unique<Flood>(*daemon_, i));
  const double good_ms = good.go_on_for(duration());
  std::size_t busy = 0;
  std::size_t wrong = 0;
  std::vector<std::int64_t> seqs;
  for (const auto& flood : floods) {
    flood->finish();
    busy += flood->busy();
    wrong += flood->wrong();
    EXPECT_TRUE(std::ranges::is_sorted(flood->seqs())) << "out of the order of sending";
    seqs.insert(seqs.end(), flood->seqs().begin(), flood->seqs().end());
  }
  const double seconds = std::chrono::duration<double>(client::Clock::now() - begun).count();
  EXPECT_EQ(wrong, 0U) << "neither decided nor busy";
  EXPECT_GT(busy, 0U) << "it wasn't asked for more than it can do";
  std::ranges::sort(seqs);
  EXPECT_EQ(std::ranges::adjacent_find(seqs), seqs.end()) << "two payments share a decision";
  EXPECT_LE(memory.most(), kResidentMax);

  client::Connection connection = daemon_->connect();
  const auto balance = call(connection, "accounts.get", {{"id", "flood:till"}}).at("balance");
  EXPECT_EQ(balance.as_int64(), kBefore + static_cast<std::int64_t>(seqs.size()))
      << "what was busy was decided, or what was answered wasn't";
  std::cout << fmt::format(
      "  {:.0f} a second decided, {:.1f} times as many asked for; the good client: {} payments, "
      "p99 {:.1f} ms; at most {} MiB\n",
      static_cast<double>(seqs.size()) / seconds,
      static_cast<double>(seqs.size() + busy) / static_cast<double>(seqs.size()), good.paid(),
      good_ms, memory.most() / kMiB);
  expect_all_as_before(2);
}

}  // namespace
}  // namespace giro::test
