#include "engine/read_answers.hpp"

#include <algorithm>
#include <span>

#include "ledger/entry/names.hpp"

namespace giro {
namespace {

using store::AccountPoint;

// Of one piece of the event feed, small enough that a subscriber's turn is short.
constexpr std::uint32_t kEventsInPiece = 512;
// Of a payment's life: as many as a page has lines at most.
constexpr std::size_t kLifeStepsMax = kPageLimitMax;

Refusal unknown_account(const AccountId& id, std::string_view field = "id") {
  return {.code = ErrorCode::account_unknown,
          .field = std::string(field),
          .message = "there is no account " + std::string(id.view()) +
                     "; no money moved. Check the id, or open the account"};
}

Refusal foreign_position() {
  return {.code = ErrorCode::invalid_value,
          .field = "after",
          .message = "after must be the `next` of a page of the same list; no money moved"};
}

void mention(AccountBook& book, AccountNumber number, store::Reader& reader) {
  if (number == 0 || book.has(number)) return;
  const store::AccountName account = reader.account(number);
  book.add(number, account.id, account.currency);
}

void mention(AccountBook& book, const Posting& posting, store::Reader& reader) {
  mention(book, posting.from, reader);
  mention(book, posting.to, reader);
}

void mention(AccountBook& book, const Author& author, store::Reader& reader) {
  if (!book.has_node(author.node)) book.add_node(author.node, reader.node(author.node));
}

// Everybody whom the entries know by number. The opening of an account has its own id.
AccountBook accounts_of(std::span<const Entry> entries, store::Reader& reader) {
  AccountBook book;
  book.reserve(2 * entries.size());
  for (const Entry& entry : entries) {
    mention(book, entry.author, reader);
    if (entry.opened() != nullptr) continue;
    for (const Posting& posting : entry.postings()) mention(book, posting, reader);
    if (!entry.applied()) mention(book, entry.row_posting(), reader);
  }
  return book;
}

// What of a hold is left after `latest`, which goes on with it.
Amount left_after(const Entry& latest) {
  const auto* capture = std::get_if<std::unique_ptr<CaptureBody>>(&latest.body);
  return capture == nullptr ? 0 : (*capture)->left;
}

struct Answering {
  store::Reader& reader;
  const store::LedgerFile& ledger_file;
  const Ticket& ticket;
  const std::function<bool()>& cancelled;

  [[nodiscard]] AccountPoint point_at(Seq seq) const {
    if (seq == 0) return {};
    if (seq >= ticket.head_seq) return ticket.head;
    return reader.account_at(ticket.account, ticket.head, seq);
  }
  // The last seq that is before `moment`.
  [[nodiscard]] Seq seq_before(const Moment& moment) const {
    if (const Seq* seq = std::get_if<Seq>(&moment)) {
      return *seq == 0 ? 0 : std::min(*seq - 1, ticket.head_seq);
    }
    const Timestamp time = std::get<Timestamp>(moment);
    return reader.seq_at(Timestamp{time.ns - 1}, ticket.head_seq);
  }
  [[nodiscard]] Seq seq_at(const Moment& moment) const {
    return reader.seq_at(moment, ticket.head_seq);
  }

  ReadResult operator()(const AccountQuestion& question) const {
    if (ticket.account == 0) return unknown_account(question.id);
    if (question.effective_at) return balance_on(question.id, *question.effective_at);
    const Seq seq = question.at ? seq_at(*question.at) : ticket.head_seq;
    return account_at(question.id, ticket.account, point_at(seq), seq);
  }

  ReadResult operator()(const AccountsQuestion& question) const {
    AccountsFound found{.page = reader.accounts(question.prefix, question.after, question.limit),
                        .at = {}};
    if (question.at) found.at = seq_at(*question.at);
    return found;
  }

  ReadResult operator()(const AccountsAtQuestion& question) const {
    AccountsAt found{.accounts = {}, .next = question.next};
    for (const AccountsAtQuestion::Pointed& account : question.accounts) {
      const AccountPoint point = question.at == 0
                                     ? AccountPoint()
                                     : reader.account_at(account.number, account.head, question.at);
      found.accounts.push_back(account_at(account.id, account.number, point, question.at));
    }
    return found;
  }

