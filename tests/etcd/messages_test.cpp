// Requests and answers as bytes, frames around them, and statuses. What etcd itself makes of them: etcd_test.cpp.
#include "queue/etcd/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/etcd/failure.hpp"
#include "queue/etcd/message_framer.hpp"
#include "queue/etcd/protobuf.hpp"

namespace giro::etcd {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

template <class One>
std::optional<One> read(const std::string& bytes) {
  constexpr std::size_t kIndex = [] {
    return []<std::size_t... kIndexes>(std::index_sequence<kIndexes...>) {
      return ((std::is_same_v<One, std::variant_alternative_t<kIndexes, Answer>> ? kIndexes : 0) +
              ...);
    }(std::make_index_sequence<std::variant_size_v<Answer>>());
  }();
  auto answer = read_answer(kIndex, bytes);
  if (!answer) return std::nullopt;
  return std::get<One>(*std::move(answer));
}

template <class Write>
std::string written(const Write& write) {
  std::string bytes;
  ProtoWriter out(bytes);
  write(out);
  return bytes;
}

std::string key_values(std::size_t count) {
  return written([count](auto& out) {
    for (std::size_t i = 0; i < count; ++i) out.message(2, [](auto& one) { one.bytes(1, "k"); });
  });
}

TEST(Requests, AreTheBytesThatEtcdReads) {
  const auto bytes = [](const Request& request) {
    std::string text;
    append(text, request);
    return text;
  };
  EXPECT_EQ(bytes(RangeRequest{
                .key = "a", .range_end = "b", .limit = 8, .serializable = true, .keys_only = true}),
            "\x0a\x01"
            "a\x12\x01"
            "b\x18\x08\x38\x01\x40\x01"s);
  EXPECT_EQ(bytes(TxnRequest{
                .compares = {{.key = "a", .target = Compare::Target::modified, .number = 5},
                             {.key = "b",
                              .target = Compare::Target::value,
                              .relation = Compare::Relation::not_equal,
                              .value = "x"}},
                .success = {PutRequest{"k", "v"}, DeleteRangeRequest{"k"}},
                .failure = {RangeRequest{"k"}},
            }),
            "\x0a\x07\x10\x02\x1a\x01"
            "a\x30\x05"
            "\x0a\x0a\x08\x03\x10\x03\x1a\x01"
            "b\x3a\x01x"
            "\x12\x08\x12\x06\x0a\x01k\x12\x01v"
            "\x12\x05\x1a\x03\x0a\x01k"
            "\x1a\x05\x0a\x03\x0a\x01k"s);
  EXPECT_EQ(bytes(CompactRequest{.revision = 300, .physical = true}), "\x08\xac\x02\x10\x01"s);
  EXPECT_EQ(bytes(StatusRequest{}), "");
}

TEST(Answers, OfATransactionHaveTheirResultsInOrder) {
  const auto answer = read<TxnAnswer>(written([](auto& out) {
    out.message(1, [](auto& header) { header.number(3, 17); });
    out.number(2, true);
    out.message(3,
                [](auto& one) { one.message(2, [](auto& put) { put.message(1, [](auto&) {}); }); });
    out.message(3, [](auto& one) {
      one.message(1, [](auto& range) {
        range.message(2, [](auto& value) {
          value.bytes(1, "k");
          value.number(2, 3);
          value.number(3, 4);
          value.number(4, 2);
          value.bytes(5, "v");
        });
        range.number(3, true);
        range.number(4, 9);
      });
    });
    out.message(3, [](auto& one) { one.message(3, [](auto& gone) { gone.number(2, 6); }); });
  }));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->revision, 17);
  EXPECT_TRUE(answer->succeeded);
  ASSERT_EQ(answer->results.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<PutAnswer>(answer->results[0]));
  const auto& range = std::get<RangeAnswer>(answer->results[1]);
  EXPECT_THAT(
      range.key_values,
      ElementsAre(KeyValue{.key = "k", .value = "v", .created = 3, .modified = 4, .version = 2}));
  EXPECT_TRUE(range.more);
  EXPECT_EQ(range.count, 9);
  EXPECT_EQ(std::get<DeleteRangeAnswer>(answer->results[2]).deleted, 6);
}

