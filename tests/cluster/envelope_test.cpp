// A group as it lies in the log: what is sealed is unsealed equal, and nothing else is.
#include "queue/cluster/envelope.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using cluster::Envelope;
using cluster::seal;
using cluster::unseal;

Envelope of_commands(std::string commands) {
  return {.rules = 3,
          .ledger = {1, 2, 3},
          .incarnation = 7,
          .number = 42,
          .now = Timestamp{1'700'000'000'000'000'000},
          .applied = {.index = 99, .digest = {9, 8}},
          .commands = std::move(commands)};
}

TEST(AnEnvelope, IsUnsealedAsItWasSealed) {
  for (const std::size_t size : {0U, 1U, 699U, 700U, 10'000U, 1'000'000U}) {
    const Envelope envelope = of_commands(std::string(size, 'x'));
    EXPECT_EQ(unseal(seal(envelope)), envelope) << size;
  }
}

TEST(AnEnvelope, IsSmallerThanManyCommands) {
  EXPECT_LT(seal(of_commands(std::string(10'000, 'x'))).size(), 500U);
}

TEST(AnEnvelope, ThatIsDamagedAnywhereIsAnError) {
  const std::string sealed = seal(of_commands(std::string(1'000, 'x')));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(unseal(damaged)) << i;
    EXPECT_FALSE(unseal(sealed.substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace giro::test
