// Equal digests prove equal ledgers; whoever differs from most of them stops, and nobody else.
#include "queue/cluster/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using cluster::Agreement;
using cluster::Applied;
using testing::ElementsAre;
using State = Agreement::State;

Applied at(std::uint64_t index, std::uint8_t digest = 0) {
  return {.index = index, .digest = {digest}};
}

class AnAgreement : public testing::Test {
 protected:
  State state() { return agreement.state(now); }

  Agreement agreement{at(0)};
  Agreement::Moment now{std::chrono::hours(1)};
};

TEST_F(AnAgreement, HoldsWhileTheDigestsAreEqual) {
  agreement.note_own(at(5));
  agreement.note("b", at(5));
  EXPECT_EQ(state(), State::agrees);
}

TEST_F(AnAgreement, IsLookedAtOnceThisNodeIsAsFar) {
  agreement.note("b", at(5, 1));
  agreement.note("c", at(6, 1));
  EXPECT_EQ(state(), State::agrees);
  agreement.note_own(at(5));
  agreement.note_own(at(6));
  EXPECT_EQ(state(), State::diverged);
  EXPECT_THAT(agreement.differing(), ElementsAre("b", "c"));
  EXPECT_EQ(agreement.differs_at(), 5U);
}

TEST_F(AnAgreement, OfMostLeavesOneThatDiffersToItself) {
  agreement.note_own(at(5));
  agreement.note("b", at(5, 1));
  agreement.note("c", at(5));
  EXPECT_EQ(state(), State::agrees);
  EXPECT_THAT(agreement.differing(), ElementsAre("b"));
}

TEST_F(AnAgreement, BetweenTwoIsInDoubtAndThenEnds) {
  agreement.note_own(at(5));
  agreement.note("b", at(5, 1));
  EXPECT_EQ(state(), State::doubt);
  now += Agreement::kDoubtMax + std::chrono::seconds(1);
  EXPECT_EQ(state(), State::diverged);
  agreement.note("c", at(5));
  EXPECT_EQ(state(), State::diverged) << "for good";
}

TEST_F(AnAgreement, FromBeforeADifferenceSaysNothing) {
  agreement.note_own(at(4));
  agreement.note("c", at(4));
  agreement.note_own(at(5));
  agreement.note("b", at(5, 1));
  EXPECT_EQ(state(), State::doubt);
  agreement.note("c", at(5));
  EXPECT_EQ(state(), State::agrees);
}

TEST_F(AnAgreement, CantBeToldOfWhatIsForgotten) {
  for (std::uint64_t i = 1; i <= Agreement::kRemembered + 10; ++i) agreement.note_own(at(i));
  agreement.note("b", at(3, 1));
  EXPECT_EQ(state(), State::agrees);
}

}  // namespace
}  // namespace giro::test
