// Where the socket, the ledger and the configuration are when nobody says otherwise. The daemon and
// its clients both ask here, so that they meet.
//
// What always holds: none of them is in a folder that everybody may write to. A user without a home
// and without the XDG directories has no defaults, and must name what they want.
//
// Each rule is a pure function of the Surroundings; surroundings() reads the process's own ones.
// Threads: surroundings() reads the environment, so call it before other threads start.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace giro {

inline constexpr const char* kSystemSocket = "/run/giro/giro.sock";

struct Surroundings {
  uid_t uid = 0;
  // Set only to absolute paths: the XDG rules say to ignore others. The home only if it is there:
  // accounts of services often name one that isn't.
  std::optional<std::string> home;
  std::optional<std::string> xdg_runtime_dir;
  std::optional<std::string> xdg_state_home;
  std::optional<std::string> xdg_config_home;
  bool system_socket_exists = false;
};

[[nodiscard]] Surroundings surroundings();

// Nothing: there is no default.
using DefaultPath = std::optional<std::string>;

// Where a client looks: the system's socket for root or if there is one, else the user's own.
[[nodiscard]] DefaultPath default_socket_path(const Surroundings& here = surroundings());
// Where a daemon listens: the system's socket for root alone, whatever else exists.
[[nodiscard]] DefaultPath own_socket_path(const Surroundings& here = surroundings());
[[nodiscard]] DefaultPath default_data_dir(const Surroundings& here = surroundings());
[[nodiscard]] DefaultPath default_config_path(const Surroundings& here = surroundings());
// What was typed at giro's prompt.
[[nodiscard]] DefaultPath default_history_path(const Surroundings& here = surroundings());
// The names that `giro context` keeps.
[[nodiscard]] DefaultPath default_contexts_path(const Surroundings& here = surroundings());

}  // namespace giro