TEST(Answers, AreRefusedBeyondTheLimits) {
  EXPECT_TRUE(read<RangeAnswer>(key_values(kKeyValuesMax)));
  EXPECT_FALSE(read<RangeAnswer>(key_values(kKeyValuesMax + 1)));
  const auto range_of_half = [](auto& one) {
    one.message(1, [](auto& range) {
      for (std::size_t i = 0; i <= kKeyValuesMax / 2; ++i) range.message(2, [](auto&) {});
    });
  };
  EXPECT_TRUE(read<TxnAnswer>(written([&](auto& out) { out.message(3, range_of_half); })));
  EXPECT_FALSE(read<TxnAnswer>(written([&](auto& out) {
    out.message(3, range_of_half);
    out.message(3, range_of_half);
  }))) << "the limit is one for all of them";
  const std::string key(kKeyBytesMax + 1, 'k');
  EXPECT_FALSE(read<RangeAnswer>(
      written([&](auto& out) { out.message(2, [&](auto& one) { one.bytes(1, key); }); })));
  EXPECT_FALSE(read<TxnAnswer>(written([](auto& out) {
    for (std::size_t i = 0; i <= kResultsMax; ++i)
      out.message(3, [](auto& one) { one.message(2, [](auto&) {}); });
  })));
}

TEST(Answers, AreRefusedWithATransactionWithinOne) {
  EXPECT_FALSE(read<TxnAnswer>(
      written([](auto& out) { out.message(3, [](auto& one) { one.message(4, [](auto&) {}); }); })));
}

TEST(Answers, OfAWatchCountTheEventsAndReadNoneOfThem) {
  const auto answer = read_watch_answer(written([](auto& out) {
    out.message(1, [](auto& header) { header.number(3, 17); });
    out.message(11, [](auto& event) { event.bytes(2, "\xff"); });
    out.message(11, [](auto&) {});
  }));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->revision, 17);
  EXPECT_EQ(answer->events, 2U);
}

TEST(Prefixes, EndBehindAllKeysThatBeginWithThem) {
  EXPECT_EQ(end_of_prefix("/giro/log/a/"), "/giro/log/a0");
  EXPECT_EQ(end_of_prefix("a\xff\xff"), "b");
}

TEST(Framer, GivesTheSameMessagesHoweverTheBytesAreCut) {
  const std::string bytes = "\0\0\0\0\x03one"s + "\0\0\0\0\0"s + "\0\0\0\0\x05three"s;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    MessageFramer framer(5);
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      std::string_view piece = std::string_view(bytes).substr(at, size);
      while (auto message = framer.take(piece)) messages.push_back(*message);
      EXPECT_EQ(piece, "");
    }
    EXPECT_THAT(messages, ElementsAre("one", "", "three")) << size;
  }
}

TEST(Framer, RefusesWhatIsTooLargeBeforeItComes) {
  MessageFramer framer(5);
  std::string_view bytes("\0\0\0\0\x06", 5);
  EXPECT_EQ(framer.take(bytes), std::nullopt);
  EXPECT_EQ(framer.damage(), MessageFramer::Damage::too_large);
  EXPECT_EQ(framer.length(), 6U);
}

TEST(Statuses, AreReadAsTheyStandInATrailer) {
  EXPECT_EQ(code_of("14"), Code::unavailable);
  for (const char* text : {"", "17", "-1", "1x", "99999999999999999999"})
    EXPECT_EQ(code_of(text), Code::unknown);
  EXPECT_EQ(message_of("100%25 of d%C3%A9j%c3%a0 vu"), "100% of d\u00e9j\u00e0 vu");
  for (const char* text : {"%", "%2", "%zz", "a%+1"}) EXPECT_EQ(message_of(text), text);
}

TEST(Statuses, OfAMemberThatMayHaveDoneItLeaveItOpen) {
  for (const Code code : {Code::unavailable, Code::deadline_exceeded, Code::unknown, Code::internal,
                          Code::cancelled, Code::resource_exhausted}) {
    EXPECT_EQ(fate_of(code), Fate::unknown) << name_of(code);
  }
  for (const Code code : {Code::invalid_argument, Code::failed_precondition, Code::out_of_range}) {
    EXPECT_EQ(fate_of(code), Fate::refused) << name_of(code);
  }
}

}  // namespace
}  // namespace giro::etcd
