// What passes between the I/O thread and the reading threads: questions one way, what was found the
// other. Plain values; who asked writes them as it likes.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  // Set once nobody waits for the answer any more; null: somebody always does.
  std::shared_ptr<const std::atomic<bool>> is_left = nullptr;
};

// --- reading thread -> I/O thread ---
// An account as it was at some moment.
struct AccountAt {
  AccountId id;
  Currency currency;
  Amount balance = 0;
  Held held;
  Int128 posted_in = 0;
  Int128 posted_out = 0;
  std::optional<AccountLimits> limits;  // Nothing: it wasn't open yet.
  std::uint64_t version = 0;
  Seq as_of_seq = 0;
};
struct AccountsFound {
  store::AccountsPage page;
  std::optional<Seq> at;  // They are to be shown as of then.
};
struct AccountsAt {
  std::vector<AccountAt> accounts;
  std::optional<AccountId> next;
};
struct StatementView {
  AccountId id;
  Currency currency;
  store::AccountPoint begin;  // Of the whole range,
  store::AccountPoint end;    // whatever page of it is shown.
  std::vector<store::StatementLine> lines;
  AccountBook counterparties;
  std::optional<Cursor> next;  // Nothing: the last page.
  Seq as_of_seq = 0;
};
// By effective date, at the end of a day.
struct EffectiveBalance {
  AccountId id;
  Currency currency;
  Int128 balance = 0;
  Date effective_at;
  Seq as_of_seq = 0;
};
struct EffectiveStatementView {
  AccountId id;
  Currency currency;
  store::EffectivePage page;
  AccountBook counterparties;
  Seq as_of_seq = 0;
};
struct PaymentFound {
  PaymentQuestion question;
  std::shared_ptr<const Entry> entry;  // Null: there is none.
  AccountBook accounts;
  std::string_view status;         // What has become of it.
  std::optional<Amount> left;      // Of a hold.
  std::optional<Amount> reversed;  // Of what was reversed, all of it or in part.
  store::Family family;            // Who goes together with it, itself among them.
};
struct HoldsFound {
  store::OpenHoldsPage page;
  AccountBook accounts;
};
// A schedule has the ids of its accounts in its own request.
struct SchedulesFound {
  store::SchedulesPage page;
  AccountBook accounts;
};
struct PaymentsFound {
  store::PaymentsPage page;
  AccountBook accounts;
};
struct TotalsFound {
  std::string prefix;
  store::Totals totals;
  std::optional<TotalsCursor> next;  // Nothing: the last page.
};
struct EventsFound {
  std::vector<Entry> entries;
  AccountBook accounts;
};
using ReadResult =
    std::variant<Refusal, AccountAt, EffectiveBalance, AccountsFound, AccountsAt, StatementView,
                 EffectiveStatementView, PaymentFound, PaymentsFound, HoldsFound, SchedulesFound,
                 TotalsFound, store::TrialBalance, store::VerifyReport, EventsFound>;

struct ReadAnswer {
  ReplyAddress to;
  bool of_feed = false;  // Of an EventsQuestion.
  ReadResult result;
  std::string trouble;  // With the file, for the operator; empty: none.
};

}  // namespace giro
