// Requests of many members: what is taken on of them, and what is refused and how it is named.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kPayment =
    R"({"key":"p","from":"world","to":"ada","amount":5,"currency":"EUR"})";

std::string member(std::string_view method, std::string_view params) {
  return R"({"method":")" + std::string(method) + R"(","params":)" + std::string(params) + "}";
}

class Batches : public testing::Test {
 protected:
  // The refusal of the request; "" where it was taken on.
  std::string submit(const std::string& method, const std::string& params) {
    client.send(request(1, method, params) + "\n");
    const auto lines = client.take_lines();
    return lines.empty() ? "" : lines.front();
  }
  std::string submit_group(const std::string& members, const std::string& more = "") {
    return submit("payments.submit_group", R"({"members":[)" + members + "]" + more + "}");
  }
  [[nodiscard]] const CommandBatch& taken() const {
    return *std::get<std::unique_ptr<CommandBatch>>(room.backend.items.back().work);
  }
  static auto refused(const std::string& code, const std::string& field) {
    return AllOf(HasSubstr(R"("code":")" + code + '"'), HasSubstr(R"("field":")" + field + '"'));
  }

  Room room;
  ByteClient client{room};
};

TEST_F(Batches, TakeMembersOfEveryMethodThatChangesTheLedger) {
  EXPECT_EQ(submit_group(member("payments.submit", kPayment) + "," +
                         member("accounts.open", R"({"id":"bob","currency":"EUR"})") + "," +
                         member("payments.void", R"({"key":"v","hold":"h"})") + "," +
                         member("accounts.close", R"({"key":"c","id":"bob"})")),
            "");
  EXPECT_THAT(taken().commands, SizeIs(4));
  EXPECT_TRUE(taken().all_or_none);
  EXPECT_FALSE(taken().dry_run);
  EXPECT_EQ(submit_group(member("payments.submit", kPayment), R"(,"dry_run":true)"), "");
  EXPECT_TRUE(taken().dry_run);
}

TEST_F(Batches, NameTheMemberThatIsWrongAndDecideNothing) {
  const std::string good = member("payments.submit", kPayment) + ",";
  EXPECT_THAT(submit_group(good + member("payments.void", R"({"key":"v"})")),
              refused("malformed", "members[1].hold"));
  EXPECT_THAT(
      submit_group(good + member("payments.submit", R"({"key":"q","from":"a","to":"b","amount":0,)"
                                                    R"("currency":"EUR"})")),
      refused("invalid_amount", "members[1].amount"));
  EXPECT_THAT(submit_group(good + member("payments.submit", kPayment)),
              refused("invalid_key", "members[1].key"));
  EXPECT_THAT(submit_group(good + member("payments.get", R"({"key":"p"})")),
              refused("invalid_method", "members[1].method"));
  EXPECT_THAT(submit_group(good + member("payments.submit_group", R"({"members":[]})")),
              refused("invalid_method", "members[1].method"));
  EXPECT_THAT(
      submit_group(good + member("payments.void", R"({"key":"v","hold":"h","dry_run":true})")),
      refused("invalid_dry_run", "members[1].dry_run"));
  EXPECT_THAT(
      submit_group(good + member("payments.void", R"({"key":"v","hold":"h","ack":"received"})")),
      refused("invalid_ack", "members[1].ack"));
  EXPECT_THAT(submit_group(""), refused("invalid_members", "members"));
  EXPECT_THAT(room.backend.items, IsEmpty());
}

TEST_F(Batches, HoldAThousandMembersAtMost) {
  std::string members;
  for (int i = 0; i <= 1'000; ++i) {
    members +=
        member("payments.void", R"({"key":"v)" + std::to_string(i) + R"(","hold":"h"})") + ",";
  }
  members.pop_back();
  EXPECT_THAT(submit_group(members), refused("too_large", "members"));
  EXPECT_THAT(room.backend.items, IsEmpty());
}

TEST_F(Batches, AskOfEachMemberWhetherItIsAllowed) {
  ByteClient somebody(room, 1'000);
  somebody.send(request(1, "payments.submit_group",
                        R"({"members":[)" +
                            member("accounts.open", R"({"id":"b","currency":"EUR"})") + "]}") +
                "\n");
  EXPECT_THAT(somebody.take_lines().front(), HasSubstr("unauthorized"));
  EXPECT_THAT(room.backend.items, IsEmpty());
}

TEST_F(Batches, OfPaymentsDecidedEachByItselfTakeOtherMethodsToo) {
  EXPECT_EQ(
      submit("payments.submit_many", R"({"payments":[)" + std::string(kPayment) + "," +
                                         member("payments.void", R"({"key":"v","hold":"h"})") +
                                         "," + member("payments.void", R"({"key":"w"})") + "]}"),
      "");
  EXPECT_THAT(taken().commands, SizeIs(2));
  EXPECT_FALSE(taken().all_or_none);
}

}  // namespace
}  // namespace giro::test
