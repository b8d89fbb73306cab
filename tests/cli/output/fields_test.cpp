#include "cli/output/fields.hpp"

#include <gtest/gtest.h>

#include "cli/time/time_options.hpp"
#include "cli/time/zone.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

TEST(Fields, ShowAmountsByScale) {
  const json::object object{{"a", 1250},
                            {"b", -5},
                            {"floor", nullptr},
                            {"available", nullptr},
                            {"sum", "-12345678901234567890123"},
                            {"small", "-7"}};
  EXPECT_EQ(amount_field(object, "a", 2), "12.50");
  EXPECT_EQ(amount_field(object, "a", 0), "1250");
  EXPECT_EQ(amount_field(object, "b", 2), "-0.05");
  EXPECT_EQ(amount_field(object, "floor", 2), "none");
  EXPECT_EQ(amount_field(object, "available", 2), "unlimited");
  EXPECT_EQ(amount_field(object, "sum", 2), "-123456789012345678901.23");
  EXPECT_EQ(amount_field(object, "small", 3), "-0.007");
  EXPECT_EQ(amount_field(object, "missing", 2), "");
}

TEST(Fields, SayWhatIsHeldInEitherDirection) {
  const json::object both{{"held_out", 5000}, {"held_in", 125}};
  EXPECT_EQ(held_text(both, "", 2), "out 50.00, in 1.25");
  EXPECT_EQ(held_text({{"to_held_out", 0}, {"to_held_in", 7}}, "to_", 0), "in 7");
  EXPECT_EQ(held_text({{"held_out", 0}, {"held_in", 0}}, "", 2), "");
  EXPECT_EQ(held_text({}, "", 2), "");
}

TEST(Fields, OfAnotherTypeAreNotThere) {
  const json::object object{{"text", 1}, {"number", "1"}, {"list", 1}, {"scale", 99}};
  EXPECT_EQ(text_field(object, "text"), "");
  EXPECT_EQ(number_field(object, "number"), std::nullopt);
  EXPECT_TRUE(array_field(object, "list").empty());
  EXPECT_TRUE(object_field(object, "list").empty());
  EXPECT_FALSE(true_field(object, "text"));
  EXPECT_EQ(scale_field(object), 18);
}

TEST(Fields, PrettyJsonIsIndented) {
  EXPECT_EQ(pretty(json::parse(R"({"a":[1,{"b":null}],"c":{},"d":"x"})")),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n"
            "  \"d\": \"x\"\n}\n");
}

TEST(Fields, ANumberIsASeqADateADayAndTheRestATime) {
  take_zone("UTC");
  const auto begin = [](const char* text) {
    const auto moment = moment_of(text, TimeMeans::first, "from");
    return moment ? moment->value : json::value(moment.error().code);
  };
  EXPECT_EQ(begin("42"), json::value(42));
  EXPECT_EQ(begin("#2026"), json::value(2026));
  EXPECT_EQ(begin("2026-11-23T09:00:00Z"), json::value("2026-11-23T09:00:00Z"));
  EXPECT_EQ(begin("2026-11-23"), json::value("2026-11-23T00:00:00.000000000Z"));
  EXPECT_EQ(moment_of("2026-11-23", TimeMeans::last, "to")->value,
            json::value("2026-11-23T23:59:59.999999999Z"));
  EXPECT_EQ(begin("soon"), json::value("invalid_from"));
}

TEST(Fields, SumsPast64BitsComeAsText) {
  const json::object sums{{"a", 5}, {"b", "-99999999999999999999"}, {"c", "12x"}};
  EXPECT_TRUE(wide_field(sums, "a") == 5);
  EXPECT_EQ(format_integer(wide_field(sums, "b")), "-99999999999999999999");
  EXPECT_TRUE(wide_field(sums, "c") == 0 && wide_field(sums, "d") == 0);
  EXPECT_EQ(number_of(wide_field(sums, "b")), sums.at("b"));
}

}  // namespace
}  // namespace giro::cli
