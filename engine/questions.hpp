// What passes between the I/O thread and the reading threads. Plain values.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/work.hpp"
#include "ledger/store/history/reader.hpp"
#include "protocol/query_params.hpp"

namespace giro {

// A piece of the event feed: entries from `from` on, not past `until`.
struct EventsPage {
  Seq from = 0;
  Seq until = 0;
};

using Question =
    std::variant<protocol::AccountQuestion, protocol::AccountsPage, protocol::StatementQuestion,
                 protocol::PaymentQuestion, protocol::PaymentsPage, protocol::TrialBalanceQuestion,
                 protocol::VerifyQuestion, protocol::SubscribeQuestion,
                 protocol::UnsubscribeQuestion, EventsPage>;

// --- I/O thread -> reading thread ---
struct ReadJob {
  ReplyAddress to;  // For EventsPage the slot is the subscription's number.
  std::uint32_t uid = 0;
  Ticket ticket;
  Question question;
};

// --- reading thread -> I/O thread ---
struct ResultText {
  std::string json;   // The `result`.
  std::string alarm;  // What the operator must know of it, too; empty: nothing.
};
struct EventsFound {
  std::string lines;  // Whole notifications.
  Seq next = 0;       // The first seq that isn't in them.
};
using ReadResult = std::variant<ResultText, Refusal, store::AccountsPage, EventsFound>;

struct ReadAnswer {
  ReplyAddress to;
  bool of_feed = false;  // Of an EventsPage.
  ReadResult result;
};

}  // namespace giro
