// What passes between the I/O thread and the commit thread: work one way, answers the other. Plain
// values; nothing here calls back.
//
// Every request of a connection goes through the queue, questions too, so that each sees what its
// connection sent before it. Questions about the past come back as a Ticket, stamped with what only
// the commit thread knows, and a reader thread answers them from a snapshot at least that new.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/outcome.hpp"
#include "ledger/command/command.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "queue/bounded_queue.hpp"
#include "queue/group_source.hpp"

namespace giro {

// Which request of which connection an answer belongs to. Connection ids are never used again, so an
// answer to a connection that is gone finds nobody.
struct ReplyAddress {
  std::uint64_t connection = 0;
  std::uint32_t slot = 0;  // Of the connection's table of undecided requests.
};

// --- work: I/O thread -> commit thread ---

// payments.submit_many: what passed its checks, in order; the I/O thread keeps the rest. Or
// payments.submit_group, which is decided all or none.
struct CommandBatch {
  std::vector<Command> commands;
  bool all_or_none = false;
  bool dry_run = false;  // Of a group as a whole.
};
struct AccountsQuery {  // accounts.get without `at`; a page of accounts.list.
  std::vector<AccountId> ids;
  bool with_metadata = true;  // A page has it from its reader.
};
// A question that a reader will answer. The commit thread resolves the account or the key.
struct ReadQuery {
  std::optional<AccountId> account;
  std::optional<PaymentKey> key;
};
struct StatusQuery {};
struct Heartbeat {
};  // Comes back once the commit thread got to it: the watchdog's proof of progress.

using Work = std::variant<Command, std::unique_ptr<CommandBatch>, AccountsQuery, ReadQuery,
                          StatusQuery, Heartbeat>;

struct WorkItem {
  ReplyAddress reply_to;
  std::uint32_t uid = 0;
  Work work;
};

using WorkQueue = BoundedQueue<WorkItem>;
using WorkGroup = Group<WorkItem>;
using WorkSource = GroupSource<WorkItem>;
using LocalWork = LocalSource<WorkItem>;

// Of the daemon's groups: payments in one transaction, by their legs.
inline constexpr Weight kGroupMax{.items = 10'000, .bytes = std::size_t{16} << 20};

// --- answers: commit thread -> I/O thread, after the commit ---

struct BatchAnswer {
  struct Exception {  // Not applied by this request: rejected, replayed as a rejection, or refused.
    std::uint32_t index = 0;  // Into CommandBatch::commands.
    Outcome outcome;
  };
  std::uint32_t applied = 0;   // New decisions.
  std::uint32_t rejected = 0;  // New decisions.
  std::uint32_t replayed = 0;
  Seq first_seq = 0;  // Of the new decisions; 0: none.
  Seq last_seq = 0;
  std::vector<Exception> exceptions;
};

struct GroupAnswer {
  std::vector<Outcome> outcomes;   // Of the members, in order.
  std::optional<Refused> refused;  // Nothing was decided.
};

struct AccountView {
  AccountId id;
  AccountNumber number = 0;
  Account account;
  AccountLimits limits;
  struct UsedLimit {
    VelocityLimit limit;
    Outflow used;
  };
  std::vector<UsedLimit> velocities;
  AlertLines alerts;
  Seq opened_seq = 0;
  Currency currency;
  std::string metadata;  // JSON text; empty: none.
  Seq mark = 0;          // Where a search of its history begins.

  [[nodiscard]] store::AccountPoint point() const { return store::point_of(account, mark); }
};
struct AccountsAnswer {
  std::vector<std::optional<AccountView>> accounts;  // As asked; nothing: unknown.
  Seq as_of_seq = 0;
};
struct Ticket {
  Seq head_seq = 0;           // A snapshot that has this seq has all that was asked before.
  AccountNumber account = 0;  // 0: unknown, or not asked.
  store::AccountPoint head;   // Of that account.
  std::shared_ptr<const Entry> entry;  // Of that key; null: unknown, or not asked.
};
struct ClockFigures {
  std::string_view state;     // See LedgerClock::State.
  std::int64_t ahead_ns = 0;  // The system's time less the ledger's.
};
struct StatusAnswer {
  Seq seq = 0;
  Timestamp at;
  std::uint64_t accounts = 0;
  std::vector<Currency> currencies;
  std::optional<Date> closed_until;  // The last day whose books are closed.
  std::uint64_t commits = 0;         // Since the start.
  std::uint64_t decisions = 0;       // Since the start.
  std::uint64_t keys_recent = 0;
  std::uint64_t keys_sealed = 0;
  std::uint64_t key_runs = 0;
  std::string key_trouble;  // With the upkeep of key runs; empty: none.
  std::uint64_t ledger_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::string checkpoint_trouble;  // Why the log can't be emptied; empty: it can.
  ClockFigures clock;
  std::string obstacle;  // Why nothing is decided for now; empty: payments are decided.
};
struct HeartbeatDone {};

using AnswerBody =
    std::variant<Outcome, std::unique_ptr<BatchAnswer>, std::unique_ptr<GroupAnswer>,
                 AccountsAnswer, Ticket, std::unique_ptr<StatusAnswer>, HeartbeatDone>;

struct Answer {
  ReplyAddress to;
  AnswerBody body;
};

// One group, durable by the time the I/O thread sees it (or refused as a whole).
struct CommittedGroup {
  std::vector<WorkItem> items;  // As decided; whoever delivers may forget them.
  std::vector<Entry> entries;   // In order of seq; Decided names them.
  std::vector<Answer> answers;  // In the order of the work.
  Seq head_seq = 0;
};

}  // namespace giro
