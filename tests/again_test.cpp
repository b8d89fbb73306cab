// Under a test that fails stands the command that runs it again, and that fails again.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

constexpr const char* kSeedThatFails = "fails";

TEST(Again, FailsByASeedOfItsOwn) {
  const char* seed = std::getenv("GIRO_SEED");
  if (seed == nullptr || std::string(seed) != kSeedThatFails)
    GTEST_SKIP() << "it is run by the other";
  FAIL() << "as it was told to";
}

// What it says, of a run that must fail.
std::string said_by_failing(const std::string& command) {
  std::FILE* pipe =
      ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): commands are what is tested.
  std::string said;
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) said += piece.data();
  EXPECT_NE(::pclose(pipe), 0) << command;
  return said;
}

TEST(Again, OfATestThatFailedIsPrintedAndFailsInTheSameWay) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string again = std::string("GIRO_SEED='") + kSeedThatFails + "' " + self +
                            " --gtest_filter='Again.FailsByASeedOfItsOwn'";
  const std::string said = said_by_failing(std::string("GIRO_SEED=") + kSeedThatFails + " " + self +
                                           " --gtest_filter='Again.Fails*'");
  EXPECT_NE(said.find("Again: " + again + "\n"), std::string::npos) << said;
  EXPECT_NE(said_by_failing(again).find("Again: " + again + "\n"), std::string::npos);
}

}  // namespace
}  // namespace giro::test
