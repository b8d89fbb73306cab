// A client of a cluster: pays at one node, and where that has no definite answer, at the next one with the same key. It
// remembers what it was told. Threads: run() on its own; all else once that has returned.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "protocol/client.hpp"

namespace giro::test {

class ClusterPayer {
 public:
  struct Told {
    std::int64_t seq = 0;    // 0: nothing yet.
    std::int64_t floor = 0;  // The highest seq that anybody had been told when it was first sent.
    bool applied = false;    // Otherwise rejected, for lack of money.
  };
  static constexpr int kAccounts = 10;

  // `highest`: the highest seq that any client was told. `patience`: how long it waits for an answer before it goes to the
  // next node.
  ClusterPayer(int number, std::vector<std::string> sockets, std::atomic<std::int64_t>& highest,
               std::chrono::milliseconds patience);

  // Until a stop is asked for and everything was answered, or `end_max` after that.
  void run(const std::stop_token& stop, std::chrono::seconds end_max);

  [[nodiscard]] const std::deque<Told>& payments() const { return payments_; }  // By index.
  [[nodiscard]] std::string key(std::size_t index) const;
  [[nodiscard]] std::size_t answered() const { return answered_; }
  // What no answer may be; empty: nothing.
  [[nodiscard]] const std::vector<std::string>& wrong() const { return wrong_; }
  // How often it went to another node, by what made it.
  [[nodiscard]] const std::map<std::string, int>& moves() const { return moves_; }
  // The longest time without an answer, while it had something to wait for.
  [[nodiscard]] std::chrono::milliseconds longest_pause() const { return longest_pause_; }

 private:
  // At one node, as long as it answers.
  void pay_at(const std::string& socket, const std::stop_token& stop,
              client::Clock::time_point end);
  void send(client::Connection& connection, std::size_t index);
  [[nodiscard]] bool take(const client::Reply& reply);
  void note(std::size_t index, const boost::json::object& result);

  const int number_;
  const std::vector<std::string> sockets_;
  std::atomic<std::int64_t>& highest_;
  const std::chrono::milliseconds patience_;

  std::deque<Told> payments_;
  std::vector<std::size_t> open_;                  // Not answered.
  std::map<client::RequestId, std::size_t> sent_;  // On this connection.
  std::size_t answered_ = 0;
  client::Clock::time_point answered_at_{};
  std::chrono::milliseconds longest_pause_{};
  std::map<std::string, int> moves_;
  std::vector<std::string> wrong_;
};

}  // namespace giro::test
