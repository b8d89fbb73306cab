#include "cli/submit/row_source.hpp"

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "protocol/line_framer.hpp"
#include "protocol/rpc.hpp"

namespace giro::cli {
namespace {

Result<Amount> cents_of_any(std::string_view decimal, std::string_view /*currency*/) {
  const auto amount = parse_decimal(decimal, 2);
  if (!amount) return usage_failure("bad amount");
  return *amount;
}

// Rows of a pipe that the test writes. The texts are smaller than a pipe holds.
class RowSourceTest : public testing::Test {
 public:
  RowSourceTest(const RowSourceTest&) = delete;
  RowSourceTest& operator=(const RowSourceTest&) = delete;

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
    return {ByteSource(pipe_[0]), format, cents_of_any};
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

TEST_F(RowSourceTest, ARowWithAWrongValueIsNamedByItsLineAndTheRestGoesOn) {
  write_input(
      "key,from,to,amount,currency,code\n"
      "k1,a,b,1,EUR,\n"
      "k2,a,b,1.234,EUR,\n"
      "\n"
      "k3,\"a\xff\",b,1,EUR,\n"
      "k4,\"a\",b,1,EUR,x\n"
      "k5,a,b,1,EUR,7\n");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "2:+ 3:- 5:- 6:- 7:+ ");
}

// Whatever breaks a row, the text behind it may belong to one of its fields: none of it is a row.
TEST_F(RowSourceTest, NothingBehindABrokenRowIsARow) {
  const std::string header = "key,from,to,amount,currency,description\n";
  const std::string hidden = "\nHIDDEN,a,c,500.00,EUR,text\n";
  for (const char* broken : {
           "k,a,b,1.00,EUR,\"thanks",        // Closed by the text's end, or never.
           "k,a,b,1.00,EUR,\"thanks\" x",    // Text behind a closing quote.
           "k,a,b,1.00,EUR,x \"thanks",      // A quote inside a field.
           "k,a,b,1.00,EUR,Smith, John",     // Commas that aren't quoted: nor are line ends.
           "k,a,b,1.00,EUR",                 // Or a line end before the last column.
           "k,a,b,1.00,EUR,thanks\rHIDDEN",  // A line end that isn't one.
           R"(k,a,b,"1.00""","EUR,thanks)",
       }) {
    ASSERT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    std::string input = header;
    input.append("ok,a,b,1.00,EUR,fine\n").append(broken).append(hidden).append("bye\" x\n");
    write_input(input);
    close_input();
    RowSource rows = source();
    EXPECT_TRUE(outcomes(rows).starts_with("2:+ line 3: ")) << broken;
    EXPECT_EQ(rows.line(), 3U) << broken;
    EXPECT_FALSE(rows.next(true)) << "It must not go on when it is asked again: " << broken;
  }
}

TEST_F(RowSourceTest, NothingBehindALineThatIsNoJsonIsARow) {
  const std::string hidden = "\n{\"key\":\"HIDDEN\"}\n";
  for (const char* broken : {
           R"({"key":"k","description":"thanks)",  // A text whose line end isn't escaped.
           R"({"key":"k","legs":[)",               // An object of several lines.
           "{",
           R"({"key":"k"} {"key":"l")",
           R"("key":"k"})",
       }) {
    ASSERT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    write_input("{\"key\":\"ok\"}\n" + std::string(broken) + hidden);
    close_input();
    RowSource rows = source();
    EXPECT_TRUE(outcomes(rows).starts_with("1:+ line 2: ")) << broken;
  }
}

TEST_F(RowSourceTest, ALineOfJsonWithAWrongValueIsBadAndTheRestGoesOn) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  write_input("{\"key\":\"k\"}\n[1]\n\"text\"\n{\"key\":\"\xff\"}\n{\"metadata\":" + deep +
              "}\n{\"key\":\"l\"}\n");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "1:+ 2:- 3:- 4:- 5:- 6:+ ");
}

// What is JSON to the one and not to the other stops a file, or tears a connection's line apart.
TEST(JsonOfTheCommandLine, IsWhatIsJsonToTheDaemon) {
  const std::string deep = std::string(20, '[') + std::string(20, ']');
  for (const std::string& value : std::vector<std::string>{"1",
                                                           "-0",
                                                           "1E+2",
                                                           "1.50",
                                                           "1e400",
                                                           "1e-400",
                                                           "1e2147483648",
                                                           "1e99999999999",
                                                           "-1e99999999999",
                                                           "99999999999999999999",
                                                           "18446744073709551616",
                                                           std::string(5'000, '7'),
                                                           "01",
                                                           "1.",
                                                           ".5",
                                                           "+1",
                                                           "1e",
                                                           "0x1",
                                                           "NaN",
                                                           "Infinity",
                                                           "-",
                                                           "1_000",
                                                           deep,
                                                           "[1,]",
                                                           "[,]",
                                                           R"({"a":1,"a":2})",
                                                           "{\"a\"}",
                                                           R"("\u0000")",
                                                           R"("\uD800")",
                                                           R"("\uD83D\uDE00")",
                                                           R"("\uDE00\uD83D")",
                                                           R"("\x41")",
                                                           "\"\xFF\"",
                                                           "\"\xED\xA0\x80\"",
                                                           "\"\xC0\x80\"",
                                                           "\"a\tb\"",
                                                           R"("a\tb")",
                                                           "'a'",
                                                           "true",
                                                           "True",
                                                           "null",
                                                           "nul",
                                                           ""}) {
    for (const char* name : {"amount", "metadata"}) {
      const std::string line = R"({"key":"k",")" + std::string(name) + "\":" + value + "}";
      std::string padded = line;
      padded.append(protocol::LineFramer::kPaddingBytes, ' ');
      protocol::Parser parser;
      const bool daemon = parser.parse(std::string_view(padded).substr(0, line.size())).has_value();
      EXPECT_EQ(request_of_json(line).has_value(), daemon) << line.substr(0, 100);
    }
  }
}

TEST_F(RowSourceTest, ANumberOfAnySizeStopsNoFile) {
  write_input(
      "{\"metadata\":{\"n\":1e99999999999}}\n{\"amount\":-1e99999999999}\n{\"key\":\"l\"}\n");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "1:+ 2:+ 3:+ ");
}

// Half an amount must not pass for a whole one.
TEST_F(RowSourceTest, ACsvThatWasCutOffEndsBeforeItsLastRow) {
  const std::string whole = "key,from,to,currency,amount\nk1,a,b,EUR,1.00\nk2,a,b,EUR,12.50\n";
  const std::size_t last = whole.rfind("k2");
  for (std::size_t cut = last + 1; cut < whole.size(); ++cut) {
    ASSERT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    write_input(whole.substr(0, cut));
    close_input();
    RowSource rows = source();
    EXPECT_TRUE(outcomes(rows).starts_with("2:+ line 3: ")) << cut;
  }
}

TEST_F(RowSourceTest, JsonTellsItsEndWithoutALineEnd) {
  write_input("{\"key\":\"k\"}\n{\"key\":\"l\"}");
  close_input();
  RowSource rows = source();
  EXPECT_EQ(outcomes(rows), "1:+ 2:+ ");
}

TEST_F(RowSourceTest, ARowKeepsItsTextToTheByte) {
  const std::string header = "key,from,to,amount,currency,description\r\n";
  const std::string good = "k1,a, b ,1,EUR,\"two\r\nlines \"\"q\"\"\"\r\n";
  const std::string bad = "k2,\"a\",b,none,EUR,\n";
  write_input("\xef\xbb\xbf" + header + "\n" + good + bad);
  close_input();
  RowSource rows = source();
  const auto first = rows.next(true);
  ASSERT_TRUE(first && std::holds_alternative<Row>(*first));
  EXPECT_EQ(std::get<Row>(*first).text, good);
  const auto second = rows.next(true);
  ASSERT_TRUE(second && std::holds_alternative<BadRow>(*second));
  EXPECT_EQ(std::get<BadRow>(*second).text, bad);
  EXPECT_EQ(rows.header(), header);
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
  EXPECT_TRUE(outcomes(rows).starts_with("line 1: "));
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
  EXPECT_EQ(std::get<Row>(*row).request.params, R"({"key":"k"})");
  EXPECT_TRUE(nothing_for_now());
}

}  // namespace
}  // namespace giro::cli
