// Keys and references that look the same: which characters may stand in what identifies.
#include "ledger/identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/refusals.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

std::string problem(std::string_view text) {
  return identity_problem(text).value_or("");
}

std::string message_with_key(const std::string& key) {
  const auto payment = CheckedPayment::check(
      test::payment(eur("ada", "bob", 1), [&key](PaymentRequest& request) { request.key = key; }));
  return payment ? "" : payment.error().message;
}

struct Hidden {
  const char* bytes;
  const char* shown;
};

// One or more of each kind that the eye doesn't see or takes for another.
constexpr Hidden kHidden[] = {
    {"\t", "U+0009"},
    {"\n", "U+000A"},
    {"\x7F", "U+007F"},
    {"\u0085", "U+0085"},
    {"\u00A0", "U+00A0 NO-BREAK SPACE"},
    {"\u1680", "U+1680 OGHAM SPACE MARK"},
    {"\u2003", "U+2003 EM SPACE"},
    {"\u202F", "U+202F NARROW NO-BREAK SPACE"},
    {"\u205F", "U+205F MEDIUM MATHEMATICAL SPACE"},
    {"\u3000", "U+3000 IDEOGRAPHIC SPACE"},
    {"\u2028", "U+2028 LINE SEPARATOR"},
    {"\u2029", "U+2029 PARAGRAPH SEPARATOR"},
    {"\u2800", "U+2800 BRAILLE PATTERN BLANK"},
    {"\u00AD", "U+00AD SOFT HYPHEN"},
    {"\u034F", "U+034F COMBINING GRAPHEME JOINER"},
    {"\u061C", "U+061C ARABIC LETTER MARK"},
    {"\u115F", "U+115F HANGUL CHOSEONG FILLER"},
    {"\u180E", "U+180E MONGOLIAN VOWEL SEPARATOR"},
    {"\u200B", "U+200B ZERO WIDTH SPACE"},
    {"\u200C", "U+200C ZERO WIDTH NON-JOINER"},
    {"\u200D", "U+200D ZERO WIDTH JOINER"},
    {"\u200E", "U+200E LEFT-TO-RIGHT MARK"},
    {"\u200F", "U+200F RIGHT-TO-LEFT MARK"},
    // Written as escapes, they mislead nobody who reads this.
    // NOLINTBEGIN(misc-misleading-bidirectional)
    {"\u202A", "U+202A LEFT-TO-RIGHT EMBEDDING"},
    {"\u202E", "U+202E RIGHT-TO-LEFT OVERRIDE"},
    {"\u2060", "U+2060 WORD JOINER"},
    {"\u2066", "U+2066 LEFT-TO-RIGHT ISOLATE"},
    {"\u2069", "U+2069 POP DIRECTIONAL ISOLATE"},
    // NOLINTEND(misc-misleading-bidirectional)
    {"\u3164", "U+3164 HANGUL FILLER"},
    {"\uFE0F", "U+FE0F VARIATION SELECTOR-16"},
    {"\uFEFF", "U+FEFF ZERO WIDTH NO-BREAK SPACE"},
    {"\uFFA0", "U+FFA0 HALFWIDTH HANGUL FILLER"},
    {"\uFFF9", "U+FFF9 INTERLINEAR ANNOTATION ANCHOR"},
    {"\U0001D173", "U+1D173 MUSICAL SYMBOL BEGIN BEAM"},
    {"\U000E0041", "U+E0041 TAG LATIN CAPITAL LETTER A"},
    {"\U000E0100", "U+E0100 VARIATION SELECTOR-17"},
    {"\uE000", "U+E000"},        // Private use.
    {"\U0010FFFD", "U+10FFFD"},  // Private use.
    {"\u0378", "U+0378"},        // Unassigned.
    {"\uFFFE", "U+FFFE"},        // Never a character.
};

