#include "cli/row_source.hpp"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace giro::cli {
namespace {

Result<Amount> cents(std::string_view decimal, std::string_view /*currency*/) {
  const auto amount = parse_decimal(decimal, 2);
  if (!amount) return usage_failure("bad amount");
  return *amount;
}

// Rows of a pipe that the test writes. The texts are smaller than a pipe holds.
class RowSourceTest : public testing::Test {
 protected:
  RowSourceTest() { EXPECT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0); }
  ~RowSourceTest() override { close_input(); }

  void write_input(std::string_view text) {
    ASSERT_EQ(write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_input() {
    if (pipe_[1] >= 0) close(pipe_[1]);
    pipe_[1] = -1;
  }
  RowSource source(RowFormat format = RowFormat::detect) {
    return {ByteSource(pipe_[0]), format, cents};
  }
  // "2:+" for a row that begins in line 2, "3:-" for a bad one.
  static std::string outcomes(RowSource& rows) {
    std::string out;
    for (;;) {
      const auto next = rows.next(true);
      if (!next) return out + next.error().what;
      if (const Row* row = std::get_if<Row>(&*next)) {
        out += std::to_string(row->line) + ":+ ";
      } else if (const BadRow* bad = std::get_if<BadRow>(&*next)) {
        out += std::to_string(bad->line) + ":- ";
      } else {
        return out;
      }
    }
  }

  std::array<int, 2> pipe_{-1, -1};
};

TEST_F(RowSourceTest, ABadRowIsNamedByItsLineAndTheRestGoesOn) {
  write_input(
      "key,from,to,amount,currency\n"
      "k1,a,b,1,EUR\n"
      "k2,a,b,1.234,EUR\n"
      "\n"
      "k3,\"a,b,1,EUR\n"
      "k4,\"a\",b,1,EUR\n"
      "k5,a,b\n"
      "k6,a,b,1,EUR");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "2:+ 3:- 5:- 6:+ 7:- 8:+ ");
}

TEST_F(RowSourceTest, ARowOfSeveralLinesIsNamedByItsFirst) {
  write_input(
      "key,from,to,amount,currency,description\r\nk1,a,b,1,EUR,\"x\r\ny\"\r\nk2,a,b,1,EUR,\r\n");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "2:+ 4:+ ");
}

TEST_F(RowSourceTest, TheFirstByteTellsTheFormat) {
  write_input("\xef\xbb\xbf\n{\"key\":\"k\"}\n[]\r\n{\"key\":\"l\"}\r\n");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "2:+ 3:- 4:+ ");
}

TEST_F(RowSourceTest, NothingComesOfNothing) {
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "");
}

TEST_F(RowSourceTest, ABrokenHeaderEndsIt) {
  write_input("{\"key\":\"k\"}\nkey,from,to,amount,currency\n");
  close_input();
  RowSource rows = source(RowFormat::csv);
  EXPECT_TRUE(outcomes(rows).starts_with("the header row: "));
}

TEST_F(RowSourceTest, DoesNotWaitForInputUnlessAskedTo) {
  RowSource rows = source();
  const auto nothing_for_now = [&] {
    const auto next = rows.next(false);
    return next && std::holds_alternative<NoRow>(*next) && !std::get<NoRow>(*next).at_end;
  };
  EXPECT_TRUE(nothing_for_now());
  write_input("{\"key\":");
  EXPECT_TRUE(nothing_for_now());
  write_input("\"k\"}\n");
  const auto row = rows.next(false);
  ASSERT_TRUE(row && std::holds_alternative<Row>(*row));
  EXPECT_EQ(std::get<Row>(*row).payment, R"({"key":"k"})");
  EXPECT_TRUE(nothing_for_now());
}

}  // namespace
}  // namespace giro::cli
