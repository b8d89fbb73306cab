#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/import/bank_text.hpp"
#include "cli/import/draft.hpp"
#include "cli/import/journal_rows.hpp"
#include "cli/import/json_array.hpp"
#include "cli/import/rules.hpp"

namespace giro::cli {
namespace {

std::string decimal_of(std::string_view text, char decimal, char thousands = '\0') {
  return plain_decimal(text, decimal, thousands).value_or("wrong");
}

TEST(BankText, AmountsAreReadWithTheMarksOfTheRulesAndNoOthers) {
  EXPECT_EQ(decimal_of("1234.56", '.'), "1234.56");
  EXPECT_EQ(decimal_of("-1.234.567,80", ',', '.'), "-1234567.80");
  EXPECT_EQ(decimal_of("1234,5", ',', '.'), "1234.5");
  EXPECT_EQ(decimal_of("+7", ','), "7");
  EXPECT_EQ(decimal_of("12,50-", ','), "-12.50");
  EXPECT_EQ(decimal_of("\xe2\x88\x92"
                       "3",
                       '.'),
            "-3");
  EXPECT_EQ(decimal_of("1\xc2\xa0"
                       "234,00",
                       ',', ' '),
            "1234.00");
  EXPECT_EQ(decimal_of("1'234.00", '.', '\''), "1234.00");
  for (const char* wrong : {"", "-", ",5", "5,", "1,2,3", "12.34", "1.23,00", "12.3456,00", "1e3",
                            "--5", "0x10", "EUR 5", "1 2"}) {
    EXPECT_EQ(decimal_of(wrong, ',', '.'), "wrong") << wrong;
  }
}

TEST(BankText, DatesAreReadInTheFormOfTheRulesAndMustExist) {
  EXPECT_EQ(iso_date("05.01.2024", "%d.%m.%Y"), "2024-01-05");
  EXPECT_EQ(iso_date("5.1.24", "%d.%m.%y"), "2024-01-05");
  EXPECT_EQ(iso_date("20240229", "%Y%m%d"), "2024-02-29");
  EXPECT_EQ(iso_date("2024-01-05 23:59:00", "%Y-%m-%d %H:%M:%S"), "2024-01-05");
  for (const char* wrong :
       {"30.02.2024", "5.1.24", "05.01.2024 ", "05.01.20245", "05/01/2024", ""}) {
    EXPECT_EQ(iso_date(wrong, "%d.%m.%Y"), std::nullopt) << wrong;
  }
}

TEST(BankText, BytesBecomeUtf8OrAreTold) {
  EXPECT_EQ(decoded("Gr\xfc\xdf"
                    "e",
                    Encoding::latin1),
            "Grüße");
  EXPECT_EQ(decoded("5 \x80", Encoding::windows1252), "5 €");
  EXPECT_EQ(decoded("Grüße", Encoding::utf8), "Grüße");
  EXPECT_FALSE(decoded("Gr\xfc", Encoding::utf8));
  EXPECT_FALSE(decoded("\x81", Encoding::windows1252));
}

TEST(DerivedKeys, EqualRecordsOfOneFileAreCountedAndTheSameInTheNextRun) {
  DerivedKeys first("k:");
  const std::string one = *first.key_of("5:words,");
  EXPECT_EQ(one.size(), 2 + 24U);
  EXPECT_EQ(*first.key_of("5:words,"), one + ":2");
  EXPECT_NE(*first.key_of("5:other,"), one);
  DerivedKeys second("k:");
  EXPECT_EQ(*second.key_of("5:words,"), one);
}

TEST(DerivedKeys, WordsThatAreSplitElsewhereAreOtherWords) {
  EXPECT_NE(joined_words({"ab", "c"}), joined_words({"a", "bc"}));
  EXPECT_NE(joined_words({"a", ""}), joined_words({"", "a"}));
}

TEST(Draft, TextThatNoPaymentCanHaveIsRefused) {
  Draft draft;
  draft.key = "k";
  draft.legs = {{"a", "b", 5, "EUR"}};
  EXPECT_EQ(request_of(draft)->params,
            R"({"key":"k","from":"a","to":"b","amount":5,"currency":"EUR"})");
  draft.legs.push_back({"c", "d", 7, "USD"});
  EXPECT_EQ(request_of(draft)->params,
            R"({"key":"k","legs":[{"from":"a","to":"b","amount":5,"currency":"EUR"},)"
            R"({"from":"c","to":"d","amount":7,"currency":"USD"}]})");
  draft.description = "a\x01";
  EXPECT_FALSE(request_of(draft));
}

TEST(JournalLegs, PostingsBecomeLegsThatMoveWhatTheySay) {
  const auto legs = legs_of({{"bank", -100, "EUR"},
                             {"food", 30, "EUR"},
                             {"rent", 70, "EUR"},
                             {"x", -2, "USD"},
                             {"y", 2, "USD"}});
  ASSERT_EQ(legs.size(), 3U);
  EXPECT_EQ(legs[0].to, "food");
  EXPECT_EQ(legs[1].amount, 70);
  EXPECT_EQ(legs[2].currency, "USD");
  // An account that pays itself moves nothing.
  EXPECT_TRUE(legs_of({{"bank", -5, "EUR"}, {"bank", 5, "EUR"}}).empty());
}

TEST(JournalNames, WhatAnIdCantHaveIsAnUnderscore) {
  EXPECT_EQ(account_id_of("Ausgaben:Essen & Trinken"), "Ausgaben:Essen___Trinken");
  EXPECT_EQ(account_id_of("Assets:US:BofA"), "Assets:US:BofA");
}

// The numbers `n` of the array's objects: "1 2 end", or "1 failed".
std::string read_array(const std::string& text) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  ByteSource bytes(ends[0]);
  JsonArray array(bytes);
  std::string read;
  for (;;) {
    const auto element = array.next(true);
    if (!element) return read + "failed";
    if (!*element) return read + (array.at_end() ? "end" : "waits");
    read += std::to_string((*element)->as_object().at("n").as_int64()) + " ";
  }
}

TEST(JsonArray, ObjectsComeOneByOneAndAnEndThatIsMissingIsNoEnd) {
  EXPECT_EQ(read_array(R"([{"n":1},{"n":2,"x":"}]\""}])"), "1 2 end");
  EXPECT_EQ(read_array("[ ]"), "end");
  EXPECT_EQ(read_array(R"([{"n":1})"), "1 failed");
  EXPECT_EQ(read_array(R"([{"n":1},{"n":)"), "1 failed");
  EXPECT_EQ(read_array(R"({"n":1})"), "failed");
  EXPECT_EQ(read_array(""), "failed");
}

