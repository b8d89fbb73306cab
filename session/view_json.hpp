// Views of the ledger as JSON: accounts, statements, totals, the audit, figures. Those of questions are written as the
// fields of an object that is open: whoever answers adds how old they may be. Thread: any.
#pragma once

#include "engine/read_work.hpp"
#include "engine/work.hpp"
#include "protocol/json_writer.hpp"
#include "session/server_info.hpp"

namespace giro {

void write_account(protocol::JsonWriter& json, const AccountView& view, Seq as_of_seq);
// What a reading thread found.
void write_found(protocol::JsonWriter& json, const AccountAt& found);
void write_found(protocol::JsonWriter& json, const EffectiveBalance& found);
void write_found(protocol::JsonWriter& json, const AccountsAt& found);
void write_found(protocol::JsonWriter& json, const StatementView& found);
void write_found(protocol::JsonWriter& json, const EffectiveStatementView& found);
void write_found(protocol::JsonWriter& json, const PaymentFound& found);
void write_found(protocol::JsonWriter& json, const PaymentsFound& found);
void write_found(protocol::JsonWriter& json, const SchedulesFound& found);
void write_found(protocol::JsonWriter& json, const HoldsFound& found);
void write_found(protocol::JsonWriter& json, const TotalsFound& found);
void write_found(protocol::JsonWriter& json, const store::TrialBalance& found);
void write_found(protocol::JsonWriter& json, const store::VerifyReport& found);
// Of what was read: it goes with the fields of any question's answer.
void write_age(protocol::JsonWriter& json, const ReadAge& age);
void write_status(protocol::JsonWriter& json, const StatusAnswer& status,
                  const ServerFigures& figures, const ServerInfo& info);
// The result of server.info.
void write_info(protocol::JsonWriter& json, const ServerInfo& info);

}  // namespace giro
