// A disk of a member's own, which can be full. Only root may make one; then it is in a mount namespace of this test's, and gone
// with it at the latest. Thread: the one that made it, which also starts who is to see it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace giro::test {

class ClusterDisk {
 public:
  explicit ClusterDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    is_there_ = ::unshare(CLONE_NEWNS) == 0 &&
                ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=4g,mode=700") == 0;
  }
  ~ClusterDisk() {
    if (is_there_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  ClusterDisk(const ClusterDisk&) = delete;
  ClusterDisk& operator=(const ClusterDisk&) = delete;

  [[nodiscard]] bool is_there() const { return is_there_; }
  // No byte more than what is there. False: it grew meanwhile.
  [[nodiscard]] bool fill() const {
    struct statvfs now{};
    if (::statvfs(folder_.c_str(), &now) != 0) return false;
    return resize(std::to_string((now.f_blocks - now.f_bfree) * now.f_frsize));
  }
  [[nodiscard]] bool make_room() const { return resize("4g"); }

 private:
  [[nodiscard]] bool resize(const std::string& size) const {
    return ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()) == 0;
  }

  std::filesystem::path folder_;
  bool is_there_ = false;
};

}  // namespace giro::test
