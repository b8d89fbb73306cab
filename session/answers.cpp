#include "session/answers.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/refusals.hpp"
#include "session/dispatcher.hpp"
#include "session/outcome_json.hpp"

namespace giro {

using protocol::JsonWriter;

namespace {

std::string alarm(const store::VerifyReport& report) {
  const store::Problem& first = report.problems.front();
  return fmt::format(
      "ledger.verify finds the ledger damaged: {} problems, the first at seq {}: {}. Payments are "
      "decided as before; keep a copy of the files, and run `giro verify` for all of them",
      report.problems.size(), first.seq, first.what);
}

}  // namespace

// One answer of a group, for the connection and slot that asked.
class Answers::Visitor {
 public:
  Visitor(Answers& answers, const CommittedGroup& group, Connection& connection, std::uint32_t slot)
      : answers_(answers), group_(group), connection_(connection), slot_(slot) {}

  void operator()(const Outcome& outcome) const {
    const Pending pending = take();
    if (pending.extra && pending.extra->received) return notify(pending, outcome);
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      return connection_.refuse(pending.to, error_of(*refused));
    }
    connection_.reply(pending.to,
                      [&](JsonWriter& json) { write_outcome(json, outcome, group_.entries); });
  }

  void operator()(const std::unique_ptr<BatchAnswer>& batch) const {
    const Pending pending = take();
    const auto write = [&](JsonWriter& json) {
      write_batch(json, *batch, pending.extra->refused, group_.entries);
    };
    if (pending.extra->received) return connection_.notify("payments.decided", write);
    connection_.reply(pending.to, write);
  }

  void operator()(const AccountsAnswer& accounts) const {
    answer_accounts(connection_, take(), accounts);
  }

  void operator()(const Ticket& ticket) const {
    answers_.answer_ticket(connection_, slot_, ticket);
  }

  void operator()(const std::unique_ptr<StatusAnswer>& status) const {
    connection_.reply(take().to, [&](JsonWriter& json) {
      write_status(json, *status, answers_.parts_.figures());
    });
  }

  void operator()(const HeartbeatDone&) const {}  // Belongs to no connection.

 private:
  [[nodiscard]] Pending take() const { return connection_.slots().take(slot_); }

  void notify(const Pending& pending, const Outcome& outcome) const {
    const bool many = pending.method == Method::payments_submit_many;
    connection_.notify(many ? "payments.decided" : "payment.decided", [&](JsonWriter& json) {
      if (const auto* refused = std::get_if<Refused>(&outcome)) {
        write_refused_payment(json, pending.extra->key, *refused);
      } else {
        write_outcome(json, outcome, group_.entries);
      }
    });
  }

  Answers& answers_;
  const CommittedGroup& group_;
  Connection& connection_;
  std::uint32_t slot_;
};

// What a reading thread found, for the connection and slot that asked.
class Answers::ReadVisitor {
 public:
  ReadVisitor(Answers& answers, Connection& connection, std::uint32_t slot)
      : answers_(answers), connection_(connection), slot_(slot) {}

  template <class Found>
  void operator()(const Found& found) const {
    connection_.reply(connection_.slots().take(slot_).to,
                      [&found](JsonWriter& json) { write_found(json, found); });
  }
  void operator()(const store::VerifyReport& report) const {
    if (!report.ok()) answers_.parts_.log.warn("damage", alarm(report));
    operator()<store::VerifyReport>(report);
  }
  void operator()(const Refusal& refusal) const { refuse(connection_, slot_, refusal); }
  void operator()(store::AccountsPage&& page) const {
    answers_.ask_accounts(connection_, slot_, std::move(page));
  }
  void operator()(const EventsFound&) const {}  // The subscriptions' own.

 private:
  Answers& answers_;
  Connection& connection_;
  std::uint32_t slot_;
};

void Answers::deliver(const CommittedGroup& group) {
  std::shared_ptr<Connection> connection;  // Neighbouring answers are often for the same one.
  for (const Answer& answer : group.answers) {
    if (std::holds_alternative<HeartbeatDone>(answer.body)) continue;
    if (!connection || connection->id() != answer.to.connection) {
      connection = parts_.connections.find(answer.to.connection);
    }
    if (!connection) continue;
    if (connection->is_closed()) {
      (void)connection->slots().take(answer.to.slot);
    } else {
      std::visit(Visitor(*this, group, *connection, answer.to.slot), answer.body);
    }
    if (!std::exchange(connection->in_flush_list, true)) answered_.push_back(connection);
  }
  parts_.notifier.progress();
  for (const auto& answered : answered_) {
    answered->in_flush_list = false;
    answered->settle();
  }
  answered_.clear();
  parts_.subscriptions.advance(group.head_seq);
}

void Answers::refuse(Connection& connection, std::uint32_t slot, Refusal refusal) {
  connection.refuse(connection.slots().take(slot).to, protocol::error_of(std::move(refusal)));
}

