#include "daemon/decider.hpp"

#include <utility>

#include "daemon/refusals.hpp"
#include "ledger/store/look_ahead.hpp"

namespace giro {
namespace {

// Of a request as a whole: which payment it was is told by the reply's id.
Refused refused(ErrorCode code) {
  return {.key = {}, .refusal = refusal_of(code), .conflict_seq = 0};
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

Outcome outcome_of(store::Decision decision, const PaymentKey& key) {
  struct Visitor {
    const PaymentKey& key;
    Outcome operator()(store::NewDecision made) const { return Decided{made.entry}; }
    Outcome operator()(store::PriorDecision made) const {
      return OtherOutcome{.entry = std::move(made.entry), .replayed = true};
    }
    Outcome operator()(store::DryRun made) const {
      return OtherOutcome{.entry = std::move(made.entry), .replayed = false};
    }
    Outcome operator()(store::KeyConflict found) const { return conflict(key, std::move(found)); }
  };
  return std::visit(Visitor{key}, std::move(decision));
}

// Decides one group; one object a group.
class GroupRun {
 public:
  GroupRun(store::Store& store, Timestamp now, const Decider::Counters& counters)
      : store_(store), now_(now), counters_(counters) {}

  // `lookup`: of an item that is a payment.
  AnswerBody answer(const WorkItem& item, const store::Lookup* lookup) {
    uid_ = item.uid;
    lookup_ = lookup;
    return std::visit([this](const auto& work) { return answer_to(work); }, item.work);
  }

 private:
  AnswerBody answer_to(const CheckedPayment& payment) {
    if (counters_.read_only) return Outcome(refused(ErrorCode::read_only));
    return outcome_of(store_.decide(payment, *lookup_, now_, uid_), payment.key());
  }

  AnswerBody answer_to(const CheckedOpenAccount& open) {
    if (counters_.read_only) return Outcome(refused(ErrorCode::read_only));
    return outcome_of(store_.decide(open, now_, uid_), PaymentKey(open.id().view()));
  }

  AnswerBody answer_to(const std::unique_ptr<PaymentBatch>& batch) {
    if (counters_.read_only) return Outcome(refused(ErrorCode::read_only));
    auto answer = std::make_unique<BatchAnswer>();
    const auto& payments = batch->payments;
    store::LookAhead ahead(store_, payments.size(), [&](std::size_t i) { return &payments[i]; });
    for (std::size_t i = 0; i < payments.size(); ++i) {
      Outcome outcome =
          outcome_of(store_.decide(payments[i], ahead.at(i), now_, uid_), payments[i].key());
      count(outcome, static_cast<std::uint32_t>(i), *answer);
    }
    return answer;
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
    const State& state = store_.state();
    AccountsAnswer answer{.accounts = {}, .as_of_seq = state.seq()};
    for (const AccountId& id : query.ids) {
      std::optional<AccountView>& view = answer.accounts.emplace_back();
      const AccountNumber number = state.find(id.view());
      if (number == 0) continue;
      const Account& account = state.account(number);
      view = AccountView{.id = id,
                         .account = account,
                         .currency = state.currency(account.currency),
                         .metadata = store_.account_metadata(number)};
    }
    return answer;
  }

  AnswerBody answer_to(const ReadQuery& query) {
    const State& state = store_.state();
    Ticket ticket;
    ticket.head_seq = state.seq();
    if (query.account) ticket.account = state.find(query.account->view());
    if (ticket.account != 0) ticket.head = store_.account_point(ticket.account);
    if (query.key) ticket.entry_seq = store_.find_key(*query.key);
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
    answer->ledger_bytes = figures.ledger_bytes;
    answer->wal_bytes = figures.wal_bytes;
    answer->read_only = counters_.read_only;
    return answer;
  }

  AnswerBody answer_to(const Heartbeat& /*heartbeat*/) { return HeartbeatDone{}; }

  store::Store& store_;
  Timestamp now_;
  const Decider::Counters& counters_;
  // Of the item at hand.
  std::uint32_t uid_ = 0;
  const store::Lookup* lookup_ = nullptr;
};

}  // namespace

void Decider::decide(std::vector<WorkItem>& items, store::Store& store, Timestamp now,
                     const Counters& counters, CommittedGroup& group) {
  GroupRun run(store, now, counters);
  group.answers.reserve(items.size());
  const auto payment_at = [&](std::size_t i) {
    return std::get_if<CheckedPayment>(&items[i].work);
  };
  store::LookAhead ahead(store, items.size(), payment_at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const store::Lookup* lookup = payment_at(i) == nullptr ? nullptr : &ahead.at(i);
    group.answers.push_back({.to = items[i].reply_to, .body = run.answer(items[i], lookup)});
  }
}

void refuse_all(std::vector<WorkItem>& items, ErrorCode code, CommittedGroup& group) {
  group.entries.clear();
  group.answers.clear();
  for (const WorkItem& item : items) {
    if (std::holds_alternative<Heartbeat>(item.work)) {
      group.answers.push_back({.to = item.reply_to, .body = HeartbeatDone{}});
    } else {
      group.answers.push_back({.to = item.reply_to, .body = Outcome(refused(code))});
    }
  }
}

}  // namespace giro
