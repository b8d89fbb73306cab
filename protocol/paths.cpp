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

bool is_folder(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::optional<std::string> home_of(uid_t uid) {
  auto home = absolute_path_from("HOME");
  if (!home) {
    const passwd* user = getpwuid(uid);
    if (user != nullptr && user->pw_dir != nullptr) home = user->pw_dir;
  }
  if (home && !is_folder(*home)) return std::nullopt;
  return home;
}

bool is_socket(const char* path) {
  struct stat status{};
  return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

DefaultPath below_home(const Surroundings& here, const std::optional<std::string>& xdg_dir,
                       const char* dir_in_home) {
  if (xdg_dir) return *xdg_dir + "/giro";
  if (here.home) return *here.home + "/" + dir_in_home + "/giro";
  return std::nullopt;
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

DefaultPath default_socket_path(const Surroundings& here) {
  if (here.system_socket_exists) return kSystemSocket;
  return own_socket_path(here);
}

DefaultPath own_socket_path(const Surroundings& here) {
  if (here.uid == 0) return kSystemSocket;
  if (here.xdg_runtime_dir) return *here.xdg_runtime_dir + "/giro/giro.sock";
  // Outside of a login session, as in a cron job.
  const DefaultPath data = default_data_dir(here);
  return data ? DefaultPath(*data + "/giro.sock") : std::nullopt;
}

DefaultPath default_data_dir(const Surroundings& here) {
  if (here.uid == 0) return "/var/lib/giro";
  return below_home(here, here.xdg_state_home, ".local/state");
}

DefaultPath default_config_path(const Surroundings& here) {
  if (here.uid == 0) return "/etc/giro/girod.toml";
  const DefaultPath folder = below_home(here, here.xdg_config_home, ".config");
  return folder ? DefaultPath(*folder + "/girod.toml") : std::nullopt;
}

// A person's own, also root's: not beside the system's ledger.
DefaultPath default_history_path(const Surroundings& here) {
  const DefaultPath folder = below_home(here, here.xdg_state_home, ".local/state");
  return folder ? DefaultPath(*folder + "/history") : std::nullopt;
}

DefaultPath default_contexts_path(const Surroundings& here) {
  const DefaultPath folder = below_home(here, here.xdg_config_home, ".config");
  return folder ? DefaultPath(*folder + "/contexts.toml") : std::nullopt;
}

}  // namespace giro
