#include "engine/decider.hpp"

#include <utility>

#include "engine/refusals.hpp"
#include "ledger/store/look_ahead.hpp"

namespace giro {
namespace {

Outcome refused(const PaymentKey& key, Refusal refusal) {
  return Refused{.key = key, .refusal = std::move(refusal), .conflict_seq = 0};
}
// A request as a whole: which payment it was is told by the reply's id.
Outcome refused(const Refusal& refusal) {
  return refused(PaymentKey(), refusal);
}

Refused conflict(const PaymentKey& key, store::KeyConflict found) {
  std::string message = "the key ";
  message.append(key.view())
      .append(" already decided another request, which differs in ")
      .append(found.field)
      .append("; that outcome stands and nothing was decided now");
  return {.key = key,
          .refusal = {.code = ErrorCode::key_conflict,
                      .field = std::move(found.field),
                      .message = std::move(message)},
          .conflict_seq = found.seq};
}

// Keys are one namespace, so that it must be said that this one is taken; what it paid is told only to
// whom it belongs.
Refused conflict_with_another_user(const PaymentKey& key) {
  return {.key = key,
          .refusal = {.code = ErrorCode::key_conflict,
                      .field = {},
                      .message = "the key is another user's; nothing was decided now. Use a key of "
                                 "your own for this payment"},
          .conflict_seq = 0};
}

Outcome outcome_of(store::Decision decision, const Command& command, std::uint32_t uid) {
  struct Visitor {
    const Command& command;
    std::uint32_t uid;
    Outcome operator()(store::NewDecision made) const { return Decided{made.entry}; }
    Outcome operator()(store::PriorDecision made) const {
      return OtherOutcome{.entry = std::move(made.entry), .replayed = true};
    }
    Outcome operator()(store::DryRun made) const {
      return OtherOutcome{.entry = std::move(made.entry), .replayed = false};
    }
    Outcome operator()(store::KeyConflict found) const {
      if (found.uid != uid) return conflict_with_another_user(key_of(command));
      return conflict(key_of(command), std::move(found));
    }
    Outcome operator()(store::KeyUnreadable keys) const {
      return refused(key_of(command), refusal_of(keys));
    }
  };
  return std::visit(Visitor{.command = command, .uid = uid}, std::move(decision));
}

// Decides one group; one object a group.
class GroupRun {
 public:
  GroupRun(store::Store& store, Timestamp now, const Decider::Counters& counters,
           const store::Obstacle* obstacle)
      : store_(store), now_(now), counters_(counters), obstacle_(obstacle) {}

  // `lookup`: of an item that is a command.
  AnswerBody answer(const WorkItem& item, const store::Lookup* lookup) {
    uid_ = item.uid;
    lookup_ = lookup;
    return std::visit([this](const auto& work) { return answer_to(work); }, item.work);
  }

 private:
  AnswerBody answer_to(const Command& command) {
    if (!is_past_safe()) return refused(refusal_of(*obstacle_, Asked::any_key));
    return outcome(command, *lookup_);
  }

  AnswerBody answer_to(const std::unique_ptr<CommandBatch>& batch) {
    if (!is_past_safe()) return refused(refusal_of(*obstacle_, Asked::any_key));
    auto answer = std::make_unique<BatchAnswer>();
    const auto& commands = batch->commands;
    bool all_refused = obstacle_ != nullptr;
    store::LookAhead ahead(store_, commands.size(), [&](std::size_t i) { return &commands[i]; });
    for (std::size_t i = 0; i < commands.size(); ++i) {
      Outcome made = outcome(commands[i], ahead.at(i));
      all_refused = all_refused && std::holds_alternative<Refused>(made);
      count(made, static_cast<std::uint32_t>(i), *answer);
    }
    // Nothing of it was decided, now or before: an error, as for a payment by itself.
    if (all_refused) return refused(refusal_of(*obstacle_, Asked::new_key));
    return answer;
  }

  Outcome outcome(const Command& command, const store::Lookup& lookup) {
    // A dry run leaves no trace, so that no obstacle is one.
    if (obstacle_ == nullptr || is_dry_run(command)) {
      return outcome_of(store_.decide(command, lookup, now_, uid_), command, uid_);
    }
    if (auto prior = store_.find_decision(command, lookup)) {
      return outcome_of(std::move(*prior), command, uid_);
    }
    // Of an account that exists nothing was found only because its terms are others.
    const bool is_payment = std::holds_alternative<CheckedPayment>(command);
    return refused(key_of(command),
                   refusal_of(*obstacle_, is_payment ? Asked::new_key : Asked::any_key));
  }

  [[nodiscard]] bool is_past_safe() const {
    return obstacle_ == nullptr || obstacle_->past_is_safe();
  }

