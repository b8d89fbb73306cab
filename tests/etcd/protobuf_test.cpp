// The wire format, by the examples of its own documentation and by damaged bytes.
#include "queue/etcd/protobuf.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace giro::etcd {
namespace {

using namespace std::literals;

TEST(ProtoWriter, WritesWhatTheFormatsDocumentationShows) {
  std::string bytes;
  ProtoWriter out(bytes);
  out.number(1, 150);
  out.bytes(2, "testing");
  out.message(3, [](auto& inner) { inner.number(1, 150); });
  EXPECT_EQ(bytes, "\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01"s);
}

TEST(ProtoWriter, LeavesOutWhatIsZeroOrEmptyButNoMessage) {
  std::string bytes;
  ProtoWriter out(bytes);
  out.number(1, 0);
  out.number(2, false);
  out.bytes(3, "");
  out.message(4, [](auto& /*inner*/) {});
  EXPECT_EQ(bytes, "\x22\x00"s);
}

TEST(ProtoReader, ReadsWhatWasWrittenToAnyDepth) {
  std::string bytes;
  const std::string large(70'000, 'x');
  ProtoWriter(bytes).message(1, [&](auto& inner) {
    inner.message(300, [&](auto& most_inner) {
      most_inner.number(1, std::numeric_limits<std::int64_t>::min());
      most_inner.bytes(2, large);
      most_inner.number(3, std::numeric_limits<std::uint64_t>::max());
    });
  });
  ProtoReader outer(bytes);
  ASSERT_TRUE(outer.next());
  ProtoReader inner = outer.message();
  ASSERT_TRUE(inner.next());
  EXPECT_EQ(inner.field(), 300U);
  ProtoReader most_inner = inner.message();
  ASSERT_TRUE(most_inner.next());
  EXPECT_EQ(most_inner.number(), std::numeric_limits<std::int64_t>::min());
  ASSERT_TRUE(most_inner.next());
  EXPECT_EQ(most_inner.bytes(large.size()), large);
  ASSERT_TRUE(most_inner.next());
  EXPECT_EQ(most_inner.id(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(most_inner.next() || inner.next() || outer.next());
  EXPECT_TRUE(most_inner.ok() && inner.ok() && outer.ok());
}

TEST(ProtoReader, PassesOverFieldsThatNobodyAsksFor) {
  ProtoReader in(
      "\x09"
      "12345678"
      "\x15"
      "1234"
      "\x1a\x02xy"
      "\x20\x07"sv);
  while (in.next() && in.field() != 4) {
  }
  EXPECT_EQ(in.number(), 7);
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.ok());
}

TEST(ProtoReader, EndsAtDamage) {
  for (const std::string_view damaged : {
           "\x08"sv,                                              // No number.
           "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv,      // 65 bits.
           "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv,  // And no end.
           "\x12\x05"
           "four"sv,                                          // Longer than there is.
           "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv,  // Longer than anything.
           "\x09"
           "1234567"sv,
           "\x0b\x0c"sv,                                      // A group.
           "\x00\x00"sv,                                      // Field 0.
           "\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"sv,  // Of a number that there isn't.
       }) {
    ProtoReader in(damaged);
    while (in.next()) {
    }
    EXPECT_FALSE(in.ok()) << testing::PrintToString(damaged);
  }
}

TEST(ProtoReader, RefusesAFieldOfAnotherTypeAndOneThatIsTooLong) {
  ProtoReader number("\x08\x01"sv);
  ASSERT_TRUE(number.next());
  EXPECT_EQ(number.bytes(100), "");
  EXPECT_FALSE(number.ok());
  ProtoReader bytes("\x0a\x01x"sv);
  ASSERT_TRUE(bytes.next());
  EXPECT_EQ(bytes.number(), 0);
  EXPECT_FALSE(bytes.ok());
  ProtoReader too_long("\x0a\x02xy"sv);
  ASSERT_TRUE(too_long.next());
  EXPECT_EQ(too_long.bytes(1), "");
  EXPECT_FALSE(too_long.ok());
  EXPECT_FALSE(too_long.next());
}

}  // namespace
}  // namespace giro::etcd
