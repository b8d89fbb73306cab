// Random requests of all methods, as clients send them, and what they were told. Thread: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "tests/whole/random_operations.hpp"
#include "tests/whole/told.hpp"

namespace giro::test {

// A result, or the name of an error.
using ReplyBody = std::expected<boost::json::value, std::string>;

struct Sent {
  // One operation; some that are decided all or none; or some that are decided each by itself.
  enum class Shape : std::uint8_t { one, group, many };

  std::vector<Operation> members;
  Shape shape = Shape::one;
  bool dry_run = false;
  // Of many: the member that says nothing which could be decided.
  std::optional<std::size_t> malformed = {};
  std::vector<ReplyBody> replies;

  [[nodiscard]] std::string_view method() const;
  [[nodiscard]] std::string params() const;  // A JSON object.
};

// The key that an operation is decided by.
[[nodiscard]] std::string key_of(const Operation& it);

// Whether the error leaves it open, so that sending the same request again may get further.
[[nodiscard]] bool may_be_sent_again(std::string_view error);

// All that was ever sent, in order.
class SentRequests {
 public:
  // `uid`: of who asks, as the kernel tells it.
  SentRequests(std::uint64_t seed, std::uint32_t uid, const WholeModel& model)
      : uid_(uid), random_(seed, model) {}

  // From now on no request has a moment of its own: a deadline, an end, a time to pay at.
  void forget_times() { has_times_ = false; }
  // The openings of the accounts that most requests are about.
  [[nodiscard]] std::vector<Sent*> beginnings();
  [[nodiscard]] Sent* next(Timestamp now);
  [[nodiscard]] const std::vector<std::unique_ptr<Sent>>& sent() const { return sent_; }
  [[nodiscard]] RandomOperations& random() { return random_; }

  // The highest seq that anybody was told: whatever is sent from now on and isn't decided yet, is decided after it.
  [[nodiscard]] Seq told() const { return told_; }
  void note_told(Seq seq) { told_ = std::max(told_, seq); }
  // The answers to questions, and the entries that events told.
  [[nodiscard]] const std::vector<ToldAnswer>& answers() const { return answers_; }
  void note_answer(ToldAnswer&& told) { answers_.push_back(std::move(told)); }
  [[nodiscard]] const std::vector<boost::json::object>& events() const { return events_; }
  void note_event(boost::json::object event) { events_.push_back(std::move(event)); }

 private:
  [[nodiscard]] Sent* next_group(Timestamp now);
  [[nodiscard]] Sent* next_many(Timestamp now);
  [[nodiscard]] Sent* add(std::vector<Operation> members, Sent::Shape shape = Sent::Shape::one);

  std::uint32_t uid_;
  RandomOperations random_;
  std::vector<std::unique_ptr<Sent>> sent_;
  bool has_times_ = true;
  Seq told_ = 0;
  std::vector<ToldAnswer> answers_;
  std::vector<boost::json::object> events_;
};

}  // namespace giro::test