TEST(Rules, AreReadAndWhatIsWrongIsNamedByItsLine) {
  const auto rules = parse_rules(
      "separator = \"tab\"\nthousands = \"'\"\n[columns]\namount = 3\ndescription = [\"A\", 2]\n"
      "[accounts]\nDE12 = \"assets:bank\"\n",
      "r");
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_EQ(rules->separator, '\t');
  EXPECT_EQ(rules->of(Meaning::description).size(), 2U);
  EXPECT_EQ(rules->account_for("DE12"), "assets:bank");
  EXPECT_EQ(rules->account_for("DE13"), "DE13");
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"x = 1\n", "r line 1: unknown `x`"},
           {"\nheader = 1\n", "r line 2: `header`"},
           {"decimal = \"x\"\n", "r line 1: `decimal`"},
           {"decimal = \",\"\nthousands = \",\"\n", "same mark"},
           {"[columns]\namont = 1\n", "unknown `amont` in [columns]"},
           {"[columns]\namount = 0\n", "by its number from 1"},
           {"[columns]\namount = 1\nin = 2\n", "one column with a sign, or two"},
           {"[columns]\nfrom = 1\n", "one of from and to"},
           {"header = false\n[columns]\namount = \"A\"\n", "only be named by their numbers"},
           {"skip_lines = -1\n", "r line 1: `skip_lines`"},
           {"a = [\n", "parsing array"}}) {
    const auto wrong = parse_rules(text, "r");
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().what.find(what), std::string::npos) << wrong.error().what;
  }
}

}  // namespace
}  // namespace giro::cli
