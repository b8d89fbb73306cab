#include "protocol/standard_descriptors.hpp"

#include <cerrno>
#include <cstdlib>
#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace giro {

void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest number that is free is this one.
    if (::open("/dev/null", O_RDONLY) != descriptor) std::abort();  // Nothing is safe to write.
  }
}

}  // namespace giro
