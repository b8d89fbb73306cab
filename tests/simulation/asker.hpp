// A client program that behaves as the README tells programs to: where the outcome of a request isn't known, it
// sends it again as it was, to the next daemon if need be. What it asks is drawn from a seed, requests of all
// methods and questions; what it is told it writes down beside its request or question. Thread: the test's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/whole/requests.hpp"

namespace giro::test {

class Asker {
 public:
  // `number`: the first one listens to events. `count`: of its own requests.
  Asker(int number, std::uint64_t seed, SentRequests& requests, int count);

  // The next bytes to send: none of them is lost unless the connection is.
  [[nodiscard]] std::string take_bytes(std::size_t most);
  // All of its requests have an outcome, and none waits for an answer.
  [[nodiscard]] bool is_done() const {
    return left_ == 0 && again_.empty() && waiting_.empty() && received_.empty();
  }

  // One line of what the daemon sent. What was refused, and may be sent again, is.
  void hear(const std::string& line);
  // The connection is gone: whatever has no answer is asked again on the next one.
  void disconnected();
  // Puts more requests among the bytes to send, if few of them wait.
  void go_on(Timestamp now);

  // What can't be: an answer to nothing, a refusal that no request deserves, a feed with a gap.
  [[nodiscard]] const std::vector<std::string>& contradictions() const { return contradictions_; }
  // Every line that it heard, one after the other.
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] std::uint64_t events() const { return next_event_ - 1; }

 private:
  struct Waiting {
    Sent* request = nullptr;                  // Null: a question.
    Seq after = 0;                            // What was decided before it was sent ends here.
    std::optional<ToldAnswer> question = {};  // Whose answer is to be looked at.
    bool is_acknowledged_many = false;
  };

  [[nodiscard]] std::uint64_t draw(std::uint64_t count) { return random_() % count; }
  // `request`: null for a question.
  Waiting& ask(std::string_view method, const std::string& params, Sent* request);
  void send(Sent* request);
  void ask_something();
  void ask_question(std::string method, boost::json::object params);
  [[nodiscard]] boost::json::object some_account();
  // In a third of all cases.
  [[nodiscard]] boost::json::object at_some_seq(boost::json::object params);
  void hear_event(boost::json::object&& event);
  // Of what the notification tells; the end: of nothing.
  [[nodiscard]] std::vector<Waiting>::iterator received_by(const boost::json::object& decision);
  void hear_decision(std::string_view method, boost::json::object&& decision,
                     const std::string& line);
  void hear_error(const Waiting& waiting, const std::string& code, const std::string& line);
  void hear_result(Waiting&& waiting, boost::json::value&& result);
  void contradict(std::string what) { contradictions_.push_back(std::move(what)); }

  const int number_;
  std::mt19937_64 random_;
  SentRequests& requests_;
  int left_;                                  // So many requests it hasn't made yet.
  std::deque<Sent*> again_;                   // They have no outcome, and wait for nothing.
  std::vector<Sent*> own_;                    // All that it made.
  std::map<std::uint64_t, Waiting> waiting_;  // By id.
  std::vector<Waiting> received_;             // Answered as queued: their outcomes follow.
  bool many_is_acknowledged_ = false;         // Whose outcome names no request: one at a time.
  std::string unsent_;
  std::uint64_t last_id_ = 0;
  std::uint64_t subscription_ = 0;  // The id of its request; 0: it has none.
  std::vector<std::string> contradictions_;
  std::string heard_;
  std::uint64_t next_event_ = 1;
};

}  // namespace giro::test
