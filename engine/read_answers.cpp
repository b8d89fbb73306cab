#include "engine/read_answers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/store/verify/verify.hpp"
#include "session/entry_json.hpp"
#include "session/view_json.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;
using store::AccountPoint;

// Of one piece of the event feed, small enough that a subscriber's turn is short.
constexpr std::uint32_t kEventsInPiece = 512;
constexpr std::size_t kEventBytes = 400;  // Of a plain payment's, about: room is made for as many.

class ReaderBook final : public protocol::AccountBook {
 public:
  explicit ReaderBook(store::Reader& reader) : reader_(reader) {}
  [[nodiscard]] std::string_view name(AccountNumber number) override {
    return reader_.account_name(number);
  }
  [[nodiscard]] const Currency& currency(AccountNumber number) override {
    return reader_.currency_of(number);
  }

 private:
  store::Reader& reader_;
};

struct Answering {
  store::Reader& reader;
  const std::filesystem::path& ledger_file;
  const Ticket& ticket;
  const std::function<bool()>& cancelled;

  [[nodiscard]] AccountPoint point_at(Seq seq) const {
    if (seq == 0) return {};
    if (seq >= ticket.head_seq) return ticket.head;
    return reader.account_at(ticket.account, ticket.head, seq);
  }
  // The last seq that is before `moment`.
  [[nodiscard]] Seq seq_before(const store::Moment& moment) const {
    if (const Seq* seq = std::get_if<Seq>(&moment)) {
      return *seq == 0 ? 0 : std::min(*seq - 1, ticket.head_seq);
    }
    const Timestamp time = std::get<Timestamp>(moment);
    return reader.seq_at(Timestamp{time.ns - 1}, ticket.head_seq);
  }
  [[nodiscard]] Seq seq_at(const store::Moment& moment) const {
    return reader.seq_at(moment, ticket.head_seq);
  }

  ReadResult operator()(const protocol::AccountQuestion& question) const {
    if (ticket.account == 0) return unknown_account(question.id);
    const Seq seq = seq_at(*question.at);
    const AccountPoint point = point_at(seq);
    const Currency& currency = reader.currency_of(ticket.account);
    ResultText result;
    JsonWriter json(result.json);
    json.begin_object().field("id", question.id).field("currency", currency.code);
    json.field("scale", currency.scale).field("balance", point.balance);
    json.field("version", point.version).field("as_of_seq", seq).end_object();
    return result;
  }

  ReadResult operator()(const protocol::AccountsPage& page) const {
    return reader.accounts(page.prefix, page.after, page.limit);
  }

  ReadResult operator()(const protocol::StatementQuestion& question) const {
    if (ticket.account == 0) return unknown_account(question.id);
    StatementView view{.id = question.id,
                       .currency = reader.currency_of(ticket.account),
                       .opening_balance = 0,
                       .closing_balance = 0,
                       .lines = {},
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
    ResultText result;
    JsonWriter json(result.json);
    ReaderBook book(reader);
    write_statement(json, view, book);
    return result;
  }

  ReadResult operator()(const protocol::PaymentQuestion& question) const {
    std::optional<Entry> read;
    if (!question.key && question.seq != 0 && question.seq <= ticket.head_seq) {
      read = reader.entry(question.seq);
    }
    const Entry* entry = question.key ? ticket.entry.get() : read ? &*read : nullptr;
    ResultText result;
    JsonWriter json(result.json);
    if (entry == nullptr) {
      json.begin_object().field("status", "unknown");
      if (question.key) json.field("key", *question.key);
      if (!question.key) json.field("seq", question.seq);
      json.end_object();
      return result;
    }
    ReaderBook book(reader);
    protocol::write_entry(json, *entry, book);
    return result;
  }

  ReadResult operator()(const protocol::PaymentsPage& page) const {
    std::optional<std::string_view> reference;
    if (page.reference) reference = *page.reference;
    const store::PaymentsPage found = reader.payments(reference, page.after, page.limit);
    ResultText result;
    JsonWriter json(result.json);
    ReaderBook book(reader);
    json.begin_object().key("payments").begin_array();
    for (const Entry& entry : found.payments) protocol::write_entry(json, entry, book);
    json.end_array().field("next", found.next).end_object();
    return result;
  }

  ReadResult operator()(const protocol::TrialBalanceQuestion& question) const {
    std::optional<Seq> at;
    if (question.at) at = seq_at(*question.at);
    ResultText result;
    JsonWriter json(result.json);
    write_trial_balance(json, reader.trial_balance(at));
    return result;
  }

  ReadResult operator()(const protocol::VerifyQuestion&) const {
    const store::VerifyReport report = store::verify(ledger_file, cancelled);
    if (cancelled()) return stopping();
    ResultText result;
    JsonWriter json(result.json);
    write_verify_report(json, report);
    if (!report.ok()) {
      const store::Problem& first = report.problems.front();
      result.alarm = fmt::format(
          "ledger.verify finds the ledger damaged: {} problems, the first at seq {}: {}. Payments "
          "are decided as before; keep a copy of the files, and run `giro verify` for all of them",
          report.problems.size(), first.seq, first.what);
    }
    return result;
  }

  ReadResult operator()(const EventsPage& page) const {
    const auto wanted =
        static_cast<std::uint32_t>(std::min<Seq>(page.until - page.from + 1, kEventsInPiece));
    EventsFound found{.lines = {}, .next = page.from};
    found.lines.reserve(kEventBytes * wanted);
    JsonWriter json(found.lines);
    ReaderBook book(reader);
    for (const Entry& entry : reader.entries(page.from, wanted)) {
      if (entry.seq > page.until) break;
      json.begin_object().field("jsonrpc", "2.0").field("method", "event").key("params");
      protocol::write_entry(json, entry, book);
      json.end_object();
      found.lines.push_back('\n');
      found.next = entry.seq + 1;
    }
    return found;
  }

  // The I/O thread answers these itself.
  ReadResult operator()(const protocol::SubscribeQuestion&) const { return not_for_readers(); }
  ReadResult operator()(const protocol::UnsubscribeQuestion&) const { return not_for_readers(); }

 private:
  [[nodiscard]] static Refusal not_for_readers() {
    return {.code = ErrorCode::internal,
            .field = {},
            .message = "a question went to the wrong thread; no money moved. Report this defect"};
  }

  [[nodiscard]] Seq until_seq(const protocol::StatementQuestion& question) const {
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

  [[nodiscard]] static std::string next_page(const store::StatementQuery& query,
                                             const StatementView& view) {
    const std::uint64_t last = view.lines.back().entry_number;
    const bool more = query.newest_first ? last > query.after_entry + 1 : last < query.until_entry;
    if (!more) return {};
    return protocol::format_cursor(
        {.until_seq = view.as_of_seq, .position = query.newest_first ? last - 1 : last});
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

ReadResult answer_question(store::Reader& reader, const std::filesystem::path& ledger_file,
                           const ReadJob& job, const std::function<bool()>& cancelled) {
  return std::visit(Answering{.reader = reader,
                              .ledger_file = ledger_file,
                              .ticket = job.ticket,
                              .cancelled = cancelled},
                    job.question);
}

}  // namespace giro
