// The audit chain can be checked by anyone who has read ledger/store/journal/canonical.hpp, chain.hpp and nothing else.
#include "ledger/store/journal/chain.hpp"

#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

// The canonical bytes, taken from the columns.
class CanonicalBytes {
 public:
  void put(std::int64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
  }
  void put_text(const std::string& text, int length_bytes) {
    put(static_cast<std::int64_t>(text.size()), length_bytes);
    out += text;
  }
  // from, to, amount, from_after, to_after in columns from `first` on.
  void put_posting(SQLite::Statement& row, int first) {
    put(row.getColumn(first).getInt64(), 4);
    put(row.getColumn(first + 1).getInt64(), 4);
    for (int i = 2; i < 5; ++i) put(row.getColumn(first + i).getInt64(), 8);
  }

  std::string out;
};

TEST(Chain, IsWhatItsDescriptionSays) {
  TestLedger ledger;
  Workload workload(80);
  workload.open_accounts(ledger);
  for (const char* node : {"", "one", "two", "one"}) {
    ledger.ledger().ask_at(node);
    workload.run(ledger, 150, 40);
  }
  SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
  SQLite::Statement row(db,
                        "SELECT seq, at, kind, outcome, uid, key, from_account, to_account, "
                        "amount, from_after, to_after, details, metadata, digest, (SELECT "
                        "count(*) FROM legs WHERE legs.seq = journal.seq), (SELECT name FROM "
                        "nodes WHERE number = uid >> 32) FROM journal ORDER BY seq");
  SQLite::Statement leg(db,
                        "SELECT from_account, to_account, amount, from_after, to_after FROM legs "
                        "WHERE seq = ? ORDER BY leg");
  CanonicalBytes bytes;
  bytes.out = std::string(SHA256_DIGEST_LENGTH, '\0');  // Before the first commit.
  int commits = 0;
  while (row.executeStep()) {
    bytes.put(row.getColumn(0).getInt64(), 8);
    bytes.put(row.getColumn(1).getInt64(), 8);
    const std::string node = row.getColumn(15).getString();
    bytes.put(row.getColumn(2).getInt64() + (node.empty() ? 0 : 128), 1);
    bytes.put(row.getColumn(3).getInt64(), 1);
    bytes.put(row.getColumn(4).getInt64(), 4);
    if (!node.empty()) bytes.put_text(node, 1);
    bytes.put_text(row.getColumn(5).getString(), 1);
    bytes.put_posting(row, 6);
    bytes.put(row.getColumn(14).getInt64(), 4);
    leg.reset();
    leg.bind(1, row.getColumn(0).getInt64());
    while (leg.executeStep()) bytes.put_posting(leg, 0);
    bytes.put_text(row.getColumn(11).getString(), 4);
    bytes.put_text(row.getColumn(12).getString(), 4);
    if (row.getColumn(13).isNull()) continue;
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.out.data()), bytes.out.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    ASSERT_TRUE(row.getColumn(13).getString() == digest)
        << "the commit that ends at seq " << row.getColumn(0).getInt64();
    bytes.out = digest;
    ++commits;
  }
  EXPECT_GT(commits, 10);
}

}  // namespace
}  // namespace giro::test