void Answers::answer_ticket(Connection& connection, std::uint32_t slot, const Ticket& ticket) {
  const WithTicket& with_ticket = *connection.slots().at(slot).extra->with_ticket;
  if (const auto* subscribe = std::get_if<Subscribe>(&with_ticket)) {
    const Seq from = subscribe->from.value_or(ticket.head_seq + 1);
    connection.reply(connection.slots().take(slot).to, [&](JsonWriter& json) {
      json.begin_object().field("from", from).field("head_seq", ticket.head_seq).end_object();
    });
    return parts_.subscriptions.start(connection, from);
  }
  if (std::holds_alternative<Unsubscribe>(with_ticket)) {
    Subscriptions::stop(connection);
    return connection.reply(connection.slots().take(slot).to, [](JsonWriter& json) {
      json.begin_object().field("status", "unsubscribed").end_object();
    });
  }
  ask_reader(connection, slot, ticket);
}

void Answers::ask_reader(Connection& connection, std::uint32_t slot, const Ticket& ticket) {
  PendingExtra& extra = *connection.slots().at(slot).extra;
  auto& question = std::get<Question>(*extra.with_ticket);
  const bool audit = std::holds_alternative<VerifyQuestion>(question) ||
                     std::holds_alternative<TrialBalanceQuestion>(question);
  ReadThread& thread = audit ? parts_.audits : parts_.reads;
  ReadJob job{.to = {.connection = connection.id(), .slot = slot},
              .uid = connection.peer().uid,
              .ticket = ticket,
              .question = std::move(question)};
  Holding place(connection.user(), Bound::questions);
  if (!place.resize(1) || !thread.ask(std::move(job))) {
    return refuse(
        connection, slot,
        busy("the queue of questions is full, or holds as many of this user's as it may"));
  }
  extra.at_reader = std::move(place);
}

void Answers::deliver(ReadAnswer&& answer) {
  if (!answer.trouble.empty()) spdlog::error("{}", answer.trouble);
  if (answer.of_feed) return parts_.subscriptions.loaded(answer.to, answer.result);
  const auto connection = parts_.connections.find(answer.to.connection);
  if (!connection || !connection->slots().in_use(answer.to.slot)) return;
  if (connection->is_closed()) {
    (void)connection->slots().take(answer.to.slot);
    return connection->settle();
  }
  std::visit(ReadVisitor(*this, *connection, answer.to.slot), std::move(answer.result));
  connection->settle();
}

// The second half of accounts.list: the reader knows the ids, the commit thread the balances.
void Answers::ask_accounts(Connection& connection, std::uint32_t slot,
                           store::AccountsPage&& found) {
  PendingExtra& extra = *connection.slots().at(slot).extra;
  extra.at_reader.reset();
  AccountsQuery query{.ids = {}, .with_metadata = false};
  for (const store::NamedAccount& account : found.accounts) query.ids.push_back(account.id);
  const Weight weight{.items = 1, .bytes = query.ids.size() * sizeof(AccountId)};
  extra.page = std::move(found);
  const Admission admission =
      parts_.queue.push({.reply_to = {.connection = connection.id(), .slot = slot},
                         .uid = connection.peer().uid,
                         .work = std::move(query)},
                        weight);
  if (admission != Admission::accepted) refuse(connection, slot, refusal_of(admission));
}

void Answers::answer_accounts(Connection& connection, const Pending& pending,
                              const AccountsAnswer& answer) {
  if (pending.method == Method::accounts_get) {
    if (answer.accounts.empty() || !answer.accounts.front()) {
      return connection.refuse(
          pending.to, protocol::error_of({.code = ErrorCode::account_unknown,
                                          .field = "id",
                                          .message = "there is no account of this id; no money "
                                                     "moved. Check the id, or open the account"}));
    }
    return connection.reply(pending.to, [&answer](JsonWriter& json) {
      write_account(json, *answer.accounts.front(), answer.as_of_seq);
    });
  }
  const store::AccountsPage& page = *pending.extra->page;
  connection.reply(pending.to, [&](JsonWriter& json) {
    json.begin_object().key("accounts").begin_array();
    for (std::size_t i = 0; i < answer.accounts.size(); ++i) {
      if (!answer.accounts[i]) continue;
      AccountView view = *answer.accounts[i];
      view.metadata = page.accounts[i].metadata;
      write_account(json, view, answer.as_of_seq);
    }
    const auto next = page.more ? std::optional(page.accounts.back().id) : std::nullopt;
    json.end_array().field("next", next).end_object();
  });
}

void Answers::abandon_undecided() {
  for (const auto& connection : parts_.connections.all()) {
    std::vector<std::uint32_t> slots;
    connection->slots().for_each_slot([&](std::uint32_t slot) {
      const auto& extra = connection->slots().at(slot).extra;
      if (!extra || !extra->at_reader) slots.push_back(slot);
    });
    for (const std::uint32_t slot : slots) {
      refuse(*connection, slot,
             {.code = ErrorCode::outcome_unknown,
              .field = {},
              .message = "girod stopped before it could say what became of this; ask by key after "
                         "its restart, or send it again with the same key"});
    }
    connection->settle();
  }
}

}  // namespace giro
