#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/operator/line_editor.hpp"
#include "cli/operator/line_words.hpp"

namespace giro::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LineWords, AreSplitAndUnquotedAsByAShell) {
  EXPECT_THAT(split_line("  pay  a b\t1 ").words, ElementsAre("pay", "a", "b", "1"));
  EXPECT_THAT(split_line(R"(get "inv 17" 'a\b' x\ y "q\"\\\n" '')").words,
              ElementsAre("get", "inv 17", R"(a\b)", "x y", R"(q"\\n)", ""));
  EXPECT_THAT(split_line("a'b'\"c\"d").words, ElementsAre("abcd"));
  EXPECT_THAT(split_line(" ").words, IsEmpty());
}

TEST(LineWords, AnOpenQuoteIsNoticed) {
  for (const char* open : {"get 'a", "get \"a", "get a\\", "get \"a\\"}) {
    EXPECT_TRUE(split_line(open).open) << open;
  }
  EXPECT_FALSE(split_line(R"(get 'a\')").open);
}

TEST(LineWords, TheLastWordBeginsWhereItWasTyped) {
  EXPECT_EQ(split_line("get \"in").last_begin, 4U);
  EXPECT_EQ(split_line("get ").last_begin, 4U);
  EXPECT_EQ(split_line("get").last_begin, 0U);
}

TEST(LineWords, AQuotedWordIsThatWordAgain) {
  for (const char* word : {"inv 17", "a'b\"c\\d", "plain", "µ"}) {
    EXPECT_THAT(split_line(quoted_word(word)).words, ElementsAre(word));
  }
}

TEST(LineEditor, CandidatesBeginAlikeByWholeCharacters) {
  EXPECT_EQ(common_beginning({{"many:1"}, {"many:2"}}), "many:");
  EXPECT_EQ(common_beginning({{"é"}, {"è"}}), "");
  EXPECT_EQ(common_beginning({{"only"}}), "only");
  EXPECT_EQ(common_beginning({}), "");
}

}  // namespace
}  // namespace giro::cli
