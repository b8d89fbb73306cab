// The cluster's tests are tested: three nodes over the model of their log (tests/cluster/replicator_test.cpp, of which this
// binary has a copy over mutated sources) must end otherwise than they must with each defect of cluster_mutants.toml. Without
// one they end well: the copy's own tests are this binary's, too.
#include <array>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mutants/is_mutant.hpp"

namespace giro::test {
namespace {

struct Mutant {
  const char* name;
  const char* what;
};
constexpr std::array kMutants{
#include "mutants.inc"
};

constexpr const char* kMutantOfProcess = "GIRO_MUTANT";

// In the process that a test starts.
const bool kIsSwitchedOn = [] {
  const char* asked = std::getenv(kMutantOfProcess);
  if (asked != nullptr) the_mutant = asked;
  return asked != nullptr;
}();

class ClusterMutants : public testing::TestWithParam<Mutant> {};

// In a process of its own, which may crash, and whose failures are none of this one's.
TEST_P(ClusterMutants, AreFoundOverTheModelOfTheLog) {
  ASSERT_FALSE(kIsSwitchedOn);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::setenv(kMutantOfProcess, GetParam().name, 1);
    ::execl("/proc/self/exe", "mutant", "--gtest_filter=ThreeNodes.*", "--gtest_fail_fast",
            nullptr);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_NE(status, 0) << "nothing noticed that " << GetParam().what;
}

std::string name_of(const testing::TestParamInfo<Mutant>& mutant) {
  return mutant.param.name;
}

INSTANTIATE_TEST_SUITE_P(That, ClusterMutants, testing::ValuesIn(kMutants), name_of);

}  // namespace
}  // namespace giro::test
