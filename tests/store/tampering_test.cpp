// Whatever is changed in a ledger's file behind its back, verify() finds it and says where.
#include <map>
#include <ostream>
#include <ranges>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

// $names stand for seqs and numbers of the ledger below, see places().
struct Tampering {
  const char* name;
  const char* sql;
  const char* seq;    // Where verify() must see it: $name, or 0.
  const char* words;  // What it must say.
};

void PrintTo(const Tampering& tampering, std::ostream* out) {
  *out << tampering.name;
}

constexpr const char* kChain = "audit chain breaks";

constexpr Tampering kTamperings[] = {
    // The journal's rows.
    {"Amount", "UPDATE journal SET amount = amount + 1 WHERE seq = $pay", "$pay", "balance after"},
    {"AmountBelowZero", "UPDATE journal SET amount = -1 WHERE seq = $pay", "$pay", "above 0"},
    {"Key", "UPDATE journal SET key = 'forged' WHERE seq = $pay", "$pay_end", kChain},
    {"KeyTooLong", "UPDATE journal SET key = printf('%.300c', 'x') WHERE seq = $pay", "$pay",
     "can't be read"},
    {"Uid", "UPDATE journal SET uid = uid + 1 WHERE seq = $pay", "$pay_end", kChain},
    {"UidBelowZero", "UPDATE journal SET uid = -1 WHERE seq = $pay", "$pay", "can't be read"},
    {"Node", "UPDATE journal SET uid = uid + (1 << 32) WHERE seq = $asked", "$asked_end", kChain},
    {"NodeOfWhatWasAskedAtNone", "UPDATE journal SET uid = uid + (1 << 32) WHERE seq = $pay",
     "$pay_end", kChain},
    {"NodeOutOfOrder", "UPDATE journal SET uid = uid + (2 << 32) WHERE seq = $pay", "$pay",
     "another number"},
    {"NodeUnknown", "UPDATE journal SET uid = uid + (9 << 32) WHERE seq = $pay", "$pay",
     "can't be read"},
    {"NodeRemoved", "UPDATE journal SET uid = uid & 4294967295 WHERE seq = $asked", "$asked_end",
     kChain},
    {"NodesName", "UPDATE nodes SET name = 'thief' WHERE number = 1", "$node_end", kChain},
    {"NodesRowRemoved", "DELETE FROM nodes WHERE number = 2", "$node2", "can't be read"},
    {"NodesRowAdded", "INSERT INTO nodes VALUES (3, 'three')", "0", "table nodes"},
    {"Time", "UPDATE journal SET at = at + 1 WHERE seq = $pay", "$pay_end", kChain},
    {"TimeBeforeTheOneBefore", "UPDATE journal SET at = 5 WHERE seq = $pay", "$pay", "time"},
    {"BalanceAfterOfThePayer", "UPDATE journal SET from_after = 7 WHERE seq = $pay", "$pay",
     "balance after it is wrong"},
    {"BalanceAfterOfThePayee", "UPDATE journal SET to_after = 7 WHERE seq = $pay", "$pay",
     "balance after it is wrong"},
    {"LinkOfThePayer", "UPDATE journal SET from_prev = from_prev - 1 WHERE seq = $pay", "$pay",
     "link"},
    {"LinkOfThePayee", "UPDATE journal SET to_prev = to_prev + 1 WHERE seq = $pay", "$pay", "link"},
    {"LinkInARejection", "UPDATE journal SET from_prev = 3 WHERE seq = $rejected", "$rejected",
     "link"},
    {"LinkInAPaymentOfLegs", "UPDATE journal SET from_prev = 3 WHERE seq = $legs", "$legs", "link"},
    {"LinkInAnOpening", "UPDATE journal SET to_prev = 3 WHERE seq = 1", "1", "link"},
    {"Payer", "UPDATE journal SET from_account = to_account WHERE seq = $pay", "$pay", "itself"},
    {"PayerUnknown", "UPDATE journal SET from_account = 9999 WHERE seq = $pay", "$pay",
     "doesn't exist"},
    {"PayerPast32Bits",
     "UPDATE journal SET from_account = from_account + (1 << 32) WHERE seq = $pay", "$pay",
     "can't be read"},
    {"OutcomeToRejected", "UPDATE journal SET outcome = 50 WHERE seq = $pay", "$pay", ""},
    {"OutcomePast8Bits", "UPDATE journal SET outcome = 256 WHERE seq = $pay", "$pay",
     "can't be read"},
    {"OutcomeToApplied", "UPDATE journal SET outcome = 0 WHERE seq = $rejected", "$rejected", ""},
    {"Kind", "UPDATE journal SET kind = 1 WHERE seq = $pay", "$pay", "legs are missing"},
    {"KindUnknown", "UPDATE journal SET kind = 200 WHERE seq = $pay", "$pay", "can't be read"},
    {"KindPast8Bits", "UPDATE journal SET kind = 256 WHERE seq = $pay", "$pay", "can't be read"},
    {"BalanceThatARejectionSaw",
     "UPDATE journal SET from_after = from_after + 1 WHERE seq = $rejected", "$rejected",
     "saw is wrong"},
    {"Description",
     "UPDATE journal SET details = replace(details, 'Gott', 'Gold') WHERE seq = $told", "$told_end",
     kChain},
    {"DetailsRemoved", "UPDATE journal SET details = NULL WHERE seq = $told", "$told_end", kChain},
    {"DetailsThatAreNoJson", "UPDATE journal SET details = '{' WHERE seq = $told", "$told",
     "can't be read"},
    {"DetailsOfAnotherShape", "UPDATE journal SET details = '[]' WHERE seq = $told", "$told",
     "can't be read"},
    {"DetailsOfAnOpeningRemoved", "UPDATE journal SET details = NULL WHERE seq = 1", "1",
     "can't be read"},
    {"Metadata", "UPDATE journal SET metadata = '{}' WHERE seq = $meta", "$meta_end", kChain},
    {"MetadataRemoved", "UPDATE journal SET metadata = NULL WHERE seq = $meta", "$meta_end",
     kChain},
    {"Digest", "UPDATE journal SET digest = zeroblob(32) WHERE seq = $pay_end", "$pay_end", kChain},
    {"DigestCutShort", "UPDATE journal SET digest = x'00' WHERE seq = $pay_end", "$pay_end",
     kChain},
    {"DigestRemoved", "UPDATE journal SET digest = NULL WHERE seq = $pay_end", "$next_end", kChain},
    {"DigestAdded", "UPDATE journal SET digest = zeroblob(32) WHERE seq = $pay", "$pay", kChain},
    {"LastDigestRemoved", "UPDATE journal SET digest = NULL WHERE seq = $head", "$head",
     "ends no commit"},
    {"RowDeleted", "DELETE FROM journal WHERE seq = $pay", "$pay", "it is missing"},
    {"RejectionDeleted", "DELETE FROM journal WHERE seq = $rejected", "$rejected", "it is missing"},
    {"FirstRowDeleted", "DELETE FROM journal WHERE seq = 1", "1", "it is missing"},
    {"LastRowDeleted", "DELETE FROM journal WHERE seq = $head", "$before_head", "ends no commit"},
    {"PairSwapped",
     "UPDATE journal SET seq = -1 WHERE seq = $pay; UPDATE journal SET seq = $pay WHERE seq = "
     "$pay2; UPDATE journal SET seq = $pay2 WHERE seq = -1",
     "$pay", ""},
    {"RowAppended",
     "INSERT INTO journal SELECT $head + 1, at + 1, kind, outcome, uid, 'new', from_account, "
     "to_account, amount, from_prev, to_prev, from_after, to_after, details, metadata, NULL, NULL "
     "FROM journal WHERE seq = $head",
     "$after_head", ""},
    {"RowBeforeTheFirst",
     "INSERT INTO journal SELECT 0, 1, kind, outcome, uid, 'new', from_account, to_account, "
     "amount, from_prev, to_prev, from_after, to_after, details, metadata, NULL, NULL FROM "
     "journal WHERE seq = $pay",
     "0", "before the first"},
    // Legs.
    {"LegAmount", "UPDATE legs SET amount = amount + 1 WHERE seq = $legs AND leg = 1", "$legs",
     "balance after"},
    {"LegLink", "UPDATE legs SET to_prev = to_prev + 1 WHERE seq = $legs AND leg = 0", "$legs",
     "link"},
    {"LegRemoved", "DELETE FROM legs WHERE seq = $legs AND leg = 0", "$legs_end", kChain},
    {"LegsRemoved", "DELETE FROM legs WHERE seq = $legs", "$legs", "legs are missing"},
    {"LegAdded",
     "INSERT INTO legs SELECT seq, leg + 900, from_account, to_account, amount, from_prev, "
     "to_prev, from_after, to_after FROM legs WHERE seq = $legs AND leg = 0",
     "$legs", ""},
    {"LegAddedToAPlainPayment",
     "INSERT INTO legs SELECT $pay, leg, from_account, to_account, amount, from_prev, to_prev, "
     "from_after, to_after FROM legs WHERE seq = $legs AND leg = 0",
     "0", "table legs"},
    // Accounts and currencies.
    {"AccountsMoneyIn", "UPDATE accounts SET posted_in = posted_in + 1 WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsMoneyInAndOut",
     "UPDATE accounts SET posted_in = posted_in + 1, posted_out = posted_out + 1 WHERE number = "
     "$account",
     "$account_last", "row of account"},
    {"AccountsMoneyPast64Bits",
     "UPDATE accounts SET posted_in_high = posted_in_high + 1, posted_out_high = posted_out_high + "
     "1 "
     "WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsFloor", "UPDATE accounts SET floor = -1000000 WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsFloorRemoved", "UPDATE accounts SET floor = NULL WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsCeiling", "UPDATE accounts SET ceiling = 77 WHERE number = $account", "$account_last",
     "row of account"},
    {"AccountsVersion", "UPDATE accounts SET version = version + 1 WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsLastSeq", "UPDATE accounts SET last_seq = last_seq - 1 WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsName", "UPDATE accounts SET id = 'EUR:thief' WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsCurrency", "UPDATE accounts SET currency = 2 WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsMetadata", R"(UPDATE accounts SET metadata = '{"forged":1}' WHERE number = $account)",
     "$account_opened", "row of account"},
    {"AccountsMarks", "UPDATE accounts SET marks = x'0100000000000000' WHERE number = $account",
     "$account_last", "row of account"},
    {"AccountsTrueUpTo", "UPDATE accounts SET as_of_seq = $head + 1 WHERE number = $account",
     "$account_opened", "row of account"},
    {"AccountRemoved", "DELETE FROM accounts WHERE number = (SELECT max(number) FROM accounts)",
     "0", "rows of accounts"},
    {"AccountAdded",
     "INSERT INTO accounts SELECT number + 1, 'EUR:ghost', currency, floor, ceiling, metadata, "
     "opened_seq, 0, 0, 0, 0, as_of_seq, x'', 0, 0, 0, 0, 0, 0, NULL, NULL FROM accounts ORDER BY "
     "number DESC "
     "LIMIT 1",
     "0", "rows of accounts"},
    {"CurrencysScale", "UPDATE currencies SET scale = 5 WHERE id = 1", "0", "currencies"},
    {"CurrencysCode", "UPDATE currencies SET code = 'XXX' WHERE id = 1", "0", "currencies"},
    {"CurrencyAdded", "INSERT INTO currencies VALUES (99, 'XXX', 2)", "0", "currencies"},
    // What helps to find entries.
    {"MarkRemoved", "DELETE FROM marks WHERE account = 1 AND seq = $mark", "$mark",
     "mark of entry"},
    {"MarkMoved", "UPDATE marks SET seq = seq + 1 WHERE account = 1 AND seq = $mark", "$mark",
     "mark of entry"},
    {"MarkOfAnotherEntry", "UPDATE marks SET entry = entry + 1 WHERE account = 1 AND seq = $mark",
     "$mark", "mark of entry"},
    {"MarkOfAnotherLevel", "UPDATE marks SET level = level + 1 WHERE account = 1 AND seq = $mark",
     "$mark", "mark of entry"},
    {"MarkThatNamesAnEarlierOne",
     "UPDATE marks SET earlier = x'0100000000000000' WHERE account = 1 AND seq = $mark", "$mark",
     "mark of entry"},
    {"MarkOfNoAccount", "INSERT INTO marks VALUES ($head + 1, 99999, 64, 0, x'', 0, 0)", "0",
     "isn't one of an account"},
    {"MarkOfNoLevel", "UPDATE marks SET level = 99 WHERE seq = (SELECT max(seq) FROM marks)", "",
     "mark of entry"},
    {"MarksOfAWrongSize", "UPDATE accounts SET marks = x'01' WHERE number = 1", "0", "wrong size"},
    {"MarkTotal", "UPDATE marks SET posted_in = posted_in + 1 WHERE account = 1 AND seq = $mark",
     "$mark", "mark of entry"},
    {"TermsAdded", "INSERT INTO account_terms VALUES (1, 1, 0, NULL, 0, 0)", "0", "account_terms"},
    {"MarkAdded", "INSERT INTO marks VALUES (1, 1, 99, 0, x'', 0, 0)", "0", "table marks"},
    {"ReferenceRemoved", "DELETE FROM payment_references WHERE seq = $referenced", "$referenced",
     "reference"},
    {"ReferenceChanged",
     "UPDATE payment_references SET reference = 'other' WHERE seq = $referenced", "$referenced",
     "reference"},
    {"ReferenceAdded", "INSERT INTO payment_references VALUES ('inv-1', 1)", "0",
     "payment_references"},
    // What is open, and what became of it.
    {"HoldRemoved", "DELETE FROM holds WHERE seq = $hold", "$hold", "table holds"},
    {"HoldsRest", "UPDATE holds SET left = left - 1 WHERE seq = $hold", "$hold", "table holds"},
    {"HoldsEnd", "UPDATE holds SET expires_at = expires_at + 1 WHERE seq = $hold", "$hold",
     "table holds"},
    {"HoldsEndRemoved", "UPDATE holds SET expires_at = NULL WHERE seq = $hold", "$hold",
     "table holds"},
    {"HoldsKey", "UPDATE holds SET key = 'another' WHERE seq = $hold", "$hold", "table holds"},
    {"HoldOfNothing", "UPDATE holds SET left = 0 WHERE seq = $hold", "0", "isn't one of a hold"},
    {"HoldOfNoAccount", "UPDATE holds SET to_account = 9999 WHERE seq = $hold", "0",
     "isn't one of a hold"},
    {"HoldAdded",
     "INSERT INTO holds SELECT $captured, from_account, to_account, 1, NULL, uid, 'more', made_at, "
     "amount FROM holds",
     "0", "table holds has 2 rows, and 1 holds are open"},
    {"ScheduleRemoved", "DELETE FROM schedules WHERE seq = $schedule", "$schedule",
     "table schedules"},
    {"SchedulesTime", "UPDATE schedules SET next_at = next_at + 1 WHERE seq = $schedule",
     "$schedule", "table schedules"},
    {"SchedulesOccurrence", "UPDATE schedules SET occurrence = 1 WHERE seq = $schedule",
     "$schedule", "table schedules"},
    {"SchedulesLegs", "UPDATE schedules SET legs = 2 WHERE seq = $schedule", "$schedule",
     "table schedules"},
    {"ScheduleOpenedAgain", "INSERT INTO schedules VALUES ($cancelled, 4000000000000000000, 1, 1)",
     "0", "table schedules has 2 rows, and 1 schedules are open"},
    {"ScheduleThatIsNone", "INSERT INTO schedules VALUES ($pay, 4000000000000000000, 1, 1)", "0",
     "isn't one of a schedule"},
    {"ScheduledForAnotherTime",
     "UPDATE journal SET details = replace(details, '\"every\":\"P1D\"', '\"every\":\"P2D\"') "
     "WHERE "
     "seq = $schedule",
     "$due2", "another time"},
    {"ScheduledOfAnotherOccurrence",
     "UPDATE journal SET details = replace(details, '\"occurrence\":1', '\"occurrence\":2') WHERE "
     "seq "
     "= $due",
     "$due", "another time"},
    {"ScheduledOfAnotherSchedule",
     "UPDATE journal SET details = replace(details, '\"schedule_seq\":$schedule', "
     "'\"schedule_seq\":$cancelled') WHERE seq = $due",
     "$due", "isn't open"},
    {"ScheduledAmount", "UPDATE journal SET amount = amount + 1 WHERE seq = $due", "$due",
     "other legs"},
    {"FollowupRemoved", "DELETE FROM followups WHERE seq = $due", "$due", "table followups"},
    {"FollowupOfACaptureRemoved", "DELETE FROM followups WHERE original = $captured",
     "$captured_by", "table followups"},
    {"FollowupOfAnother", "UPDATE followups SET original = original + 1 WHERE seq = $due", "$due",
     "table followups"},
    {"FollowupAdded", "INSERT INTO followups VALUES ($pay, $pay2)", "0", "table followups"},
    {"SweptEntries", "UPDATE meta SET value = value + 1 WHERE name = 'swept_entries'", "0",
     "swept_entries"},
    {"SweptAccounts", "UPDATE meta SET value = value + 1 WHERE name = 'swept_accounts'", "0",
     "rows of accounts"},
    // What others read.
    {"NameOfACode", "UPDATE codes SET name = 'paid' WHERE code = 61", "0", "the name of 61"},
    {"CodeRemoved", "DELETE FROM codes WHERE code = 61", "0", "the name of 61 is missing"},
    {"CodeAdded", "INSERT INTO codes VALUES (254, 'gift')", "0", "the name of 254 isn't girod's"},
    {"ViewRemoved", "DROP VIEW v_payments", "0", "view v_payments is missing"},
    {"ViewChanged",
     "DROP VIEW v_payments; CREATE VIEW v_payments AS SELECT *, 1 AS paid FROM v_entries", "0",
     "view v_payments isn't"},
    {"Trigger",
     "CREATE TRIGGER gift AFTER INSERT ON journal BEGIN UPDATE accounts SET floor = NULL; END", "0",
     "trigger gift isn't girod's"},
    {"Index", "CREATE UNIQUE INDEX once ON journal (seq, amount)", "0", "index once isn't girod's"},
    {"ColumnAdded", "ALTER TABLE journal ADD COLUMN note TEXT", "0",
     "column journal.note isn't girod's"},
    {"SweptSeqPastTheEnd", "UPDATE meta SET value = 1000000 WHERE name = 'swept_seq'", "0",
     "swept_seq"},
    {"CheckpointPastTheEnd",
     "INSERT OR REPLACE INTO meta (name, value) VALUES ('checkpointed_seq', 1000000)", "0",
     "or entries are missing"},
    {"SweptSeqRemoved", "DELETE FROM meta WHERE name = 'swept_seq'", "0", "swept_seq"},
    // Keys.
    {"KeyBlockRemoved", "DELETE FROM key_blocks WHERE id = $run << 32", "$run_first", "missing"},
    {"KeyBlockEmptied", "UPDATE key_blocks SET page = zeroblob(0) WHERE id = $run << 32",
     "$run_first", "block 0 of key run"},
    {"KeyBlockZeroed", "UPDATE key_blocks SET page = zeroblob(length(page)) WHERE id = $run << 32",
     "$run_first", "damaged"},
    {"KeyBlockCutShort",
     "UPDATE key_blocks SET page = substr(page, 1, length(page) - 12) WHERE id = $run << 32",
     "$run_first", "damaged"},
    {"KeyFilterZeroed",
     "UPDATE key_filters SET page = zeroblob(length(page)) WHERE id = $run << 32", "$run_first",
     "filter page 0"},
    {"KeyFilterRemoved", "DELETE FROM key_filters WHERE id = $run << 32", "$run_first", "missing"},
    {"KeyRunRemoved", "DELETE FROM key_runs WHERE run = $run", "$run_first", "key run"},
    {"FirstKeyRunRemoved", "DELETE FROM key_runs WHERE first_seq = 1", "1", "key run"},
    {"KeyRunMadeShorter", "UPDATE key_runs SET last_seq = last_seq - 1 WHERE run = $run", "",
     "key_runs was changed"},
    {"Secret", "UPDATE meta SET value = zeroblob(16) WHERE name = 'secret'", "", "key run"},
};

