#include "cli/table.hpp"

#include <gtest/gtest.h>

#include "cli/progress.hpp"
#include "cli/uuid.hpp"

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

TEST(Table, LetsNoControlCharacterThrough) {
  Table table({{"T"}});
  table.add({"a\x1b[31m\nb"});
  EXPECT_EQ(table.render(false), "T\na [31m b\n");
  Details details;
  details.add("text", {"x\ty"});
  EXPECT_EQ(details.render(false), "text  x y\n");
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
