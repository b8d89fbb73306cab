// Loaded into girod with LD_PRELOAD: its real-time clock is off by GIRO_TEST_CLOCK_OFF seconds.
#include <cstdlib>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The C library names its parameters as only it may.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" int clock_gettime(clockid_t clock, timespec* out) {
  const long result = ::syscall(SYS_clock_gettime, clock, out);
  const char* off = std::getenv("GIRO_TEST_CLOCK_OFF");
  if (clock == CLOCK_REALTIME && off != nullptr) out->tv_sec += std::atol(off);
  return static_cast<int>(result);
}
