#include "protocol/server_trust.hpp"

#include <filesystem>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro::client {
namespace {

bool is_trusted(uid_t user) {
  if (user == 0 || user == geteuid()) return true;
  const passwd* giro = getpwnam("giro");
  return giro != nullptr && user == giro->pw_uid;
}

}  // namespace

bool may_be_trusted(const std::string& socket_path, uid_t server) {
  if (is_trusted(server)) return true;
  // Links on the way are followed: what they lead to is what counts.
  std::error_code error;
  std::filesystem::path here = std::filesystem::canonical(socket_path, error);
  if (error) return false;
  for (; here != here.root_path(); here = here.parent_path()) {
    struct stat member{};
    struct stat folder{};
    if (lstat(here.c_str(), &member) != 0) return false;
    if (stat(here.parent_path().c_str(), &folder) != 0) return false;
    if ((folder.st_mode & S_IWOTH) != 0 && !is_trusted(member.st_uid)) return false;
  }
  return true;
}

}  // namespace giro::client
