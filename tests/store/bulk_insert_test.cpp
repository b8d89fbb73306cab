// Rows that go in many at a time, beside what a statement for each would make of them.
#include "ledger/store/sqlite/bulk_insert.hpp"

#include <array>
#include <string>

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

namespace giro::store::test {
namespace {

class BulkInsertTest : public testing::Test {
 protected:
  BulkInsertTest() {
    db_.exec(
        "CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB, n INTEGER) STRICT");
  }
  std::int64_t number(const std::string& sql) { return db_.execAndGet(sql).getInt64(); }

  SQLite::Database db_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(BulkInsertTest, KeepsEveryKindOfValue) {
  BulkInsert insert(db_, "things", "id, text, bytes, n");
  constexpr std::array<std::uint8_t, 3> kBytes{0, 255, 7};
  insert.add(std::int64_t{5}).add(std::string_view("a\0b", 3)).add_blob(kBytes).add(-1).end_row();
  insert.add(std::int64_t{6}).add(std::string_view()).add_blob({}).add_null().end_row();
  insert.add(std::int64_t{7}).add_text_or_null("").add_null().add_optional(std::nullopt).end_row();
  insert.add(std::int64_t{8}).add_text_or_null("x").add_null().add_optional(INT64_MIN).end_row();
  EXPECT_EQ(insert.rows(), 4U);
  EXPECT_EQ(number("SELECT count(*) FROM things"), 0);
  insert.run();
  EXPECT_EQ(insert.rows(), 0U);
  EXPECT_EQ(number("SELECT count(*) FROM things WHERE id = 5 AND text = 'a' || char(0) || 'b' AND "
                   "bytes = x'00ff07' AND n = -1"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM things WHERE id = 6 AND text = '' AND bytes = x'' AND "
                   "n IS NULL"),
            1)
      << "an empty text is a text";
  EXPECT_EQ(number("SELECT count(*) FROM things WHERE id = 7 AND text IS NULL AND bytes IS NULL "
                   "AND n IS NULL"),
            1);
  EXPECT_EQ(number("SELECT n FROM things WHERE id = 8 AND text = 'x'"), INT64_MIN);
}

TEST_F(BulkInsertTest, InsertsAnyNumberOfRowsInOrder) {
  for (const std::size_t count : {0UZ, 1UZ, 63UZ, 64UZ, 65UZ, 1'000UZ}) {
    db_.exec("DELETE FROM things");
    BulkInsert insert(db_, "things", "n, id");
    for (std::size_t i = 1; i <= count; ++i) insert.add(as_integer(i)).add_null().end_row();
    EXPECT_LT(insert.rows(), BulkInsert::kRowsAtOnce) << "those before went in by themselves";
    insert.run();
    insert.run();
    EXPECT_EQ(number("SELECT count(*) FROM things WHERE id = n"), static_cast<std::int64_t>(count));
    if (count == 0) continue;
    EXPECT_EQ(insert.last_rowid(), count);
  }
}

TEST_F(BulkInsertTest, ThrowsWhereARowCantBe) {
  BulkInsert insert(db_, "things", "id");
  insert.add(std::int64_t{1}).end_row();
  insert.add(std::int64_t{1}).end_row();
  db_.exec("BEGIN");
  EXPECT_THROW(insert.run(), SQLite::Exception);
  db_.exec("ROLLBACK");
  EXPECT_EQ(number("SELECT count(*) FROM things"), 0);
}

TEST_F(BulkInsertTest, OfTwoTablesOrOneAfterTheOtherGetsItsOwnRows) {
  db_.exec("CREATE TABLE others (n INTEGER) STRICT");
  BulkInsert others(db_, "others", "n");
  for (std::int64_t round = 1; round <= 2; ++round) {
    BulkInsert things(db_, "things", "n");
    things.add(round).end_row();
    others.add(10 * round).end_row();
    things.run();
    others.run();
  }
  EXPECT_EQ(number("SELECT sum(n) FROM things"), 3);
  EXPECT_EQ(number("SELECT sum(n) FROM others"), 30);
}

}  // namespace
}  // namespace giro::store::test
