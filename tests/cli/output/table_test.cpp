#include "cli/output/table.hpp"

#include <gtest/gtest.h>

#include "cli/commands/uuid.hpp"
#include "cli/output/progress.hpp"

namespace giro::cli {
namespace {

TEST(Table, AlignsColumns) {
  Table table({{"ACCOUNT"}, {"BALANCE", Align::right}, {"CURRENCY"}});
  table.add({"a", "1.00", "EUR"});
  table.add({"customers:ada", "-12345.50", "EUR"});
  EXPECT_EQ(table.render(false),
            "ACCOUNT          BALANCE  CURRENCY\n"
            "a                   1.00  EUR\n"
            "customers:ada  -12345.50  EUR\n");
}

TEST(Table, ShowsItsHeaderOnceAndKeepsItsWidths) {
  Table table({{"A"}, {"B"}});
  table.add({"long one", "x"});
  (void)table.render(false);
  table.add({"y", "z"});
  EXPECT_EQ(table.render(false), "y         z\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({{"NAME"}, {"N"}});
  table.add({"Bärbel", "1"});
  table.add({"Anna", "2"});
  EXPECT_EQ(table.render(false), "NAME    N\nBärbel  1\nAnna    2\n");
}

TEST(Table, ShowsControlCharactersEscapedAndLetsNoneThrough) {
  Table table({{"T"}});
  table.add({"a\x1b[31m\nb"});
  EXPECT_EQ(table.render(false), "T\na\\x1b[31m\\nb\n");
  Details details;
  details.add("text", {"x\ty"});
  EXPECT_EQ(details.render(false), "text  x\\ty\n");
}

TEST(VisibleText, EscapesWhatActsOnATerminalAndNothingElse) {
  EXPECT_EQ(visible("Ada, 漢字, é, 👩‍👩‍👧, ~"),
            "Ada, 漢字, é, 👩‍👩‍👧, ~");
  EXPECT_EQ(visible("\x1b]0;x\x07"), "\\x1b]0;x\\x07");
  EXPECT_EQ(visible("\xc2\x9b"), "\\u{9b}");  // C1: a control sequence's beginning.
  // What turns the text behind it around. NOLINTNEXTLINE(misc-misleading-bidirectional)
  EXPECT_EQ(visible("\xe2\x80\xae"), "\\u{202e}");
  EXPECT_EQ(visible("\xff\xc3"), "\\xff\\xc3");           // No UTF-8.
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // Half of a surrogate pair.
  EXPECT_EQ(visible("a\nb", LineEnds::kept), "a\nb");
  // NOLINTNEXTLINE(misc-misleading-bidirectional)
  EXPECT_EQ(visible_json("\"\xc2\x9b\x7f\xe2\x80\xae\""), "\"\\u009b\\u007f\\u202e\"");
}

TEST(VisibleText, IsAsWideAsATerminalShowsIt) {
  EXPECT_EQ(display_width("漢字"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);  // A combining mark.
  EXPECT_EQ(display_width("😀"), 2U);
  EXPECT_EQ(fitted("漢字漢字", 5), "漢字…");
  EXPECT_EQ(fitted("漢字", 4), "漢字");
  EXPECT_EQ(fitted("e\xcc\x81"
                   "e\xcc\x81"
                   "e\xcc\x81",
                   2),
            "e\xcc\x81…");
  EXPECT_EQ(fitted("abc", 0), "");
}

TEST(Table, AlignsWideCharacters) {
  Table table({{"NAME"}, {"N"}});
  table.add({"漢字", "1"});
  table.add({"e\xcc\x81tude", "2"});
  EXPECT_EQ(table.render(false), "NAME   N\n漢字   1\ne\xcc\x81tude  2\n");
}

Table entries() {
  Table table({{"SEQ", Align::right},
               {"TIME", Align::left, 0, Cut::time},
               {"AMOUNT", Align::right},
               {"ACCOUNTS", Align::left, 0, Cut::last},
               {"KEY", Align::left, 0, Cut::text},
               {"TEXT", Align::left, 0, Cut::first}});
  table.add({"42", "2026-11-23T09:00:00.000000001Z", "123456789.00", "customers:ada -> shop:sales",
             "01935c1e-7b1a-7000-8000-000000000000", "a note of some length"});
  return table;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(Table, IsNoWiderThanTheTerminalAndCutsNoAmount) {
  for (std::size_t width = 40; width <= 250; ++width) {
    Table table = entries();
    const std::string text = table.render({false, width});
    for (const std::string& line : lines_of(text)) {
      // A key isn't broken: it is there to be copied.
      if (line.starts_with("KEY  ")) continue;
      EXPECT_LE(display_width(line), width) << line;
    }
    EXPECT_NE(text.find("123456789.00"), std::string::npos) << width;
    EXPECT_NE(text.find("42"), std::string::npos) << width;
  }
}

TEST(Table, CutsTheLeastImportantFirst) {
  const auto row = [](std::size_t width) {
    return lines_of(entries().render({false, width})).at(1);
  };
  const std::string whole = row(250);
  EXPECT_EQ(row(display_width(whole)), whole);
  const std::string notes = row(display_width(whole) - 3);
  EXPECT_NE(notes.find("a note of some le"), std::string::npos) << notes;
  EXPECT_TRUE(notes.ends_with("…")) << notes;
  const std::string times = row(120);
  EXPECT_NE(times.find(" 2026-11-23T09:00:00Z "), std::string::npos) << times;
  EXPECT_NE(times.find("customers:ada -> shop:sales"), std::string::npos) << times;
  const std::string narrow = row(90);
  EXPECT_NE(narrow.find(" 2026-11-23T09:00 "), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("01935c1e-7b1a…"), std::string::npos) << narrow;
  EXPECT_NE(row(60).find(" 2026-11-23 "), std::string::npos) << row(60);
  EXPECT_TRUE(row(55).ends_with("01935c1…")) << row(55);  // Without the note.
}

TEST(Table, TooNarrowForRowsShowsEachAsAList) {
  const std::string text = entries().render({false, 40});
  EXPECT_EQ(lines_of(text).at(0), "-[ 1 ]-");
  EXPECT_EQ(lines_of(text).at(1), "SEQ       42");
  EXPECT_EQ(entries().render({false, 0, true}).substr(0, 21), "-[ 1 ]-\nSEQ       42\n");
}

TEST(Table, IsCutNowhereButOnATerminal) {
  EXPECT_NE(entries().render(false).find("01935c1e-7b1a-7000-8000-000000000000"),
            std::string::npos);
}

TEST(Details, AreWrappedToTheTerminal) {
  Details details;
  details.add("balances", {"customers:ada 87.50 (held out 50.00), shop:sales 12.50"});
  EXPECT_EQ(details.render({false, 40}),
            "balances  customers:ada 87.50 (held out\n          50.00), shop:sales 12.50\n");
}

TEST(Table, ColoursOnlyWhenAsked) {
  Table table({{"S"}, {"T"}});
  table.add({Cell("no", Style::bad), "t"});
  EXPECT_EQ(table.render(true), "\x1b[1mS\x1b[0m   \x1b[1mT\x1b[0m\n\x1b[31mno\x1b[0m  t\n");
}

TEST(Details, LeavesOutWhatIsEmpty) {
  Details details;
  details.add("a", {"1"});
  details.add("gone", {""});
  details.add("bcd", {"2"});
  EXPECT_EQ(details.render(false), "a    1\nbcd  2\n");
}

TEST(Progress, ShowsAPartOnlyOfAKnownTotal) {
  using std::chrono::milliseconds;
  EXPECT_EQ(progress_line({45'000, 450, 1'000, milliseconds(500)}),
            "[#########-----------]  45%  45,000 rows");
  EXPECT_EQ(progress_line({1'000'000, 450, std::nullopt, milliseconds(10'000)}),
            "1,000,000 rows  100,000/s");
}

TEST(Uuid7, HoldsTimeVersionAndVariant) {
  std::array<std::uint8_t, 10> random{};
  random.fill(0xff);
  EXPECT_EQ(uuid7(0x0123456789ab, random), "01234567-89ab-7fff-bfff-ffffffffffff");
  EXPECT_NE(make_uuid7(), make_uuid7());
}

}  // namespace
}  // namespace giro::cli
