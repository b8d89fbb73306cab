// Daemons by name, and clusters: `giro context` keeps their sockets in a file of the user's, and which of them is used.
//
// What always holds: a name that was asked for and isn't known is an error, never another daemon: money must not
// go to a ledger that nobody meant. For the same reason a file that others may change isn't believed.
// The file is replaced as a whole; two changes at once come one after the other.
// Threads: any, but for socket_environment(), which reads the environment.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct Contexts {
  std::map<std::string, std::vector<std::string>, std::less<>> sockets;  // By name.
  std::string used;                                                      // Empty: none.
};

// Without the file there are none.
[[nodiscard]] Result<Contexts> read_contexts(const std::string& file);
// Reads, lets `change` do its work unless it fails, and writes.
[[nodiscard]] Result<void> change_contexts(const std::string& file,
                                           const std::function<Result<void>(Contexts&)>& change);
// Wherever they are used from.
[[nodiscard]] std::vector<std::string> absolute_sockets(const std::vector<std::string>& sockets);
// 1 to 64 letters, digits and "-_.", the first no mark.
[[nodiscard]] bool is_context_name(std::string_view name);

// What says which daemon is meant, beside the command line.
struct SocketEnvironment {
  std::string socket = {};         // $GIRO_SOCKET, which may be several.
  std::string context = {};        // $GIRO_CONTEXT
  std::string contexts_file = {};  // Empty: this user has no place for one.
  std::string default_socket = {};
};
[[nodiscard]] SocketEnvironment socket_environment();

// --socket or --context; $GIRO_SOCKET; $GIRO_CONTEXT; the context in use; the default.
[[nodiscard]] Result<ChosenSockets> choose_sockets(const Globals& globals,
                                                   const SocketEnvironment& environment);

}  // namespace giro::cli
