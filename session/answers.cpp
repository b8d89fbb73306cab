#include "session/answers.hpp"

#include <fmt/format.h>

#include "engine/refusals.hpp"
#include "session/outcome_json.hpp"
#include "session/view_json.hpp"

namespace giro {

using protocol::JsonWriter;

namespace {

Notice alarm(const store::VerifyReport& report) {
  const store::Problem& first = report.problems.front();
  return {.severity = Severity::warning,
          .event = Event::damaged,
          .text = fmt::format("ledger.verify finds the ledger damaged: {} problems, the first at "
                              "seq {}: {}. Payments are decided as before; keep a copy of the "
                              "files, and run `giro verify` for all of them",
                              report.problems.size(), first.seq, first.what),
          .seq = first.seq};
}

// Where the page after it goes on; nothing: there is none.
std::optional<AccountId> next_of(const store::AccountsPage& page) {
  if (!page.more) return std::nullopt;
  return page.accounts.back().id;
}

}  // namespace

// One answer of a group, for the session and slot that asked.
class Answers::Visitor {
 public:
  Visitor(Answers& answers, const CommittedGroup& group, Session& session, std::uint32_t slot)
      : answers_(answers), group_(group), session_(session), slot_(slot) {}

  void operator()(const Outcome& outcome) const {
    const Pending pending = take();
    if (is_replied(pending)) return notify(pending, outcome);
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      return session_.refuse(pending.to, error_of(*refused));
    }
    session_.note_rejection(pending.to, entry_of(outcome, group_.entries).outcome);
    session_.reply(pending.to,
                   [&](JsonWriter& json) { write_outcome(json, outcome, group_.entries); });
  }

  void operator()(const std::unique_ptr<BatchAnswer>& batch) const {
    const Pending pending = take();
    const auto write = [&](JsonWriter& json) {
      write_batch(json, *batch, pending.extra->refused, group_.entries);
    };
    if (is_replied(pending)) return session_.notify(pending.extra->notification, write);
    session_.reply(pending.to, write);
  }

  void operator()(const std::unique_ptr<GroupAnswer>& group) const {
    const Pending pending = take();
    if (group->refused) return session_.refuse(pending.to, error_of(*group->refused));
    session_.note_rejection(pending.to, rejection_of(*group));
    session_.reply(pending.to,
                   [&](JsonWriter& json) { write_group(json, *group, group_.entries); });
  }

  void operator()(const AccountsAnswer& accounts) const {
    const auto& extra = session_.slots().at(slot_).extra;
    if (extra && extra->page->at) return answers_.ask_past(session_, slot_, accounts);
    answers_.answer_accounts(session_, take(), accounts);
  }

  void operator()(const Ticket& ticket) const { answers_.answer_ticket(session_, slot_, ticket); }

  void operator()(const std::unique_ptr<StatusAnswer>& status) const {
    const Pending pending = take();
    if (pending.to.bare && session_.http()->asks_whether_ready()) {
      return session_.http()->tell_whether_ready(status->obstacle);
    }
    session_.reply(pending.to, [&](JsonWriter& json) {
      write_status(json, *status, answers_.figures(), answers_.info_);
    });
  }

  void operator()(const HeartbeatDone&) const {}  // Belongs to no session.

 private:
  // Of the member that failed; none: all were applied.
  [[nodiscard]] Rejection rejection_of(const GroupAnswer& group) const {
    for (const Outcome& outcome : group.outcomes) {
      const Rejection code = entry_of(outcome, group_.entries).outcome;
      if (code != Rejection::none && code != Rejection::group_failed) return code;
    }
    return Rejection::none;
  }
  [[nodiscard]] Pending take() const { return session_.slots().take(slot_); }
  [[nodiscard]] static bool is_replied(const Pending& pending) {
    return pending.extra && !pending.extra->notification.empty();
  }

  void notify(const Pending& pending, const Outcome& outcome) const {
    session_.notify(pending.extra->notification, [&](JsonWriter& json) {
      if (const auto* refused = std::get_if<Refused>(&outcome)) {
        write_refused_payment(json, pending.extra->key, *refused);
      } else {
        write_outcome(json, outcome, group_.entries);
      }
    });
  }

  Answers& answers_;
  const CommittedGroup& group_;
  Session& session_;
  std::uint32_t slot_;
};

// What a reading thread found, for the session and slot that asked.
class Answers::ReadVisitor {
 public:
  ReadVisitor(Answers& answers, Session& session, std::uint32_t slot)
      : answers_(answers), session_(session), slot_(slot) {}

