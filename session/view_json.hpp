// Views of the ledger as JSON: accounts, statements, totals, the audit, figures. Thread: any.
#pragma once

#include <string_view>

#include "engine/read_work.hpp"
#include "engine/work.hpp"
#include "protocol/json_writer.hpp"
#include "queue/bounded_queue.hpp"

namespace giro {

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

void write_account(protocol::JsonWriter& json, const AccountView& view, Seq as_of_seq);
// What a reading thread found.
void write_found(protocol::JsonWriter& json, const AccountAt& found);
void write_found(protocol::JsonWriter& json, const StatementView& found);
void write_found(protocol::JsonWriter& json, const PaymentFound& found);
void write_found(protocol::JsonWriter& json, const PaymentsFound& found);
void write_found(protocol::JsonWriter& json, const store::TrialBalance& found);
void write_found(protocol::JsonWriter& json, const store::VerifyReport& found);
void write_status(protocol::JsonWriter& json, const StatusAnswer& status,
                  const DaemonFigures& figures);

}  // namespace giro
