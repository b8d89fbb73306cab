// The nodes of a cluster in the ledger's state: who is known by which number, and since when.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Nodes : public testing::Test {
 protected:
  Nodes() { book.open_with("ada", 1'000); }

  // The number with which an entry says that it was asked there.
  NodeNumber pay_at(std::string_view node) {
    book.ask_at(node);
    return book.pay(eur("ada", "world", 1)).author.node;
  }

  Book book;
};

TEST_F(Nodes, AreNoneWhereNobodyAsksAtOne) {
  EXPECT_EQ(book.pay(eur("ada", "world", 1)).author, (Author{.uid = Book::kUid, .node = 0}));
  EXPECT_THAT(book.state().nodes(), IsEmpty());
  EXPECT_EQ(book.state().node(0), "");
}

TEST_F(Nodes, AreNumberedInTheOrderOfTheirFirstEntries) {
  EXPECT_EQ(pay_at("two"), 1U);
  EXPECT_EQ(pay_at("one"), 2U);
  EXPECT_EQ(pay_at("two"), 1U);
  EXPECT_EQ(pay_at(""), 0U);
  EXPECT_THAT(book.state().nodes(), ElementsAre("two", "one"));
  EXPECT_EQ(book.state().node(2), "one");
}

TEST_F(Nodes, AreKnownByARejectionToo) {
  book.ask_at("one");
  EXPECT_FALSE(book.pay(eur("ada", "nobody", 1)).applied());
  EXPECT_THAT(book.state().nodes(), ElementsAre("one"));
}

TEST_F(Nodes, AreNotKnownByADryRunNorByWhatIsTakenBack) {
  State state;
  state.ask_at("one");
  (void)state.apply(checked(payment(eur("ada", "bob", 1), dry)), {}, Timestamp{1}, 0);
  EXPECT_THAT(state.nodes(), IsEmpty());
  {
    const State::Trial trial(state);
    (void)state.apply(checked(account("ada")), {}, Timestamp{1}, 0);
    EXPECT_THAT(state.nodes(), ElementsAre("one"));
  }
  EXPECT_THAT(state.nodes(), IsEmpty());
  state.ask_at("two");
  EXPECT_EQ(state.apply(checked(account("ada")), {}, Timestamp{2}, 0).author.node, 1U);
  EXPECT_THAT(state.nodes(), ElementsAre("two"));
}

TEST_F(Nodes, OfAHoldAndOfAScheduleAreThoseOfWhatComesOfThem) {
  book.ask_at("one");
  (void)book.hold(eur("ada", "world", 5), [](auto& h) { h.timeout = "1s"; });
  book.ask_at("two");
  (void)book.schedule(eur("ada", "world", 7), "1970-01-01T00:00:10Z");
  book.ask_at("three");
  book.now = Timestamp{20'000'000'000};
  EXPECT_EQ(book.state().node(book.decide_due()->author.node), "one");
  EXPECT_EQ(book.state().node(book.decide_due()->author.node), "two");
  EXPECT_THAT(book.state().nodes(), ElementsAre("one", "two")) << "nobody asked at three";
}

// --- taking over ---

class NodesTakenOver : public Nodes {
 protected:
  NodesTakenOver() {
    pay_at("one");
    pay_at("two");
    pay_at("one");
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(take(copy_of(book.journal()[i]), ""));
  }

  // The entry of node one, then that of two, then one's second.
  [[nodiscard]] Entry entry(std::size_t i) const { return copy_of(book.journal()[3 + i]); }
  std::expected<void, std::string> take(const Entry& entry, std::string_view node) {
    return state.replay(entry, nullptr, node);
  }

  State state;
};

TEST_F(NodesTakenOver, HaveTheNumbersThatTheyWereGiven) {
  EXPECT_TRUE(take(entry(0), "one"));
  EXPECT_TRUE(take(entry(1), "two"));
  EXPECT_TRUE(take(entry(2), "one"));
  EXPECT_EQ(snapshot(state), snapshot(book.state()));
}

TEST_F(NodesTakenOver, OutOfTheirOrderAreWrong) {
  Entry first = entry(0);
  first.author.node = 2;
  EXPECT_THAT(take(first, "one").error(), HasSubstr("another number"));
}

TEST_F(NodesTakenOver, UnderTwoNamesAreWrong) {
  EXPECT_TRUE(take(entry(0), "one"));
  Entry second = entry(1);
  second.author.node = 1;
  EXPECT_THAT(take(second, "two").error(), HasSubstr("another number"));
}

TEST_F(NodesTakenOver, WithoutANameAreWrong) {
  EXPECT_THAT(take(entry(0), "").error(), HasSubstr("another number"));
}

TEST_F(NodesTakenOver, OfAnExpiryMustBeItsHolds) {
  Book other;
  other.open_with("ada", 1'000);
  other.ask_at("one");
  (void)other.hold(eur("ada", "world", 5), [](auto& h) { h.timeout = "1s"; });
  other.now = Timestamp{20'000'000'000};
  Entry expiry = copy_of(*other.decide_due());
  EXPECT_TRUE(take(copy_of(other.journal()[3]), "one"));
  expiry.author.node = 0;
  EXPECT_THAT(take(expiry, "").error(), HasSubstr("another user"));
}

}  // namespace
}  // namespace giro::test
