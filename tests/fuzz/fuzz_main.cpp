// A target as a program of libFuzzer, which has its main(). GIRO_FUZZ_TARGET: its function.
#include <cstdint>

#include "tests/fuzz/targets/targets.hpp"

// libFuzzer's name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  giro::fuzz::GIRO_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
