// Bytes as a file without a disk, for what reads files by their names or descriptors.
// Thread: that of its owner.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace giro::fuzz {

class BytesAsFile {
 public:
  explicit BytesAsFile(std::string_view bytes) : handle_(::memfd_create("bytes", MFD_CLOEXEC)) {
    const bool written = handle_ >= 0 && ::pwrite(handle_, bytes.data(), bytes.size(), 0) ==
                                             static_cast<ssize_t>(bytes.size());
    if (!written) throw std::system_error(errno, std::generic_category(), "memfd_create");
  }
  ~BytesAsFile() { ::close(handle_); }
  BytesAsFile(const BytesAsFile&) = delete;
  BytesAsFile& operator=(const BytesAsFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(handle_); }
  // One more, from the beginning on; the caller's to close.
  [[nodiscard]] int reopen() const { return ::open(path().c_str(), O_RDONLY | O_CLOEXEC); }

 private:
  int handle_;
};

}  // namespace giro::fuzz
