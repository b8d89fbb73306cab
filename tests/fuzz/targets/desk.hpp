// Who answers in a room of sessions while they are fuzzed: work by a real state of the ledger, with real entries and
// rejections; questions by the refusal that a reading thread gives where the file can't be read.
//
// What always holds: a key decides once; whatever waits has an answer after serve().
// Thread: one at a time.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ledger/state/state.hpp"
#include "tests/session/room.hpp"

namespace giro::fuzz {

class Desk {
 public:
  explicit Desk(test::Room& room) : room_(room) {}

  // Answers all that waits, as one group. False: nothing waited.
  bool serve();

 private:
  AnswerBody decide(WorkItem& item, std::vector<Entry>& entries);
  Outcome decide(const Command& command, std::uint32_t uid, std::vector<Entry>& entries);
  AnswerBody decide_all(const CommandBatch& batch, std::uint32_t uid, std::vector<Entry>& entries);
  void answer_question();

  test::Room& room_;
  State state_;
  std::set<std::string, std::less<>> keys_;
  std::int64_t now_ns_ = 0;
};

}  // namespace giro::fuzz
