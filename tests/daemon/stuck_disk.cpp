// A library for LD_PRELOAD, under which the disk of a ledger's log fails or hangs on demand: while the
// folder that GIRO_TEST_DISK names has a file `fails`, a sync of a log is an I/O error; while it has a
// file `hangs`, a sync doesn't come back. All else is as ever. Thread: any.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <dlfcn.h>
#include <unistd.h>

namespace {

bool is_log(int descriptor) {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  std::array<char, 4096> target{};
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size > 0 &&
         std::string_view(target.data(), static_cast<std::size_t>(size)).ends_with("ledger.db-wal");
}

bool is_asked_to(const char* what) {
  const char* folder = std::getenv("GIRO_TEST_DISK");
  return folder != nullptr && ::access((std::string(folder) + "/" + what).c_str(), F_OK) == 0;
}

int sync(int descriptor, const char* name) {
  if (is_log(descriptor)) {
    while (is_asked_to("hangs")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (is_asked_to("fails")) {
      errno = EIO;
      return -1;
    }
  }
  using Sync = int (*)(int);
  return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

// The C library names their parameters as only it may.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" int fsync(int descriptor) {
  return sync(descriptor, "fsync");
}
extern "C" int fdatasync(int descriptor) {
  return sync(descriptor, "fdatasync");
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
