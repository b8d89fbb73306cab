// Amounts as strings: every amount of the protocol, and nothing else.
#include <fstream>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "session/http/amounts.hpp"

namespace giro::http {
namespace {

namespace json = boost::json;

TEST(Amounts, AreQuotedWhateverIsAroundThem) {
  EXPECT_EQ(with_quoted_amounts(R"({"seq":7,"amount":1250,"floor":-5,"ceiling":null})"),
            R"({"seq":7,"amount":"1250","floor":"-5","ceiling":null})");
  EXPECT_EQ(with_quoted_amounts(R"({"legs":[{"amount":1},{ "amount" : 2 }],"in":3})"),
            R"({"legs":[{"amount":"1"},{ "amount" : "2" }],"in":"3"})");
  EXPECT_EQ(with_quoted_amounts("id:7\nevent:entry\ndata:{\"amount\":5}\n\n"),
            "id:7\nevent:entry\ndata:{\"amount\":\"5\"}\n\n");
}

TEST(Amounts, OfMetadataAreTheClientsOwn) {
  const std::string text =
      R"({"metadata":{"amount":5,"deep":{"balance":[1,"}"]}},"key":"amount","description":"\"amount\":5"})";
  EXPECT_EQ(with_quoted_amounts(text), text);
  EXPECT_EQ(with_quoted_amounts(R"({"metadata":{"amount":5},"amount":6})"),
            R"({"metadata":{"amount":5},"amount":"6"})");
}

TEST(Amounts, AsStringsBecomeNumbersIfTheyAreWholeOnes) {
  EXPECT_EQ(with_bare_amounts(R"({"amount":"9007199254740993","floor":"-1","key":"5"})"),
            R"({"amount":9007199254740993,"floor":-1,"key":"5"})");
  for (const char* text : {R"({"amount":"12.50"})", R"({"amount":""})", R"({"amount":"1e3"})",
                           R"({"amount":"-"})", R"({"amount":7})", R"({"amount":"1\u0030"})"}) {
    EXPECT_EQ(with_bare_amounts(text), text);
  }
}

TEST(Amounts, ThereAndBackIsTheSameText) {
  const std::string text = R"({"amount":5,"legs":[{"amount":7,"metadata":{"in":1}}],"balance":-3})";
  EXPECT_EQ(with_bare_amounts(with_quoted_amounts(text)), text);
}

TEST(Amounts, OfTextThatIsNotJsonAreLeftToItsParser) {
  for (const char* text :
       {R"({"amount)", R"({"amount")", R"({"amount":)", R"({"amount": )", R"({"metadata":{"a")",
        R"({"amount":"1)", R"({"amount":"\)", "}]\"", "\""}) {
    EXPECT_EQ(with_quoted_amounts(text), text);
    EXPECT_EQ(with_bare_amounts(text), text);
  }
}

// Names of fields that have numbers, but for what is within metadata.
void add_names(const json::value& value, std::set<std::string>& names) {
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) add_names(element, names);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (name == "metadata") continue;
      if (member.is_number()) names.insert(name);
      add_names(member, names);
    }
  }
}

TEST(Amounts, OfTheProtocolAreAllKnown) {
  std::set<std::string> others{
      "accounts",   "applied",    "as_of_seq",  "code",         "count",        "decided",
      "depth",      "entries",    "errors",     "failed",       "first_seq",    "from",
      "head_seq",   "hold_seq",   "id",         "index",        "last_seq",     "leg",
      "next",       "occurrence", "opened_seq", "original_seq", "payment_code", "rejected",
      "replayed",   "schedule",   "scale",      "schedule_seq", "seq",          "uid",
      "used_count", "version"};
  // What the daemon says of itself.
  others.insert({"ahead_ms",
                 "array_reply_bytes",
                 "array_requests",
                 "audits",
                 "bytes",
                 "bytes_max",
                 "commits",
                 "connections",
                 "damaged",
                 "decisions",
                 "id_bytes",
                 "items",
                 "items_max",
                 "ledger_bytes",
                 "legs",
                 "line_bytes",
                 "line_seconds",
                 "nesting",
                 "page_bytes",
                 "page_lines",
                 "page_rows",
                 "payments",
                 "pid",
                 "protocol",
                 "questions",
                 "queue_bytes",
                 "queue_items",
                 "recent",
                 "reply_bytes",
                 "runs",
                 "sealed",
                 "subscribers",
                 "unfinished_bytes",
                 "uptime_s",
                 "wal_bytes",
                 "window"});
  std::ifstream page(GIRO_TEST_SOURCE_DIR "/docs/PROTOCOL.md");
  std::set<std::string> names;
  constexpr std::string_view kAnswer = "    <- ";
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(kAnswer)) continue;
    boost::system::error_code error;
    const json::value answer = json::parse(line.substr(kAnswer.size()), error);
    if (!error) add_names(answer, names);
  }
  EXPECT_GT(names.size(), 20U);
  for (const std::string& name : names)
    EXPECT_NE(holds_amount(name), others.contains(name)) << name;
}

}  // namespace
}  // namespace giro::http
