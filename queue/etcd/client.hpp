// Calls of etcd that wait for their answers: for command lines and tests.
//
//   etcd::Client client({.socket = "/run/giro-etcd/client.sock"});
//   const auto answer = client.call(etcd::RangeRequest{.key = "a"}, 1s);
//   if (answer && answer->count == 1) ...
//
// Thread: one at a time.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "queue/etcd/connection.hpp"

namespace giro::etcd {

class Client {
 public:
  explicit Client(ConnectionOptions options) : connection_(std::move(options)) {}

  // Waits for a connection, too.
  template <class OneRequest>
  [[nodiscard]] std::expected<typename OneRequest::Answer, Failure> call(OneRequest request,
                                                                         Clock::duration timeout) {
    auto answer = call_any(Request(std::move(request)), timeout);
    if (!answer) return std::unexpected(std::move(answer).error());
    return std::get<typename OneRequest::Answer>(*std::move(answer));
  }

  void watch(std::string key) { connection_.watch(std::move(key)); }
  // Nothing: it didn't ring within that time.
  [[nodiscard]] std::optional<Bell> next_bell(Clock::duration timeout);

 private:
  [[nodiscard]] std::expected<Answer, Failure> call_any(const Request& request,
                                                        Clock::duration timeout);
  void wait(Clock::time_point until);

  Connection connection_;
};

}  // namespace giro::etcd
