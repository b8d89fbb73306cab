// What passes between the I/O thread and the reading threads: questions one way, what was found the
// other. Plain values; who asked writes them as it likes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/account_book.hpp"
#include "engine/questions.hpp"
#include "engine/work.hpp"
#include "ledger/store/history/reader.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro {

// --- I/O thread -> reading thread ---
struct ReadJob {
  ReplyAddress to;  // Of the feed: the slot is the subscription's number.
  std::uint32_t uid = 0;
  Ticket ticket;
  Question question;
};

// --- reading thread -> I/O thread ---
// An account as it was at some moment.
struct AccountAt {
  AccountId id;
  Currency currency;
  Amount balance = 0;
  Held held;
  std::uint64_t version = 0;
  Seq as_of_seq = 0;
};
struct StatementView {
  AccountId id;
  Currency currency;
  Amount opening_balance = 0;
  Amount closing_balance = 0;
  std::vector<store::StatementLine> lines;
  AccountBook counterparties;
  std::optional<Cursor> next;  // Nothing: the last page.
  Seq as_of_seq = 0;
};
struct PaymentFound {
  PaymentQuestion question;
  std::shared_ptr<const Entry> entry;  // Null: there is none.
  AccountBook accounts;
};
struct PaymentsFound {
  store::PaymentsPage page;
  AccountBook accounts;
};
struct EventsFound {
  std::vector<Entry> entries;
  AccountBook accounts;
};
using ReadResult =
    std::variant<Refusal, AccountAt, store::AccountsPage, StatementView, PaymentFound,
                 PaymentsFound, store::TrialBalance, store::VerifyReport, EventsFound>;

struct ReadAnswer {
  ReplyAddress to;
  bool of_feed = false;  // Of an EventsQuestion.
  ReadResult result;
  std::string trouble;  // With the file, for the operator; empty: none.
};

}  // namespace giro
