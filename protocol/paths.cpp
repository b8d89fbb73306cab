#include "protocol/paths.hpp"

#include <cstdlib>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro {
namespace {

std::optional<std::string> absolute_path_from(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value != '/') return std::nullopt;
  return value;
}

std::optional<std::string> home_of(uid_t uid) {
  if (auto home = absolute_path_from("HOME")) return home;
  const passwd* user = getpwuid(uid);
  if (user == nullptr || user->pw_dir == nullptr) return std::nullopt;
  return user->pw_dir;
}

bool is_socket(const char* path) {
  struct stat status{};
  return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

// For a user without a home, which only odd service accounts are.
std::string temporary_dir(const Surroundings& here) {
  return "/tmp/giro-" + std::to_string(here.uid);
}

std::string below_home(const Surroundings& here, const std::optional<std::string>& xdg_dir,
                       const char* dir_in_home) {
  if (xdg_dir) return *xdg_dir + "/giro";
  if (here.home) return *here.home + "/" + dir_in_home + "/giro";
  return temporary_dir(here);
}

}  // namespace

Surroundings surroundings() {
  const uid_t uid = geteuid();
  return {.uid = uid,
          .home = home_of(uid),
          .xdg_runtime_dir = absolute_path_from("XDG_RUNTIME_DIR"),
          .xdg_state_home = absolute_path_from("XDG_STATE_HOME"),
          .xdg_config_home = absolute_path_from("XDG_CONFIG_HOME"),
          .system_socket_exists = is_socket(kSystemSocket)};
}

std::string default_socket_path(const Surroundings& here) {
  return here.system_socket_exists ? kSystemSocket : own_socket_path(here);
}

std::string own_socket_path(const Surroundings& here) {
  if (here.uid == 0) return kSystemSocket;
  if (here.xdg_runtime_dir) return *here.xdg_runtime_dir + "/giro/giro.sock";
  return temporary_dir(here) + "/giro.sock";
}

std::string default_data_dir(const Surroundings& here) {
  if (here.uid == 0) return "/var/lib/giro";
  return below_home(here, here.xdg_state_home, ".local/state");
}

std::string default_config_path(const Surroundings& here) {
  if (here.uid == 0) return "/etc/giro/girod.toml";
  return below_home(here, here.xdg_config_home, ".config") + "/girod.toml";
}

}  // namespace giro