  ReadResult operator()(const StatementQuestion& question) const {
    if (ticket.account == 0) return unknown_account(question.id);
    if (question.effective) return statement_by_effective_date(question);
    StatementView view{.id = question.id,
                       .currency = reader.account(ticket.account).currency,
                       .begin = {},
                       .end = {},
                       .lines = {},
                       .counterparties = {},
                       .next = {},
                       .as_of_seq = until_seq(question)};
    view.end = point_at(view.as_of_seq);
    if (question.from) {
      view.begin = point_at(std::min(seq_before(*question.from), view.as_of_seq));
    }

    store::StatementQuery query{.account = ticket.account,
                                .head = view.end,
                                .after_entry = view.begin.version,
                                .until_entry = view.end.version,
                                .limit = question.limit,
                                .newest_first = question.newest_first};
    if (question.cursor) narrow(query, question.cursor->position);
    if (query.after_entry < query.until_entry) view.lines = reader.statement(query);
    if (!view.lines.empty()) view.next = next_page(query, view);
    for (const store::StatementLine& line : view.lines) {
      mention(view.counterparties, line.counterparty, reader);
    }
    return view;
  }

  ReadResult operator()(const PaymentQuestion& question) const {
    PaymentFound found;
    found.question = question;
    found.entry = ticket.entry;
    if (!question.key && question.seq != 0 && question.seq <= ticket.head_seq) {
      if (auto read = reader.entry(question.seq)) {
        found.entry = std::make_shared<const Entry>(std::move(*read));
      }
    }
    if (!found.entry) return found;
    found.status = status_of(*found.entry);
    if (found.entry->applied()) tell_life(*found.entry, found);
    found.accounts = accounts_of({found.entry.get(), 1}, reader);
    return found;
  }

  ReadResult operator()(const PaymentsQuestion& question) const {
    if (question.account && ticket.account == 0)
      return unknown_account(*question.account, "account");
    store::PaymentsQuery query{.filter = question.filter,
                               .reference = question.reference,
                               .reference_prefix = question.reference_prefix,
                               .head = ticket.head,
                               .after = question.after,
                               .limit = question.limit,
                               .newest_first = question.newest_first};
    query.filter.account = ticket.account;
    if (question.from) query.first = seq_before(*question.from) + 1;
    if (question.to) query.last = seq_at(*question.to);
    auto page = reader.payments(query);
    if (!page) return foreign_position();
    PaymentsFound found{.page = std::move(*page), .accounts = {}};
    found.accounts = accounts_of(found.page.payments, reader);
    return found;
  }

  ReadResult operator()(const SchedulesQuestion& question) const {
    SchedulesFound found{.page = reader.schedules(question.account, question.after, question.limit),
                         .accounts = {}};
    for (const store::ScheduledNext& open : found.page.schedules) {
      mention(found.accounts, open.schedule.author, reader);
    }
    return found;
  }

  ReadResult operator()(const HoldsQuestion& question) const {
    if (question.account && ticket.account == 0)
      return unknown_account(*question.account, "account");
    HoldsFound found{.page = reader.open_holds({.account = ticket.account,
                                                .after = question.after,
                                                .limit = question.limit,
                                                .newest_first = question.newest_first}),
                     .accounts = {}};
    for (const store::OpenHoldFound& hold : found.page.holds) {
      mention(found.accounts, hold.entry.author, reader);
      mention(found.accounts, hold.entry.row_posting(), reader);
    }
    return found;
  }

  ReadResult operator()(const TrialBalanceQuestion& question) const {
    std::optional<Seq> at;
    if (question.at) at = seq_at(*question.at);
    return reader.trial_balance(at, question.effective_at);
  }

  ReadResult operator()(const TotalsQuestion& question) const {
    store::TotalsQuery query{.branch = question.prefix,
                             .depth = question.depth,
                             .at = {},
                             .after = {},
                             .limit = question.limit};
    if (question.at) query.at = seq_at(*question.at);
    if (question.cursor) {
      query.at = question.cursor->as_of_seq;
      query.after = {.branch = question.cursor->branch, .currency = question.cursor->currency};
    }
    TotalsFound found{.prefix = question.prefix, .totals = reader.totals(query), .next = {}};
    if (found.totals.more) {
      const store::BranchSums& last = found.totals.rows.back();
      found.next = TotalsCursor{.as_of_seq = found.totals.as_of_seq,
                                .currency = last.currency.code,
                                .branch = last.branch};
    }
    return found;
  }

  ReadResult operator()(const VerifyQuestion&) const {
    store::VerifyReport report = store::verify(ledger_file, cancelled);
    if (cancelled()) return stopping();
    return report;
  }

