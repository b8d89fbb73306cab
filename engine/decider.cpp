#include "engine/decider.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine/atomic_group.hpp"
#include "engine/look_ahead.hpp"
#include "engine/refusals.hpp"

namespace giro {
namespace {

Outcome refused(const PaymentKey& key, Refusal refusal) {
  return Refused{.key = key, .refusal = std::move(refusal), .conflict_seq = 0};
}
// A request as a whole: which payment it was is told by the reply's id.
Outcome refused(const Refusal& refusal) {
  return refused(PaymentKey(), refusal);
}

// Decides one group; one object a group.
class GroupRun {
 public:
  GroupRun(Ledger& ledger, const CommitMetrics& metrics, const Decider::How& how)
      : ledger_(ledger),
        metrics_(metrics),
        now_(how.now),
        clock_(how.clock),
        standstill_(how.standstill),
        is_shared_(how.is_shared) {}

  // `lookup`: of an item that is a command.
  AnswerBody answer(const WorkItem& item, const Lookup* lookup) {
    uid_ = item.uid;
    lookup_ = lookup;
    const Asked asked = may_change(item) ? Asked::any_key : Asked::question;
    return or_unreadable<AnswerBody>(
        asked,
        [&] { return std::visit([this](const auto& work) { return answer_to(work); }, item.work); },
        [](const Refusal& why) { return AnswerBody(refused(why)); });
  }

 private:
  // What can't be read is the trouble of who asked for it, and of nobody behind it. REQUIRES of `make`: what it
  // reads is read before anything changes; where something did, the exception goes on, and where other ledgers decide
  // what this one can't.
  template <class Made, class Make, class Refuse>
  Made or_unreadable(Asked asked, Make make, Refuse refuse) {
    const std::size_t decided = ledger_.store().group().size();
    try {
      return make();
    } catch (const std::runtime_error&) {
      const bool is_decided_elsewhere = is_shared_ && asked != Asked::question;
      if (is_decided_elsewhere || ledger_.store().group().size() != decided) throw;
      return refuse(unreadable(asked));
    }
  }

  AnswerBody answer_to(const Command& command) {
    if (!is_past_safe()) return refused(standstill_->any_key);
    return outcome(command, *lookup_);
  }

  AnswerBody answer_to(const std::unique_ptr<CommandBatch>& batch) {
    if (!is_past_safe()) return refused(standstill_->any_key);
    if (batch->all_or_none) return answer_to_group(*batch);
    auto answer = std::make_unique<BatchAnswer>();
    const auto& commands = batch->commands;
    bool all_refused = standstill_ != nullptr;
    LookAhead ahead(ledger_, commands.size(), [&](std::size_t i) { return &commands[i]; });
    for (std::size_t i = 0; i < commands.size(); ++i) {
      auto made = or_unreadable<Outcome>(
          Asked::any_key, [&] { return outcome(commands[i], ahead.at(i)); },
          [&](Refusal why) { return refused(key_of(commands[i]), std::move(why)); });
      all_refused = all_refused && std::holds_alternative<Refused>(made);
      count(made, static_cast<std::uint32_t>(i), *answer);
    }
    // Nothing of it was decided, now or before: an error, as for a payment by itself.
    if (all_refused) return refused(standstill_->new_key);
    return answer;
  }

  AnswerBody answer_to_group(const CommandBatch& batch) {
    AtomicGroup group(ledger_, batch.commands, uid_);
    auto outcome = group.find_decision();
    if (!outcome && batch.dry_run) outcome = group.rehearse(now_);
    if (!outcome && standstill_ != nullptr) {
      return refused(standstill_->new_key);
    }
    if (!outcome) outcome = group.decide(now_);
    if (is_shared_ && !*outcome && outcome->error().refusal.code == ErrorCode::read_only) {
      throw std::runtime_error(outcome->error().refusal.message);
    }
    auto answer = std::make_unique<GroupAnswer>();
    if (*outcome) {
      answer->outcomes = std::move(**outcome);
    } else {
      answer->refused = std::move(outcome->error());
    }
    return answer;
  }

  Outcome outcome(const Command& command, const Lookup& lookup) {
    // A dry run leaves no trace, so that no obstacle is one.
    if (is_dry_run(command)) return ledger_.decide(command, lookup, now_, uid_);
    if (standstill_ == nullptr) return decided(ledger_.decide(command, lookup, now_, uid_));
    if (auto prior = ledger_.find_decision(command, lookup, uid_)) return std::move(*prior);
    // Of an account that exists nothing was found only because its terms are others.
    const bool has_key = std::visit([](const auto& kind) { return kind.kIsKeyed; }, command);
    return refused(key_of(command), has_key ? standstill_->new_key : standstill_->any_key);
  }

  // What can't be read here is read elsewhere, and decided.
  Outcome decided(Outcome outcome) const {
    const auto* refused = std::get_if<Refused>(&outcome);
    if (is_shared_ && refused != nullptr && refused->refusal.code == ErrorCode::read_only) {
      throw std::runtime_error(refused->refusal.message);
    }
    return outcome;
  }

  [[nodiscard]] bool is_past_safe() const {
    return standstill_ == nullptr || standstill_->past_is_safe;
  }

