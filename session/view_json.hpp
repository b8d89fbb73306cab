// Views of the ledger as JSON: accounts, statements, totals, the audit, figures. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/work.hpp"
#include "ledger/store/history/reader.hpp"
#include "ledger/store/verify/verify.hpp"
#include "queue/bounded_queue.hpp"
#include "session/entry_json.hpp"

namespace giro {

struct StatementView {
  AccountId id;
  Currency currency;
  Amount opening_balance = 0;
  Amount closing_balance = 0;
  std::vector<store::StatementLine> lines;
  std::string next;  // A cursor; empty: the last page.
  Seq as_of_seq = 0;
};

// What the I/O thread adds to the commit thread's figures.
struct DaemonFigures {
  Weight load;
  QueueLimits queue;
  std::size_t connections = 0;
  std::size_t subscribers = 0;
  std::uint64_t uptime_s = 0;
  std::string_view version;  // girod's.
  std::string_view sqlite;   // The version of the SQLite that it was built with.
};

[[nodiscard]] Refusal unknown_account(const AccountId& id);

void write_account(protocol::JsonWriter& json, const AccountView& view, Seq as_of_seq);
void write_statement(protocol::JsonWriter& json, const StatementView& view,
                     protocol::AccountBook& book);
void write_trial_balance(protocol::JsonWriter& json, const store::TrialBalance& balance);
void write_verify_report(protocol::JsonWriter& json, const store::VerifyReport& report);
void write_status(protocol::JsonWriter& json, const StatusAnswer& status,
                  const DaemonFigures& figures);

}  // namespace giro