  void count(Outcome& outcome, std::uint32_t index, BatchAnswer& answer) const {
    bool applied = false;
    if (const auto* decided = std::get_if<Decided>(&outcome)) {
      const Entry& entry = store_.group()[decided->entry];
      applied = entry.applied();
      ++(applied ? answer.applied : answer.rejected);
      if (answer.first_seq == 0) answer.first_seq = entry.seq;
      answer.last_seq = entry.seq;
    } else if (const auto* other = std::get_if<OtherOutcome>(&outcome)) {
      applied = other->entry->applied();
      ++answer.replayed;
    }
    if (!applied) answer.exceptions.push_back({.index = index, .outcome = std::move(outcome)});
  }

  AnswerBody answer_to(const AccountsQuery& query) {
    if (!is_past_safe()) return refused(refusal_of(*obstacle_, Asked::question));
    const State& state = store_.state();
    AccountsAnswer answer{.accounts = {}, .as_of_seq = state.seq()};
    for (const AccountId& id : query.ids) {
      std::optional<AccountView>& view = answer.accounts.emplace_back();
      const AccountNumber number = state.find(id.view());
      if (number == 0) continue;
      const Account& account = state.account(number);
      view = AccountView{
          .id = id,
          .account = account,
          .opened_seq = state.opened_seq(number),
          .currency = state.currency(account.currency),
          .metadata = query.with_metadata ? store_.account_metadata(number) : std::string()};
    }
    return answer;
  }

  AnswerBody answer_to(const ReadQuery& query) {
    if (!is_past_safe()) return refused(refusal_of(*obstacle_, Asked::question));
    const State& state = store_.state();
    Ticket ticket;
    ticket.head_seq = state.seq();
    if (query.account) ticket.account = state.find(query.account->view());
    if (ticket.account != 0) ticket.head = store_.account_point(ticket.account);
    if (query.key) {
      auto entry = store_.find_payment(*query.key);
      if (!entry) return refused(refusal_of(entry.error()));
      ticket.entry = std::move(*entry);
    }
    return ticket;
  }

  AnswerBody answer_to(const StatusQuery& /*query*/) {
    const State& state = store_.state();
    const store::StoreFigures figures = store_.figures();
    auto answer = std::make_unique<StatusAnswer>();
    answer->seq = state.seq();
    answer->at = state.at();
    answer->accounts = state.account_count();
    answer->currencies = state.currencies();
    answer->commits = counters_.commits;
    answer->decisions = counters_.decisions;
    answer->keys_recent = figures.keys_recent;
    answer->keys_sealed = figures.keys_sealed;
    answer->key_runs = figures.key_runs;
    answer->key_trouble = figures.key_trouble;
    answer->ledger_bytes = figures.ledger_bytes;
    answer->wal_bytes = figures.wal_bytes;
    answer->checkpoint_trouble = figures.checkpoint_trouble;
    answer->clock = counters_.clock;
    if (obstacle_ != nullptr) answer->obstacle = obstacle_->what;
    return answer;
  }

  AnswerBody answer_to(const Heartbeat& /*heartbeat*/) { return HeartbeatDone{}; }

  store::Store& store_;
  Timestamp now_;
  const Decider::Counters& counters_;
  const store::Obstacle* obstacle_;
  // Of the item at hand.
  std::uint32_t uid_ = 0;
  const store::Lookup* lookup_ = nullptr;
};

// An outcome that stands, whatever becomes of the group in which it was asked for.
bool stands(const AnswerBody& answer, Seq durable) {
  const auto* outcome = std::get_if<Outcome>(&answer);
  const auto* other = outcome == nullptr ? nullptr : std::get_if<OtherOutcome>(outcome);
  return other != nullptr && other->replayed && other->entry->seq <= durable;
}

}  // namespace

void Decider::decide(std::vector<WorkItem>& items, store::Store& store, Timestamp now,
                     const Counters& counters, const store::Obstacle* obstacle,
                     CommittedGroup& group) {
  GroupRun run(store, now, counters, obstacle);
  group.answers.reserve(items.size());
  const auto command_at = [&](std::size_t i) { return std::get_if<Command>(&items[i].work); };
  store::LookAhead ahead(store, items.size(), command_at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const store::Lookup* lookup = command_at(i) == nullptr ? nullptr : &ahead.at(i);
    group.answers.push_back({.to = items[i].reply_to, .body = run.answer(items[i], lookup)});
  }
}

bool may_change(const WorkItem& item) {
  return std::holds_alternative<Command>(item.work) ||
         std::holds_alternative<std::unique_ptr<CommandBatch>>(item.work);
}

void refuse_group(std::vector<WorkItem>& items, const Refusal& change, const Refusal& question,
                  Seq durable, CommittedGroup& group) {
  group.entries.clear();
  group.answers.resize(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Answer& answer = group.answers[i];
    answer.to = items[i].reply_to;
    if (std::holds_alternative<Heartbeat>(items[i].work)) {
      answer.body = HeartbeatDone{};
    } else if (!stands(answer.body, durable)) {
      answer.body = refused(may_change(items[i]) ? change : question);
    }
  }
}

}  // namespace giro
