// The tests are tested: the simulation must find each defect of mutants.toml, and none where none is switched on.
// A defect that lives on is a hole in the simulation.
#include <array>
#include <cstdlib>
#include <exception>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mutants/is_mutant.hpp"
#include "tests/simulation/world.hpp"

namespace giro::test {
namespace {

struct Mutant {
  const char* name;
  const char* what;
};
constexpr std::array kMutants{
#include "mutants.inc"
};

constexpr std::uint64_t kSeedsMax = 200;  // The shyest of them needs some tens.

// Whether any of the seeds ends otherwise than it must.
bool is_found(std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    try {
      if (!World(seed).run().wrong.empty()) return true;
    } catch (const std::exception&) {
      return true;  // A ledger that doesn't open, or a group that breaks what always holds.
    }
  }
  return false;
}

class Mutants : public testing::TestWithParam<Mutant> {};

// In a process of its own: some of them crash it.
TEST_P(Mutants, AreFoundBySimulation) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    the_mutant = GetParam().name;
    ::_exit(is_found(kSeedsMax) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_NE(status, 0) << "nothing noticed that " << GetParam().what;
}

std::string name_of(const testing::TestParamInfo<Mutant>& mutant) {
  return mutant.param.name;
}

INSTANTIATE_TEST_SUITE_P(That, Mutants, testing::ValuesIn(kMutants), name_of);

TEST(WithoutAMutant, TheSimulationFindsNothing) {
  EXPECT_FALSE(is_found(40));
}

}  // namespace
}  // namespace giro::test
