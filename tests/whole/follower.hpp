// An auditor: tells the second model what a journal has, in its order and at its times, and says where the model
// decides otherwise, what nobody asked for, and which answer doesn't stand there as it was given. Thread: one.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ledger/store/history/reader.hpp"
#include "tests/whole/requests.hpp"

namespace giro::test {

class Follower {
 public:
  // `clock_step`: the clock that it was decided by goes in steps of so many nanoseconds. Entries of one moment have
  // times of their own, one after the other, and are judged as of that moment.
  Follower(WholeModel& model, const SentRequests& requests, std::int64_t clock_step = 1)
      : model_(model), requests_(requests), clock_step_(clock_step) {}
  // From now on it remembers how the ledger stood, as checking the answers to questions needs.
  void remember_moments() { remembers_ = true; }

  // Brings the model where the journal is. The first thing that differs; empty: nothing.
  [[nodiscard]] std::string follow(store::Reader& reader);
  // The first answer, or event, that isn't what the model says; empty: none.
  [[nodiscard]] std::string check_answers();

  // How much it saw.
  [[nodiscard]] std::size_t answered() const { return answered_; }
  [[nodiscard]] std::size_t by_itself() const { return by_itself_; }
  [[nodiscard]] std::size_t in_groups() const { return in_groups_; }
  [[nodiscard]] std::size_t of_many() const { return of_many_; }

 private:
  void remember_what_was_sent();
  // One entry, or those of a group.
  [[nodiscard]] std::string take(const Entry& entry, store::Reader& reader);
  [[nodiscard]] std::string decide(std::span<const Operation> together, const Entry& entry,
                                   store::Reader& reader);
  void remember(Seq seq, Standing&& standing);
  [[nodiscard]] Timestamp judged_at(const Entry& entry) const {
    return {entry.at.ns - (entry.at.ns % clock_step_)};
  }
  [[nodiscard]] std::string difference_at(const Entry& entry) const;
  [[nodiscard]] std::string check(const Sent& request, const ReplyBody& reply);
  [[nodiscard]] std::string check_one(const Operation& asked,
                                      const boost::json::object& answer) const;
  [[nodiscard]] std::string check_summary(const boost::json::object& answer) const;
  [[nodiscard]] static std::string check_rehearsal(const boost::json::object& answer);
  [[nodiscard]] std::string check_event(const boost::json::object& event) const;

  WholeModel& model_;
  const SentRequests& requests_;
  std::int64_t clock_step_;
  std::map<std::string, std::vector<const Sent*>> asked_;
  bool remembers_ = false;
  Moments moments_;
  std::size_t known_ = 0;
  std::size_t answered_ = 0;
  std::size_t by_itself_ = 0;
  std::size_t in_groups_ = 0;
  std::size_t of_many_ = 0;
};

}  // namespace giro::test
