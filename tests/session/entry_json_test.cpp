// Decisions as JSON; the whole forms are replayed from PROTOCOL.md against a daemon.
#include "session/entry_json.hpp"

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"

namespace giro {
namespace {

AccountBook two_accounts() {
  const Currency euro{.code = CurrencyCode("EUR"), .scale = 2};
  AccountBook book;
  book.add(1, "a", euro);
  book.add(2, "b", euro);
  return book;
}

Entry payment() {
  Entry entry;
  entry.seq = 9;
  entry.key = PaymentKey("k");
  test::payment_of(entry).posting = {
      .from = 1, .to = 2, .amount = 5, .from_after = 10, .to_after = 20};
  return entry;
}

std::string outcome_text(const Outcome& outcome, std::span<const Entry> entries = {}) {
  std::string out;
  protocol::JsonWriter json(out);
  write_outcome(json, outcome, entries);
  return out;
}

TEST(EntryJson, ADryRunHasNeitherSeqNorTime) {
  EXPECT_EQ(outcome_text(Rehearsed{std::make_unique<Entry>(payment())}),
            R"({"status":"applied","key":"k","dry_run":true,"from_balance":10,"to_balance":20})");
}

TEST(EntryJson, AnUnknownAccountIsNamedAndHasNoBalances) {
  Entry entry = payment();
  entry.outcome = Rejection::account_unknown;
  test::payment_of(entry).posting.to = 0;
  EXPECT_EQ(outcome_text(Decided{0}, std::span(&entry, 1)),
            R"({"status":"rejected","code":"account_unknown","field":"to","seq":9,)"
            R"("at":"1970-01-01T00:00:00.000000000Z","key":"k","replayed":false})");
}

TEST(EntryJson, AFailedLegIsNamedWithItsCode) {
  Entry entry = payment();
  entry.outcome = Rejection::leg_failed;
  auto& payment =
      entry.body.emplace<std::unique_ptr<MultiLegBody>>(std::make_unique<MultiLegBody>());
  payment->legs.failed_leg = 3;
  payment->legs.leg_code = Rejection::insufficient_funds;
  const std::string text = outcome_text(Replayed{std::make_unique<Entry>(std::move(entry))});
  EXPECT_TRUE(text.starts_with(
      R"({"status":"rejected","code":"leg_failed","leg":3,"leg_code":"insufficient_funds")"))
      << text;
}

TEST(EntryJson, AnEntryTellsTheClientsCodeFromTheRejections) {
  Entry entry = payment();
  PaymentDetails& details = test::payment_of(entry).details.make();
  details.options.code = std::uint16_t{7};
  details.options.metadata = R"({"x":1})";
  std::string out;
  protocol::JsonWriter json(out);
  write_entry(json, entry, two_accounts());
  EXPECT_EQ(
      out, R"({"type":"payment","status":"applied","seq":9,"at":"1970-01-01T00:00:00.000000000Z",)"
           R"("key":"k","uid":0,"from":"a","to":"b","amount":5,"currency":"EUR","from_balance":10,)"
           R"("to_balance":20,"payment_code":7,"metadata":{"x":1}})");
}

// --- what was scheduled ---

std::string entry_text(const Entry& entry) {
  std::string out;
  protocol::JsonWriter json(out);
  write_entry(json, entry, two_accounts());
  return out;
}

TEST(EntryJson, AnEntryNamesTheNodeAtWhichItWasAskedBehindTheUser) {
  Entry entry = payment();
  entry.author = {.uid = 1000, .node = 3};
  AccountBook book = two_accounts();
  book.add_node(3, "one");
  std::string out;
  protocol::JsonWriter json(out);
  write_entry(json, entry, book);
  EXPECT_NE(out.find(R"("uid":1000,"node":"one","from":"a")"), std::string::npos) << out;
}

Leg leg(std::string_view from, std::string_view to, Amount amount) {
  return {.from = AccountId(from),
          .to = AccountId(to),
          .amount = amount,
          .currency = CurrencyCode("EUR")};
}

// The second time of the schedule at seq 7.
Entry scheduled() {
  Entry entry;
  entry.seq = 9;
  entry.key = PaymentKey("rent");
  auto& body =
      *entry.body.emplace<std::unique_ptr<ScheduledBody>>(std::make_unique<ScheduledBody>());
  body.schedule = 7;
  body.occurrence = 2;
  body.due_at = Timestamp{5};
  return entry;
}

constexpr const char* kSecondTime =
    R"("seq":9,"at":"1970-01-01T00:00:00.000000000Z","key":"rent","uid":0,"schedule":"rent",)"
    R"("schedule_seq":7,"occurrence":2,"due_at":"1970-01-01T00:00:00.000000005Z",)";
const Posting kPosting{.from = 1, .to = 2, .amount = 5, .from_after = 10, .to_after = 20};

TEST(EntryJson, AScheduledPaymentNamesItsScheduleAndWhatItMoved) {
  Entry entry = scheduled();
  auto& body = test::scheduled_of(entry);
  body.legs.postings = {kPosting};
  body.asked = 50;
  EXPECT_EQ(entry_text(entry), R"({"type":"scheduled_payment","status":"applied",)" +
                                   std::string(kSecondTime) +
                                   R"("from":"a","to":"b","amount":5,"currency":"EUR",)"
                                   R"("up_to":true,"asked":50,"from_balance":10,"to_balance":20})");
  body.asked.reset();
  body.legs.postings = {kPosting, kPosting};
  const std::string text = entry_text(entry);
  EXPECT_NE(text.find(R"("legs":[{"from":"a","to":"b","amount":5)"), std::string::npos) << text;
}

TEST(EntryJson, AScheduledPaymentThatWasRejectedShowsWhatWasAskedForAndSeen) {
  Entry entry = scheduled();
  entry.outcome = Rejection::insufficient_funds;
  auto& body = test::scheduled_of(entry);
  body.legs.seen = kPosting;
  EXPECT_EQ(entry_text(entry),
            R"({"type":"scheduled_payment","status":"rejected","code":"insufficient_funds",)" +
                std::string(kSecondTime) +
                R"("from":"a","to":"b","amount":5,"currency":"EUR","from_balance":10,)"
                R"("to_balance":20})");
  entry.outcome = Rejection::account_unknown;
  body.legs.seen = {.from = 1, .to = 0, .amount = 5};
  body.requested = {leg("a", "nobody", 5)};
  EXPECT_EQ(entry_text(entry),
            R"({"type":"scheduled_payment","status":"rejected","code":"account_unknown",)"
            R"("field":"to",)" +
                std::string(kSecondTime) +
                R"("from":"a","to":"nobody","amount":5,"currency":"EUR"})");
}

TEST(EntryJson, AScheduledPaymentOfWhichALegFailedShowsThemAll) {
  Entry entry = scheduled();
  entry.outcome = Rejection::leg_failed;
  auto& body = test::scheduled_of(entry);
  body.requested = {leg("a", "b", 1), leg("b", "a", 5)};
  body.legs.seen = kPosting;
  body.legs.failed_leg = 1;
  body.legs.leg_code = Rejection::insufficient_funds;
  EXPECT_EQ(entry_text(entry),
            R"({"type":"scheduled_payment","status":"rejected","code":"leg_failed","leg":1,)"
            R"("leg_code":"insufficient_funds",)" +
                std::string(kSecondTime) +
                R"("legs":[{"from":"a","to":"b","amount":1,"currency":"EUR"},)"
                R"({"from":"b","to":"a","amount":5,"currency":"EUR"}],)"
                R"("from_balance":10,"to_balance":20})");
}

TEST(EntryJson, AScheduleShowsWhenItIsDueAndWhatItPays) {
  Entry entry;
  entry.seq = 7;
  entry.key = PaymentKey("rent");
  auto& body = *entry.body.emplace<std::unique_ptr<ScheduleBody>>(std::make_unique<ScheduleBody>());
  body.requested = {leg("a", "nobody", 5)};
  body.options.up_to = true;
  body.terms = {.at = Timestamp{5}, .every = Interval{}, .until = Timestamp{6}, .count = {}};
  const std::string begin =
      R"({"type":"schedule","status":"scheduled","seq":7,"at":"1970-01-01T00:00:00.000000000Z",)"
      R"("key":"rent","uid":0,)";
  EXPECT_EQ(entry_text(entry),
            begin + R"("from":"a","to":"nobody","amount":5,"currency":"EUR","up_to":true,)"
                    R"("scheduled_for":"1970-01-01T00:00:00.000000005Z","every":"P1D",)"
                    R"("until":"1970-01-01T00:00:00.000000006Z"})");
  body.requested.push_back(leg("b", "a", 1));
  EXPECT_NE(entry_text(entry).find(R"("legs":[{"from":"a","to":"nobody")"), std::string::npos);
}

}  // namespace
}  // namespace giro