  void count(Outcome& outcome, std::uint32_t index, BatchAnswer& answer) const {
    bool applied = false;
    if (const auto* decided = std::get_if<Decided>(&outcome)) {
      const Entry& entry = ledger_.store().group()[decided->entry];
      applied = entry.applied();
      ++(applied ? answer.applied : answer.rejected);
      if (answer.first_seq == 0) answer.first_seq = entry.seq;
      answer.last_seq = entry.seq;
    } else if (const auto* replayed = std::get_if<Replayed>(&outcome)) {
      applied = replayed->entry->applied();
      ++answer.replayed;
    }
    if (!applied) answer.exceptions.push_back({.index = index, .outcome = std::move(outcome)});
  }

  AnswerBody answer_to(const AccountsQuery& query) {
    if (!is_past_safe()) return refused(standstill_->question);
    const State& state = ledger_.state();
    AccountsAnswer answer{.accounts = {}, .as_of_seq = state.seq()};
    for (const AccountId& id : query.ids) {
      std::optional<AccountView>& view = answer.accounts.emplace_back();
      const AccountNumber number = state.find(id.view());
      if (number == 0) continue;
      const Account& account = state.account(number);
      view = AccountView{
          .id = id,
          .number = number,
          .account = account,
          .limits = state.limits(account),
          .velocities = {},
          .alerts = {},
          .opened_seq = state.opened_seq(number),
          .currency = state.currency(account.currency),
          .metadata = query.with_metadata ? ledger_.account_metadata(number) : std::string(),
          .mark = ledger_.account_point(number).mark};
      if (const Watch* watch = state.watches().find(number)) add_watch(*watch, *view);
    }
    return answer;
  }

  void add_watch(const Watch& watch, AccountView& view) const {
    view.alerts = watch.alerts;
    const Timestamp at = std::max(now_, ledger_.state().at());
    for (const Velocity& velocity : watch.velocities) {
      view.velocities.push_back({.limit = velocity.limit(), .used = velocity.used(at)});
    }
  }

  AnswerBody answer_to(const ReadQuery& query) {
    if (!is_past_safe()) return refused(standstill_->question);
    const State& state = ledger_.state();
    Ticket ticket;
    ticket.head_seq = state.seq();
    if (query.account) ticket.account = state.find(query.account->view());
    if (ticket.account != 0) ticket.head = ledger_.account_point(ticket.account);
    if (query.key) {
      auto entry = ledger_.find_payment(*query.key);
      if (!entry) return refused(refusal_of(entry.error()));
      ticket.entry = std::move(*entry);
    }
    return ticket;
  }

  AnswerBody answer_to(const StatusQuery& /*query*/) {
    const State& state = ledger_.state();
    const store::StoreFigures figures = ledger_.store().figures();
    auto answer = std::make_unique<StatusAnswer>();
    answer->seq = state.seq();
    answer->at = state.at();
    answer->accounts = state.account_count();
    answer->currencies = state.currencies();
    answer->closed_until = state.closed_until();
    answer->commits = metrics_.commits.value();
    answer->decisions = metrics_.group_entries.sum();
    answer->keys_recent = figures.keys_recent;
    answer->keys_sealed = figures.keys_sealed;
    answer->key_runs = figures.key_runs;
    answer->key_trouble = figures.key_trouble;
    answer->ledger_bytes = figures.ledger_bytes;
    answer->wal_bytes = figures.wal_bytes;
    answer->checkpoint_trouble = figures.checkpoint_trouble;
    answer->clock = clock_;
    if (standstill_ != nullptr) answer->obstacle = standstill_->what;
    return answer;
  }

  AnswerBody answer_to(const Heartbeat& /*heartbeat*/) { return HeartbeatDone{}; }

  Ledger& ledger_;
  const CommitMetrics& metrics_;
  Timestamp now_;
  ClockFigures clock_;
  const Standstill* standstill_;
  bool is_shared_;
  // Of the item at hand.
  std::uint32_t uid_ = 0;
  const Lookup* lookup_ = nullptr;
};

// An outcome that stands, whatever becomes of the group in which it was asked for.
bool stands(const Outcome& outcome, Seq durable) {
  const auto* replayed = std::get_if<Replayed>(&outcome);
  return replayed != nullptr && replayed->entry->seq <= durable;
}
bool stands(const AnswerBody& answer, Seq durable) {
  if (const auto* outcome = std::get_if<Outcome>(&answer)) return stands(*outcome, durable);
  const auto* group = std::get_if<std::unique_ptr<GroupAnswer>>(&answer);
  return group != nullptr && !(*group)->refused &&
         std::ranges::all_of((*group)->outcomes, [durable](const Outcome& outcome) {
           return stands(outcome, durable);
         });
}

}  // namespace

void Decider::decide(std::vector<WorkItem>& items, Ledger& ledger, const CommitMetrics& metrics,
                     const How& how, CommittedGroup& group) {
  ledger.ask_at(how.node);
  GroupRun run(ledger, metrics, how);
  if (group.answers.empty()) group.answers.reserve(items.size());
  const auto command_at = [&](std::size_t i) { return std::get_if<Command>(&items[i].work); };
  LookAhead ahead(ledger, items.size(), command_at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Lookup* lookup = command_at(i) == nullptr ? nullptr : &ahead.at(i);
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
