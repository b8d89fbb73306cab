#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/export/journal_export.hpp"
#include "cli/export/journal_names.hpp"
#include "cli/export/snapshot.hpp"
#include "cli/iso20022/xml_text.hpp"

namespace giro::cli {
namespace {

const std::vector<std::string> kIds{"a",
                                    "ada",
                                    "Ada",
                                    "a::b",
                                    ":a",
                                    "a:",
                                    "::",
                                    "-x",
                                    "0-x",
                                    "0.x",
                                    ".x",
                                    "0",
                                    "x-U",
                                    "X-U",
                                    "x-L",
                                    "assets:bank",
                                    "Assets:bank",
                                    "Assets:Bank",
                                    "Assets",
                                    "Equity:Giro-Id:A",
                                    "Equity:Giro-Id",
                                    "customers:ada/1@x_y.z",
                                    "1:2",
                                    "Assets:0-L",
                                    "Assets:",
                                    "Assets::x",
                                    "0-30",
                                    "0-30.x",
                                    "Equity:Giro:A"};

TEST(JournalNames, NoTwoIdsBecomeOneNameAndEachIsFoundAgain) {
  std::set<std::string> beancount;
  std::set<std::string> ledger;
  for (const std::string& id : kIds) {
    const std::string name = beancount_name(id);
    EXPECT_TRUE(beancount.insert(name).second) << id << " is " << name << " too";
    EXPECT_EQ(id_of_beancount_name(name), id) << name;
    EXPECT_TRUE(ledger.insert(ledger_name(id)).second) << id;
    EXPECT_EQ(id_of_ledger_name(ledger_name(id)), id);
  }
}

TEST(JournalNames, AreWhatBeancountTakes) {
  EXPECT_EQ(beancount_name("customers:ada"), "Equity:Giro-Id:Customers:Ada");
  EXPECT_EQ(beancount_name("Assets:US:BofA"), "Assets:US:BofA");
  EXPECT_EQ(beancount_name("Ada.x"), "Equity:Giro-Id:Ada-2Ex-U");
  for (const std::string& id : kIds) {
    const std::string name = beancount_name(id);
    for (std::size_t at = 0; (at = name.find(':', at)) != std::string::npos;) {
      ASSERT_LT(++at, name.size()) << name;
      EXPECT_TRUE((name[at] >= 'A' && name[at] <= 'Z') || (name[at] >= '0' && name[at] <= '9'))
          << name;
    }
    EXPECT_NE(name.find(':'), std::string::npos);
  }
}

TEST(JournalNames, CommoditiesWithDigitsAreQuoted) {
  EXPECT_EQ(ledger_commodity("EUR"), "EUR");
  EXPECT_EQ(ledger_commodity("PTS2"), "\"PTS2\"");
}

TEST(JournalPrices, AreExactToTenDecimals) {
  EXPECT_EQ(price_of(10000, 2, 11000, 2), "1.1");
  EXPECT_EQ(price_of(300, 2, 100, 2), "0.3333333333");
  EXPECT_EQ(price_of(1, 0, 150'00, 2), "150");
  EXPECT_EQ(price_of(kAmountMax, 18, kAmountMax, 0), "1000000000000000000");
  EXPECT_EQ(price_of(kAmountMax, 0, 1, 18), "");
}

TEST(Movements, AreOfWhatMovedMoneyAlone) {
  const auto count = [](const char* entry) {
    return movements_of(boost::json::parse(entry).as_object()).size();
  };
  EXPECT_EQ(
      count(
          R"({"type":"payment","status":"applied","from":"a","to":"b","amount":5,"currency":"EUR"})"),
      1U);
  EXPECT_EQ(
      count(
          R"({"type":"payment","status":"rejected","from":"a","to":"b","amount":5,"currency":"EUR"})"),
      0U);
  EXPECT_EQ(
      count(R"({"type":"hold","status":"held","from":"a","to":"b","amount":5,"currency":"EUR"})"),
      0U);
  EXPECT_EQ(
      count(R"({"type":"void","status":"voided","from":"a","to":"b","amount":0,"currency":"EUR"})"),
      0U);
  EXPECT_EQ(
      count(
          R"({"type":"reversal","status":"reversed","legs":[{"from":"a","to":"b","amount":5,"currency":"EUR"},)"
          R"({"from":"c","to":"d","amount":6,"currency":"USD"}]})"),
      2U);
}

TEST(XmlText, IsTextWhateverItSays) {
  EXPECT_EQ(xml_element("A", "<b> & \"c\"\x01"), "<A>&lt;b&gt; &amp; \"c\" </A>");
  EXPECT_EQ(pieces_of("äöü!", 2), (std::vector<std::string>{"äö", "ü!"}));
  EXPECT_TRUE(pieces_of("", 2).empty());
}

TEST(Iban, IsTakenForOneOnlyWithItsCheckDigits) {
  EXPECT_TRUE(is_iban("AT611904300234573201"));
  EXPECT_TRUE(is_iban("GB82WEST12345698765432"));
  EXPECT_FALSE(is_iban("AT621904300234573201"));
  EXPECT_FALSE(is_iban("at611904300234573201"));
  EXPECT_FALSE(is_iban("AT61"));
  EXPECT_FALSE(is_iban("customers:ada:of:wien"));
}

}  // namespace
}  // namespace giro::cli
