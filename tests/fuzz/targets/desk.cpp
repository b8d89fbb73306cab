#include "tests/fuzz/targets/desk.hpp"

#include "engine/refusals.hpp"

namespace giro::fuzz {

bool Desk::serve() {
  if (room_.backend.items.empty() && room_.backend.jobs.empty()) return false;
  CommittedGroup group;
  while (!room_.backend.items.empty()) {
    WorkItem item = std::move(room_.backend.items.front());
    room_.backend.items.pop_front();
    group.answers.push_back({.to = item.reply_to, .body = decide(item, group.entries)});
  }
  group.head_seq = state_.seq();
  room_.answers.deliver(group);
  while (!room_.backend.jobs.empty()) answer_question();
  return true;
}

AnswerBody Desk::decide(WorkItem& item, std::vector<Entry>& entries) {
  if (const auto* command = std::get_if<Command>(&item.work)) {
    return decide(*command, item.uid, entries);
  }
  if (const auto* batch = std::get_if<std::unique_ptr<CommandBatch>>(&item.work)) {
    return decide_all(**batch, item.uid, entries);
  }
  if (const auto* query = std::get_if<AccountsQuery>(&item.work)) {
    return AccountsAnswer{.accounts = decltype(AccountsAnswer::accounts)(query->ids.size()),
                          .as_of_seq = state_.seq()};
  }
  if (std::holds_alternative<StatusQuery>(item.work)) return std::make_unique<StatusAnswer>();
  return Ticket{.head_seq = state_.seq(), .account = 0, .head = {}, .entry = {}};
}

Outcome Desk::decide(const Command& command, std::uint32_t uid, std::vector<Entry>& entries) {
  const PaymentKey key = key_of(command);
  if (!keys_.emplace(key.view()).second) {
    return Refused{.key = key, .refusal = key_conflict(key, "amount"), .conflict_seq = 1};
  }
  Entry entry = state_.apply(command, {}, Timestamp{++now_ns_}, uid);
  if (entry.seq == 0) return Rehearsed{.entry = std::make_unique<Entry>(std::move(entry))};
  entries.push_back(std::move(entry));
  return Decided{.entry = static_cast<std::uint32_t>(entries.size() - 1)};
}

AnswerBody Desk::decide_all(const CommandBatch& batch, std::uint32_t uid,
                            std::vector<Entry>& entries) {
  if (batch.all_or_none) {
    auto answer = std::make_unique<GroupAnswer>();
    answer->refused =
        Refused{.key = {}, .refusal = busy("the desk takes no groups"), .conflict_seq = 0};
    return answer;
  }
  auto answer = std::make_unique<BatchAnswer>();
  for (std::uint32_t i = 0; i < batch.commands.size(); ++i) {
    Outcome outcome = decide(batch.commands[i], uid, entries);
    const bool applied = std::holds_alternative<Decided>(outcome) &&
                         entry_of(outcome, entries).outcome == Rejection::none;
    if (applied) {
      ++answer->applied;
    } else {
      answer->exceptions.push_back({.index = i, .outcome = std::move(outcome)});
    }
  }
  return answer;
}

void Desk::answer_question() {
  const auto& job = room_.backend.jobs.front();
  if (std::holds_alternative<EventsQuestion>(job.question)) return room_.answer_events(0, 100);
  room_.answer(0, unreadable(Asked::question));
}

}  // namespace giro::fuzz