  template <class Found>
  void operator()(const Found& found) const {
    reply(session_.slots().take(slot_).to, found);
  }
  void operator()(const PaymentFound& found) const {
    const Pending pending = session_.slots().take(slot_);
    if (!found.entry) session_.note_missing(pending.to);
    reply(pending.to, found);
  }
  void operator()(const store::VerifyReport& report) const {
    if (!report.ok()) answers_.backend_.warn("damage", alarm(report));
    operator()<store::VerifyReport>(report);
  }
  void operator()(const Refusal& refusal) const { refuse(session_, slot_, refusal); }
  void operator()(AccountsFound&& found) const {
    answers_.ask_accounts(session_, slot_, std::move(found));
  }
  void operator()(const EventsFound&) const {}  // The subscriptions' own.

 private:
  template <class Found>
  void reply(const ReplyTo& to, const Found& found) const {
    answers_.reply(session_, to, [&found](JsonWriter& json) { write_found(json, found); });
  }

  Answers& answers_;
  Session& session_;
  std::uint32_t slot_;
};

template <class WriteFields>
void Answers::reply(Session& session, const ReplyTo& to, WriteFields write_fields) {
  session.reply(to, [&](JsonWriter& json) {
    json.begin_object();
    write_fields(json);
    if (const auto age = backend_.read_age()) write_age(json, *age);
    json.end_object();
  });
}

void Answers::deliver(const CommittedGroup& group) {
  std::shared_ptr<Session> session;  // Neighbouring answers are often for the same one.
  for (const Answer& answer : group.answers) {
    if (std::holds_alternative<HeartbeatDone>(answer.body)) continue;
    if (!session || session->id() != answer.to.connection) {
      session = sessions_.find(answer.to.connection);
    }
    if (!session) continue;
    if (session->hung_up()) {
      (void)session->slots().take(answer.to.slot);
    } else {
      std::visit(Visitor(*this, group, *session, answer.to.slot), answer.body);
    }
    if (!std::exchange(session->is_to_be_woken, true)) answered_.push_back(session);
  }
  for (const auto& answered : answered_) {
    answered->is_to_be_woken = false;
    wake(*answered);
  }
  answered_.clear();
  feed_.advance(group.head_seq);
  refuse_postponed(postponed_.advance(group.head_seq));
}

void Answers::refuse_late() {
  refuse_postponed(postponed_.take_late(backend_.now()));
}

void Answers::refuse_postponed(std::vector<Postponed::Refused> refused) {
  for (Postponed::Refused& one : refused) {
    const auto session = sessions_.find(one.to.connection);
    if (!session) continue;
    if (session->hung_up()) {
      (void)session->slots().take(one.to.slot);
    } else {
      refuse(*session, one.to.slot, std::move(one.why));
    }
    wake(*session);
  }
}

void Answers::wake(Session& session) {
  session.wake();
  sessions_.forget_if_done(session);
}

void Answers::refuse(Session& session, std::uint32_t slot, Refusal refusal) {
  session.refuse(session.slots().take(slot).to, protocol::error_of(std::move(refusal)));
}

void Answers::answer_ticket(Session& session, std::uint32_t slot, const Ticket& ticket) {
  WithTicket& with_ticket = *session.slots().at(slot).extra->with_ticket;
  if (const auto* subscribe = std::get_if<Subscribe>(&with_ticket)) {
    const Seq from = subscribe->from.value_or(ticket.head_seq + 1);
    session.begin_feed(session.slots().take(slot).to, from, ticket.head_seq);
    return feed_.start(session, from);
  }
  if (std::holds_alternative<Unsubscribe>(with_ticket)) {
    Feed::stop(session);
    return session.reply(session.slots().take(slot).to, [](JsonWriter& json) {
      json.begin_object().field("status", "unsubscribed").end_object();
    });
  }
  ask_reader(session, slot, ticket, std::move(std::get<Question>(with_ticket)));
}

void Answers::ask_reader(Session& session, std::uint32_t slot, const Ticket& ticket,
                         Question question) {
  PendingExtra& extra = *session.slots().at(slot).extra;
  ReadJob job{.to = {.connection = session.id(), .slot = slot},
              .uid = session.peer().uid,
              .ticket = ticket,
              .question = std::move(question),
              .is_left = session.is_left()};
  Holding place(session.user(), Bound::questions);
  if (!place.resize(1) || !backend_.ask(std::move(job))) {
    return refuse(
        session, slot,
        busy("the queue of questions is full, or holds as many of this user's as it may"));
  }
  extra.at_reader = std::move(place);
}

