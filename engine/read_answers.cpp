#include "engine/read_answers.hpp"

#include <algorithm>
#include <span>

namespace giro {
namespace {

using store::AccountPoint;

// Of one piece of the event feed, small enough that a subscriber's turn is short.
constexpr std::uint32_t kEventsInPiece = 512;

Refusal unknown_account(const AccountId& id) {
  return {.code = ErrorCode::account_unknown,
          .field = "id",
          .message = "there is no account " + std::string(id.view()) +
                     "; no money moved. Check the id, or open the account"};
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

// Everybody whom the entries know by number. The opening of an account has its own id.
AccountBook accounts_of(std::span<const Entry> entries, store::Reader& reader) {
  AccountBook book;
  book.reserve(2 * entries.size());
  for (const Entry& entry : entries) {
    if (entry.opened() != nullptr) continue;
    for (const Posting& posting : entry.postings()) mention(book, posting, reader);
    if (!entry.applied()) mention(book, entry.row_posting(), reader);
  }
  return book;
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
    const Seq seq = question.at ? seq_at(*question.at) : ticket.head_seq;
    const AccountPoint point = point_at(seq);
    return AccountAt{.id = question.id,
                     .currency = reader.account(ticket.account).currency,
                     .balance = point.balance,
                     .held = point.held,
                     .version = point.version,
                     .as_of_seq = seq};
  }

  ReadResult operator()(const AccountsQuestion& question) const {
    return reader.accounts(question.prefix, question.after, question.limit);
  }

  ReadResult operator()(const StatementQuestion& question) const {
    if (ticket.account == 0) return unknown_account(question.id);
    StatementView view{.id = question.id,
                       .currency = reader.account(ticket.account).currency,
                       .opening_balance = 0,
                       .closing_balance = 0,
                       .lines = {},
                       .counterparties = {},
                       .next = {},
                       .as_of_seq = until_seq(question)};
    const AccountPoint end = point_at(view.as_of_seq);
    AccountPoint begin;
    if (question.from) begin = point_at(std::min(seq_before(*question.from), view.as_of_seq));
    view.opening_balance = begin.balance;
    view.closing_balance = end.balance;

    store::StatementQuery query{.account = ticket.account,
                                .head = end,
                                .after_entry = begin.version,
                                .until_entry = end.version,
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
    PaymentFound found{.question = question, .entry = ticket.entry, .accounts = {}};
    if (!question.key && question.seq != 0 && question.seq <= ticket.head_seq) {
      if (auto read = reader.entry(question.seq)) {
        found.entry = std::make_shared<const Entry>(std::move(*read));
      }
    }
    if (found.entry) found.accounts = accounts_of({found.entry.get(), 1}, reader);
    return found;
  }

  ReadResult operator()(const PaymentsQuestion& question) const {
    std::optional<std::string_view> reference;
    if (question.reference) reference = *question.reference;
    PaymentsFound found{.page = reader.payments(reference, question.after, question.limit),
                        .accounts = {}};
    found.accounts = accounts_of(found.page.payments, reader);
    return found;
  }

  ReadResult operator()(const TrialBalanceQuestion& question) const {
    std::optional<Seq> at;
    if (question.at) at = seq_at(*question.at);
    return reader.trial_balance(at);
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
