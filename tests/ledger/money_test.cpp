#include "ledger/money.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace giro {
namespace {

constexpr Amount kAmountMin = std::numeric_limits<Amount>::min();

TEST(IsoScale, IsTwoForMostCurrencies) {
  for (const char* code : {"AED", "CHF", "EUR", "GBP", "INR", "USD", "ZAR", "ZWG"}) {
    EXPECT_EQ(iso_scale(code), 2) << code;
  }
}

TEST(IsoScale, IsZeroForCurrenciesWithoutASubunit) {
  for (const char* code : {"BIF", "CLP", "ISK", "JPY", "KRW", "PYG", "VND", "XAF", "XOF", "XPF"}) {
    EXPECT_EQ(iso_scale(code), 0) << code;
  }
}

TEST(IsoScale, IsThreeForDinarsAndTheRial) {
  for (const char* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    EXPECT_EQ(iso_scale(code), 3) << code;
  }
}

TEST(IsoScale, IsFourForTheUnitsOfAccountOfChileAndUruguay) {
  EXPECT_EQ(iso_scale("CLF"), 4);
  EXPECT_EQ(iso_scale("UYW"), 4);
}

TEST(IsoScale, IsUnknownForOtherCodes) {
  for (const char* code : {"", "eur", "EU", "EURO", "BTC", "PTS", "XAU", "DEM"}) {
    EXPECT_EQ(iso_scale(code), std::nullopt) << code;
  }
}

TEST(IsoScale, FindsEveryCodeOfItsLists) {
  // The lists are searched by halves: a gap or a wrong order would hide codes.
  int known = 0;
  for (std::string code = "AAA"; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z'; ++code[2]) known += iso_scale(code).has_value() ? 1 : 0;
    }
  }
  EXPECT_EQ(known, 17 + 7 + 2 + 139);
}

TEST(CurrencyCode, HasTwoToTwelveLettersAndDigits) {
  EXPECT_FALSE(is_currency_code(""));
  EXPECT_FALSE(is_currency_code("E"));
  EXPECT_TRUE(is_currency_code("E2"));
  EXPECT_TRUE(is_currency_code("EUR"));
  EXPECT_TRUE(is_currency_code("POINTS2026AB"));
  EXPECT_FALSE(is_currency_code("POINTS2026ABC"));
}

TEST(CurrencyCode, StartsWithALetter) {
  EXPECT_FALSE(is_currency_code("1INCH"));
}

TEST(CurrencyCode, HasNothingButCapitalsAndDigits) {
  for (const char* code : {"eur", "EUr", "EU R", "EU-R", "EU.R", "\xC3\x89UR"}) {
    EXPECT_FALSE(is_currency_code(code)) << code;
  }
}

TEST(CheckedAdd, IsExactToBothEndsOfTheRange) {
  EXPECT_EQ(checked_add(kAmountMax - 1, 1), kAmountMax);
  EXPECT_EQ(checked_add(kAmountMin + 1, -1), kAmountMin);
  EXPECT_EQ(checked_add(kAmountMin, kAmountMax), -1);
}

TEST(CheckedAdd, IsNothingPastTheEndsOfTheRange) {
  EXPECT_EQ(checked_add(kAmountMax, 1), std::nullopt);
  EXPECT_EQ(checked_add(kAmountMin, -1), std::nullopt);
  EXPECT_EQ(checked_add(kAmountMax, kAmountMax), std::nullopt);
}

TEST(FormatDecimal, PutsThePointWhereTheScaleSays) {
  EXPECT_EQ(format_decimal(1250, 2), "12.50");
  EXPECT_EQ(format_decimal(1250, 0), "1250");
  EXPECT_EQ(format_decimal(1250, 3), "1.250");
  EXPECT_EQ(format_decimal(1, 18), "0.000000000000000001");
}

TEST(FormatDecimal, FillsUpWithZeros) {
  EXPECT_EQ(format_decimal(0, 2), "0.00");
  EXPECT_EQ(format_decimal(0, 0), "0");
  EXPECT_EQ(format_decimal(5, 2), "0.05");
  EXPECT_EQ(format_decimal(-5, 2), "-0.05");
}

TEST(FormatDecimal, WritesTheEndsOfTheRange) {
  EXPECT_EQ(format_decimal(kAmountMax, 2), "92233720368547758.07");
  EXPECT_EQ(format_decimal(kAmountMin, 2), "-92233720368547758.08");
  EXPECT_EQ(format_decimal(kAmountMin, 18), "-9.223372036854775808");
}

TEST(ParseDecimal, ReadsFewerDecimalsThanTheScale) {
  EXPECT_EQ(parse_decimal("12", 2), 1200);
  EXPECT_EQ(parse_decimal("12.5", 2), 1250);
  EXPECT_EQ(parse_decimal("12.50", 2), 1250);
  EXPECT_EQ(parse_decimal("-0.05", 2), -5);
  EXPECT_EQ(parse_decimal("007", 0), 7);
}

TEST(ParseDecimal, ReadsTheEndsOfTheRange) {
  EXPECT_EQ(parse_decimal("92233720368547758.07", 2), kAmountMax);
  EXPECT_EQ(parse_decimal("-92233720368547758.08", 2), kAmountMin);
}

TEST(ParseDecimal, RefusesWhatDoesNotFit) {
  for (const char* text : {"92233720368547758.08", "-92233720368547758.09", "92233720368547759",
                           "99999999999999999999999999999999"}) {
    EXPECT_EQ(parse_decimal(text, 2), std::unexpected(DecimalError::out_of_range)) << text;
  }
}

TEST(ParseDecimal, RefusesMoreDecimalsThanTheScaleZerosToo) {
  EXPECT_EQ(parse_decimal("1.000", 2), std::unexpected(DecimalError::too_precise));
  EXPECT_EQ(parse_decimal("12.0", 0), std::unexpected(DecimalError::too_precise));
}

TEST(ParseDecimal, RefusesWhatIsNotAPlainDecimal) {
  for (const char* text :
       {"",    "-",   ".",     "-.",    "1.", ".5", "-.5",   "+1",   "--1", "1e3",
        "1E3", "0x1", "1,000", "1 000", " 1", "1 ", "1.2.3", "1.-2", "nan", "1'000"}) {
    EXPECT_EQ(parse_decimal(text, 2), std::unexpected(DecimalError::malformed)) << text;
  }
}

RC_GTEST_PROP(Decimal, ReadsBackWhatItWrote, (Amount amount)) {
  const int scale = *rc::gen::inRange(0, kScaleMax + 1);
  RC_ASSERT(parse_decimal(format_decimal(amount, scale), scale).value() == amount);
}

RC_GTEST_PROP(Decimal, IsReadTheSameWithItsZerosLeftOut, (std::int32_t amount)) {
  std::string text = format_decimal(amount, 6);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  RC_ASSERT(parse_decimal(text, 6).value() == amount);
}

}  // namespace
}  // namespace giro