void Answers::deliver(ReadAnswer&& answer) {
  if (answer.of_feed) return feed_.loaded(answer.to, answer.result);
  const auto session = sessions_.find(answer.to.connection);
  if (!session || !session->slots().in_use(answer.to.slot)) return;
  if (session->hung_up()) {
    (void)session->slots().take(answer.to.slot);
  } else {
    std::visit(ReadVisitor(*this, *session, answer.to.slot), std::move(answer.result));
  }
  wake(*session);
}

// The second half of accounts.list: the reader knows the ids, the commit thread the balances.
void Answers::ask_accounts(Session& session, std::uint32_t slot, AccountsFound&& found) {
  PendingExtra& extra = *session.slots().at(slot).extra;
  extra.at_reader.reset();
  AccountsQuery query{.ids = {}, .with_metadata = false};
  for (const store::NamedAccount& account : found.page.accounts) query.ids.push_back(account.id);
  const Weight weight{.items = 1, .bytes = query.ids.size() * sizeof(AccountId)};
  extra.page = std::move(found);
  const Admission admission = backend_.push({.reply_to = {.connection = session.id(), .slot = slot},
                                             .uid = session.peer().uid,
                                             .work = std::move(query)},
                                            weight);
  if (admission != Admission::accepted) refuse(session, slot, refusal_of(admission));
}

// And the third, where they are to be shown as of a moment: the commit thread said where their histories begin.
void Answers::ask_past(Session& session, std::uint32_t slot, const AccountsAnswer& now) {
  const AccountsFound& found = *session.slots().at(slot).extra->page;
  AccountsAtQuestion question{.accounts = {}, .next = next_of(found.page), .at = *found.at};
  for (const std::optional<AccountView>& view : now.accounts) {
    if (!view || view->opened_seq > question.at) continue;
    question.accounts.push_back({.id = view->id, .number = view->number, .head = view->point()});
  }
  ask_reader(session, slot, {.head_seq = now.as_of_seq, .account = 0, .head = {}, .entry = {}},
             std::move(question));
}

void Answers::answer_accounts(Session& session, const Pending& pending,
                              const AccountsAnswer& answer) {
  if (!pending.extra) {  // accounts.get
    if (answer.accounts.empty() || !answer.accounts.front()) {
      return session.refuse(
          pending.to, protocol::error_of({.code = ErrorCode::account_unknown,
                                          .field = "id",
                                          .message = "there is no account of this id; no money "
                                                     "moved. Check the id, or open the account"}));
    }
    return reply(session, pending.to, [&answer](JsonWriter& json) {
      write_account(json, *answer.accounts.front(), answer.as_of_seq);
    });
  }
  const store::AccountsPage& page = pending.extra->page->page;
  reply(session, pending.to, [&](JsonWriter& json) {
    json.key("accounts").begin_array();
    for (std::size_t i = 0; i < answer.accounts.size(); ++i) {
      if (!answer.accounts[i]) continue;
      AccountView view = *answer.accounts[i];
      view.metadata = page.accounts[i].metadata;
      json.begin_object();
      write_account(json, view, answer.as_of_seq);
      json.end_object();
    }
    json.end_array().field("next", next_of(page));
  });
}

void Answers::abandon_undecided() {
  refuse_postponed(postponed_.take_all());
  for (const auto& session : sessions_.all()) {
    std::vector<std::uint32_t> slots;
    session->slots().for_each_slot([&](std::uint32_t slot) {
      const auto& extra = session->slots().at(slot).extra;
      if (!extra || !extra->at_reader) slots.push_back(slot);
    });
    for (const std::uint32_t slot : slots) {
      refuse(*session, slot,
             {.code = ErrorCode::outcome_unknown,
              .field = {},
              .message = "girod stopped before it could say what became of this; ask by key after "
                         "its restart, or send it again with the same key"});
    }
    wake(*session);
  }
}

ServerFigures Answers::figures() const {
  return {.load = backend_.load(),
          .connections = sessions_.size(),
          .subscribers = feed_.count(),
          .uptime_s = backend_.uptime_s(),
          .pages = backend_.pages(),
          .cluster = backend_.cluster()};
}

}  // namespace giro