TEST(Identity, HasNothingThatIsNotSeenAndSaysWhichCharacterAndWhere) {
  for (const Hidden& hidden : kHidden) {
    const std::string code = hidden.shown;
    const std::string bytes = hidden.bytes;
    EXPECT_THAT(problem("inv-9" + bytes), HasSubstr("not have " + code + " at byte 5: "));
    EXPECT_THAT(problem("inv" + bytes + "-9"), HasSubstr("not have " + code + " at byte 3: "));
    EXPECT_THAT(problem(bytes + "inv-9"), HasSubstr("not have " + code + " at byte 0: "));
    EXPECT_THAT(problem("\u00E9" + bytes), HasSubstr("not have " + code + " at byte 2: "));
  }
}

TEST(Identity, HasBlanksOnlyInside) {
  EXPECT_EQ(problem("invoice 9"), "");
  EXPECT_EQ(problem("\u00FC ber"), "");
  EXPECT_THAT(problem("inv-9 "), HasSubstr("U+0020 SPACE at byte 5"));
  EXPECT_THAT(problem(" inv-9"), HasSubstr("U+0020 SPACE at byte 0"));
  EXPECT_THAT(problem("caf\u00E9 "), HasSubstr("U+0020 SPACE at byte 5"));
  EXPECT_THAT(problem("   "), HasSubstr("U+0020 SPACE at byte 0"));
}

TEST(Identity, HasOneSpellingForOneLook) {
  EXPECT_EQ(problem("caf\u00E9"), "");
  EXPECT_THAT(problem("cafe\u0301"), HasSubstr("NFC"));
  EXPECT_THAT(problem("\u212A"), HasSubstr("NFC"));              // KELVIN SIGN for K.
  EXPECT_THAT(problem("\u2126"), HasSubstr("NFC"));              // OHM SIGN for Omega.
  EXPECT_THAT(problem("\u1112\u1161\u11AB"), HasSubstr("NFC"));  // Jamo for one syllable.
  EXPECT_EQ(problem("\uD55C"), "");
  EXPECT_THAT(problem("q\u0323\u0307").append(problem("q\u0307\u0323")), HasSubstr("NFC"));
  EXPECT_EQ(problem("q\u0323\u0307"), "");  // No letter of its own: marks in their one order.
}

TEST(Identity, TakesTheWritingOfTheWorld) {
  for (const char* text : {"order/17", "~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}", "stra\u00DFe",
                           "\u0437\u0430\u043A\u0430\u0437", "\u05D7\u05E9\u05D1\u05D5\u05DF",
                           "\u0641\u0627\u062A\u0648\u0631\u0629", "\u8ACB\u6C42\u66F8-9",
                           "\u0E43\u0E1A\u0E41\u0E08\u0E49\u0E07", "\u20AC 5", "\U0001F4B6"}) {
    EXPECT_EQ(problem(text), "") << text;
  }
}

TEST(Identity, IsUtf8) {
  for (const char* text : {"a\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3"}) {
    EXPECT_THAT(problem(text), HasSubstr("UTF-8"));
  }
}

TEST(Identity, IsAskedOfKeysAndReferencesAndNotOfDescriptions) {
  EXPECT_THAT(message_with_key("inv-9\u200B"),
              HasSubstr("key must not have U+200B ZERO WIDTH SPACE at byte 5"));
  EXPECT_THAT(message_with_key("cafe\u0301"),
              HasSubstr("key must be in Unicode's normal form NFC"));
  const auto problem_with = [](auto change) {
    return problem_of(payment(eur("ada", "bob", 1), change));
  };
  EXPECT_EQ(problem_with([](PaymentRequest& r) { r.key = "inv-9 "; }), "invalid key");
  EXPECT_EQ(problem_with([](PaymentRequest& r) { r.reference = "inv-9\u00A0"; }),
            "invalid reference");
  EXPECT_EQ(problem_with([](PaymentRequest& r) { r.reference = "two\nlines"; }),
            "invalid reference");
  EXPECT_EQ(problem_with([](PaymentRequest& r) { r.description = " cafe\u0301\u00A0\n"; }), "");
}

TEST(Identity, OfAnOlderLedgerMayStillBeAskedFor) {
  for (const char* key : {"inv-9 ", "inv-9\u200B", "cafe\u0301", "a\u00A0"}) {
    EXPECT_TRUE(is_payment_key(key)) << key;
  }
}

}  // namespace
}  // namespace giro::test
