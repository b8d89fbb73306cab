// A client that pays until its daemon dies, goes on with the next one, and knows what it was answered. Thread: the
// client's; the answers may be looked at when it has ended.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/system/ask_until_killed.hpp"

namespace giro::test {

// What the clients pay from and to.
inline void open_paying_accounts(client::Connection& connection) {
  open_account(connection, "world", true);
  for (int i = 0; i < 10; ++i) {
    const std::string id = "acct:" + std::to_string(i);
    open_account(connection, id);
    call(connection, "payments.submit",
         boost::json::parse(payment_params("fund-" + id, "world", id, 100'000)).as_object());
  }
}

// With the next daemon it sends again what wasn't answered, as a client should.
class PayingClient {
 public:
  explicit PayingClient(int number) : number_(number), random_(static_cast<unsigned>(number)) {}

  void run_until_killed(const DaemonProcess& daemon) {
    const std::vector<std::string> again(unanswered_.begin(), unanswered_.end());
    ask_until_killed(
        daemon, kPaymentsOutstanding, again,
        [this](client::Connection& connection, const std::string& key) {
          return connection.start("payments.submit", payments_.at(key).params);
        },
        [this] {
          std::string key = "k" + std::to_string(number_) + "-" + std::to_string(++last_);
          payments_[key].params = params_of(key);
          unanswered_.insert(key);
          return std::optional(std::move(key));
        },
        [this](const std::string& key, const auto& answer) {
          if (answer) take(key, answer->as_object());
        });
  }

  // Every payment that was ever answered is in the ledger as it was answered.
  void expect_all_there(client::Connection& connection) const {
    std::map<client::RequestId, std::string> open;
    const auto take = [&] {
      const auto reply = connection.next_reply();
      ASSERT_TRUE(reply) << reply.error().detail;
      ASSERT_TRUE(reply->answer) << reply->answer.error().message;
      const std::string& key = open.at(reply->id);
      const Payment& payment = payments_.at(key);
      const boost::json::object& found = reply->answer->as_object();
      ASSERT_EQ(found.at("status").as_string(), payment.status)
          << key << " was answered and is gone";
      ASSERT_EQ(found.at("seq").as_int64(), payment.seq) << key;
      open.erase(reply->id);
    };
    for (const auto& [key, payment] : payments_) {
      if (payment.seq == 0) continue;
      open[connection.start("payments.get", R"({"key":")" + key + R"("})")] = key;
      while (open.size() >= kQuestionsOutstanding && !::testing::Test::HasFatalFailure()) take();
      if (::testing::Test::HasFatalFailure()) return;
    }
    while (!open.empty() && !::testing::Test::HasFatalFailure()) take();
  }

  [[nodiscard]] std::size_t answered() const { return payments_.size() - unanswered_.size(); }
  [[nodiscard]] bool contradicted() const { return contradicted_; }

 private:
  static constexpr std::size_t kPaymentsOutstanding = 32;
  static constexpr std::size_t kQuestionsOutstanding = 512;

  struct Payment {
    std::string params;
    std::int64_t seq = 0;  // 0: not answered yet.
    std::string status;    // Of its first answer.
  };

  std::string params_of(const std::string& key) {
    const std::uint64_t from = random_() % 10;
    return payment_params(key, "acct:" + std::to_string(from),
                          "acct:" + std::to_string((from + 1 + random_() % 9) % 10),
                          1 + static_cast<std::int64_t>(random_() % 2'000));
  }

  void take(const std::string& key, const boost::json::object& result) {
    Payment& payment = payments_.at(key);
    const std::int64_t seq = result.at("seq").as_int64();
    if (payment.seq != 0 && payment.seq != seq) contradicted_ = true;
    unanswered_.erase(key);
    payment.seq = seq;
    payment.status = result.at("status").as_string();
  }

  int number_;
  std::mt19937_64 random_;
  int last_ = 0;
  bool contradicted_ = false;
  std::map<std::string, Payment> payments_;
  std::set<std::string> unanswered_;
};

}  // namespace giro::test
