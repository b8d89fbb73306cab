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
  auto& details = test::payment_of(entry).details = std::make_unique<PaymentDetails>();
  details->options.code = std::uint16_t{7};
  details->options.metadata = R"({"x":1})";
  std::string out;
  protocol::JsonWriter json(out);
  write_entry(json, entry, two_accounts());
  EXPECT_EQ(
      out, R"({"type":"payment","status":"applied","seq":9,"at":"1970-01-01T00:00:00.000000000Z",)"
           R"("key":"k","uid":0,"from":"a","to":"b","amount":5,"currency":"EUR","from_balance":10,)"
           R"("to_balance":20,"payment_code":7,"metadata":{"x":1}})");
}

}  // namespace
}  // namespace giro
