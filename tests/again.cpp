// In every test's binary: under a test that failed it prints the one command that runs it again. All of them draw what they
// do from seeds; those of many cases name the case, too, by a SCOPED_TRACE. Thread: GoogleTest's.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

class Again final : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    if (!test.result()->Failed()) return;
    std::cout << "Again: ";
    // What decides, beside the test's name, what it does.
    for (const char* name : {"GIRO_LONG", "GIRO_MINUTES", "GIRO_SEED", "GIRO_SEEDS"}) {
      if (const char* value = std::getenv(name)) std::cout << name << "='" << value << "' ";
    }
    std::cout << std::filesystem::read_symlink("/proc/self/exe").string() << " --gtest_filter='"
              << test.test_suite_name() << '.' << test.name() << "'\n";
  }
};

// Before main(), which GoogleTest has.
[[maybe_unused]] const bool kListens = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Again);  // It is theirs from now on.
  return true;
}();

}  // namespace
}  // namespace giro::test