// A ledger with everything in it that can be tampered with, made once.
class TamperedLedger {
 public:
  static const TamperedLedger& instance() {
    static const TamperedLedger ledger;
    return ledger;
  }

  [[nodiscard]] const std::filesystem::path& directory() const { return ledger_.directory(); }
  // The text with its $names replaced; longer names first, because some begin alike.
  [[nodiscard]] std::string filled(std::string text) const {
    for (const auto& [place, number] : places_ | std::views::reverse) {
      const std::string name = "$" + place;
      for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), std::to_string(number));
      }
    }
    return text;
  }

 private:
  TamperedLedger() : ledger_({.keys_in_run = 150}) {
    Workload workload(41);
    workload.open_accounts(ledger_);
    // In portions of about a key run, each run finished before the next: so there are always several,
    // however fast the builder's thread is.
    for (int run = 0; run < 12; ++run) {
      workload.run(ledger_, 170, 40);
      ledger_.settle();
    }
    add_what_is_open();
    for (const char* node : {"one", "two", "one"}) {  // Not swept.
      ledger_.ledger().ask_at(node);
      workload.run(ledger_, 40, 40);
    }
    ledger_.close();
    SQLite::Database db(ledger_.file().string());
    const auto ask = [&](const std::string& name, const std::string& sql) {
      places_[name] = db.execAndGet(filled(sql)).getInt64();
    };
    const auto ask_with_end = [&](const std::string& name, const std::string& sql) {
      ask(name, sql);
      ask(name + "_end", "SELECT min(seq) FROM journal WHERE digest NOT NULL AND seq >= $" + name);
    };
    ask("head", "SELECT max(seq) FROM journal");
    ask_with_end("node", "SELECT min(seq) FROM journal WHERE uid >> 32 = 1");
    ask("node2", "SELECT min(seq) FROM journal WHERE uid >> 32 = 2");
    ask_with_end("asked", "SELECT max(seq) - 9 FROM journal WHERE uid >> 32 = 1");
    ask("before_head", "SELECT $head - 1");
    ask("after_head", "SELECT $head + 1");
    // In the middle of a commit, its accounts known from before.
    ask_with_end("pay",
                 "SELECT a.seq FROM journal a JOIN journal b ON b.seq = a.seq - 1 WHERE a.seq > "
                 "500 AND a.kind = 0 AND a.outcome = 0 AND a.details IS NULL AND a.digest IS NULL "
                 "AND b.digest IS NULL AND a.from_account = 1 AND a.amount > 5 LIMIT 1");
    ask("pay2",
        "SELECT seq FROM journal WHERE seq > $pay + 1 AND kind = 0 AND outcome = 0 AND digest IS "
        "NULL LIMIT 1");
    ask("next_end", "SELECT min(seq) FROM journal WHERE digest NOT NULL AND seq > $pay_end");
    ask("rejected",
        "SELECT seq FROM journal WHERE seq > 400 AND kind = 0 AND outcome <> 0 AND details IS "
        "NULL AND digest IS NULL LIMIT 1");
    ask_with_end("legs",
                 "SELECT seq FROM journal WHERE seq > 300 AND kind = 1 AND outcome = 0 "
                 "AND digest IS NULL AND (SELECT count(*) FROM legs WHERE legs.seq = "
                 "journal.seq) > 3 LIMIT 1");
    ask_with_end("told",
                 "SELECT seq FROM journal WHERE kind = 0 AND outcome = 0 AND details LIKE '%Gott%' "
                 "AND details NOT LIKE '%reference%' LIMIT 1");
    ask_with_end("meta", "SELECT seq FROM journal WHERE kind = 0 AND metadata NOT NULL LIMIT 1");
    ask("referenced", "SELECT seq FROM payment_references ORDER BY seq LIMIT 1");
    ask("account",
        "SELECT number FROM accounts WHERE floor NOT NULL AND ceiling IS NULL AND currency = 1 "
        "AND version > 5 LIMIT 1");
    const TestLedger opened({.directory = directory()});
    const auto number = static_cast<AccountNumber>(places_["account"]);
    places_["account_opened"] = static_cast<std::int64_t>(opened.state().opened_seq(number));
    places_["account_last"] = static_cast<std::int64_t>(opened.state().account(number).last_seq);
    ask("mark", "SELECT seq FROM marks WHERE account = 1 ORDER BY entry LIMIT 1");
    ask("run", "SELECT run FROM key_runs ORDER BY first_seq LIMIT 1 OFFSET 1");
    ask("run_first", "SELECT first_seq FROM key_runs WHERE run = $run");
  }

  // A hold that is open, one that was captured; a standing order that was due twice, a schedule that was
  // cancelled.
  void add_what_is_open() {
    constexpr std::int64_t kDay = 86'400'000'000'000;
    ledger_.open("open:world", without_floor);
    ledger_.open("open:shop");
    const LegRequest leg = eur("open:world", "open:shop", 7);
    const auto decide = [this](const std::string& place, const Command& command) {
      const Outcome outcome = ledger_.submit(command);
      places_[place] = static_cast<std::int64_t>(entry_of(outcome, ledger_.store().group()).seq);
    };
    const std::string at = format_rfc3339({ledger_.now.ns + kDay});
    const auto named = [](auto request, std::string_view key) {
      request.payment.key = key;
      return checked(request);
    };
    decide("hold", named(hold(leg, [](auto& h) { h.timeout = "300d"; }), "open-hold"));
    decide("captured", named(hold(leg), "open-captured"));
    decide("captured_by", *CheckedCapture::check({.key = "open-capture",
                                                  .hold = by_key("open-captured"),
                                                  .amount = {},
                                                  .final = false,
                                                  .dry_run = false}));
    decide("schedule",
           named(schedule(payment(leg), at, [](auto& s) { s.every = "P1D"; }), "open-daily"));
    decide("cancelled", named(schedule(payment(leg), at), "open-cancelled"));
    decide("cancel",
           *CheckedCancel::check(
               {.key = "open-cancel", .schedule = by_key("open-cancelled"), .dry_run = false}));
    ledger_.commit();
    ledger_.now.ns += 2 * kDay;
    (void)ledger_.ledger().decide_due(ledger_.now, 10);
    ledger_.commit();
    places_["due2"] = static_cast<std::int64_t>(ledger_.state().seq());
    places_["due"] = places_["due2"] - 1;
  }

  TestLedger ledger_;
  std::map<std::string, std::int64_t> places_;
};

class VerifyFinds : public testing::TestWithParam<Tampering> {};

TEST_P(VerifyFinds, AndSaysWhere) {
  const TamperedLedger& original = TamperedLedger::instance();
  const ScratchFolder folder;
  copy_folder(original.directory(), folder.path());
  const std::filesystem::path file = folder.path() / "ledger.db";
  ASSERT_EQ(problems_of(file), "") << "before tampering";
  const std::string sql = original.filled(GetParam().sql);
  {
    SQLite::Database db = open_to_change(file);
    const int schema_before = db.execAndGet("PRAGMA schema_version").getInt();
    db.exec(sql);
    const bool schema_changed = db.execAndGet("PRAGMA schema_version").getInt() != schema_before;
    ASSERT_TRUE(db.getTotalChanges() > 0 || schema_changed) << sql;
  }
  const std::string seq = original.filled(GetParam().seq);
  const std::string expected = seq.empty() ? "seq [0-9]+: [^\n]*" : "seq " + seq + ": [^\n]*";
  EXPECT_THAT(problems_of(file), testing::ContainsRegex(expected + GetParam().words)) << sql;
}

INSTANTIATE_TEST_SUITE_P(Tampering, VerifyFinds, testing::ValuesIn(kTamperings),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace giro::test