  ReadResult operator()(const EventsQuestion& question) const {
    const auto wanted = static_cast<std::uint32_t>(
        std::min<Seq>(question.until - question.from + 1, kEventsInPiece));
    EventsFound found{.entries = reader.entries(question.from, wanted), .accounts = {}};
    // Only where seqs are missing: what is past `until` may not be durable yet.
    while (!found.entries.empty() && found.entries.back().seq > question.until) {
      found.entries.pop_back();
    }
    found.accounts = accounts_of(found.entries, reader);
    return found;
  }

 private:
  [[nodiscard]] ReadResult balance_on(const AccountId& id, Date day) const {
    return EffectiveBalance{
        .id = id,
        .currency = reader.account(ticket.account).currency,
        .balance = reader.effective_balance(ticket.account, ticket.head, ticket.head_seq, day),
        .effective_at = day,
        .as_of_seq = ticket.head_seq};
  }

  [[nodiscard]] ReadResult statement_by_effective_date(const StatementQuestion& question) const {
    const EffectiveRange& range = *question.effective;
    Seq until = ticket.head_seq;
    if (range.cursor) until = std::min(range.cursor->until_seq, until);
    EffectiveStatementView view{
        .id = question.id,
        .currency = reader.account(ticket.account).currency,
        .page = reader.effective_statement({.account = ticket.account,
                                            .head = point_at(until),
                                            .head_seq = until,
                                            .from = range.from,
                                            .to = range.to,
                                            .limit = question.limit,
                                            .newest_first = question.newest_first,
                                            .after = range.cursor}),
        .counterparties = {},
        .as_of_seq = until};
    for (const store::EffectiveLine& line : view.page.lines) {
      mention(view.counterparties, line.line.counterparty, reader);
    }
    return view;
  }

  [[nodiscard]] AccountAt account_at(const AccountId& id, AccountNumber number,
                                     const AccountPoint& point, Seq seq) const {
    return {.id = id,
            .currency = reader.account(number).currency,
            .balance = point.balance,
            .held = point.held,
            .posted_in = point.posted_in,
            .posted_out = point.posted_out(),
            .limits = reader.terms_at(number, seq),
            .version = point.version,
            .as_of_seq = seq};
  }

  // What came of an applied entry, and what it belongs to.
  void tell_life(const Entry& entry, PaymentFound& found) const {
    const auto latest = reader.latest_followup(entry.seq);
    if (entry.kind() == EntryKind::hold) {
      found.left = latest ? left_after(*latest) : entry.postings().front().held;
      if (found.left == 0) found.status = status_of(*latest);
    } else if (latest && facts_of(entry.kind()).reversible) {
      found.reversed = std::get<std::unique_ptr<ReversalBody>>(latest->body)->reversed;
    }
    if (latest || entry.follows() != 0) found.family = reader.family(entry, kLifeStepsMax);
  }

  [[nodiscard]] Seq until_seq(const StatementQuestion& question) const {
    if (question.cursor) return std::min(question.cursor->until_seq, ticket.head_seq);
    return question.to ? seq_at(*question.to) : ticket.head_seq;
  }

  static void narrow(store::StatementQuery& query, std::uint64_t position) {
    if (query.newest_first) {
      query.until_entry = std::min(query.until_entry, position);
    } else {
      query.after_entry = std::max(query.after_entry, position);
    }
  }

  [[nodiscard]] static std::optional<Cursor> next_page(const store::StatementQuery& query,
                                                       const StatementView& view) {
    const std::uint64_t last = view.lines.back().entry_number;
    const bool more = query.newest_first ? last > query.after_entry + 1 : last < query.until_entry;
    if (!more) return std::nullopt;
    return Cursor{.until_seq = view.as_of_seq, .position = query.newest_first ? last - 1 : last};
  }
};

}  // namespace

Refusal stopping() {
  return {.code = ErrorCode::shutting_down,
          .field = {},
          .message =
              "girod is stopping, so this question wasn't answered; no money moved. Ask again "
              "after its restart"};
}

ReadResult answer_question(store::Reader& reader, const store::LedgerFile& ledger_file,
                           const ReadJob& job, const std::function<bool()>& cancelled) {
  return std::visit(Answering{.reader = reader,
                              .ledger_file = ledger_file,
                              .ticket = job.ticket,
                              .cancelled = cancelled},
                    job.question);
}

}  // namespace giro
