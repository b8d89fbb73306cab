// The daemon's settings: defaults, then the configuration file, then the command line's flags.
//
//   data = "/var/lib/giro"          socket = "/run/giro/giro.sock"
//   socket_mode = "0660"            socket_group = "giro"
//   log_level = "info"
//   [http]    listen, token_file, user
//   [cluster] name, node, etcd
//   [limits]  queue_items, queue_bytes, questions, audits, scrub_hours, scrub_bytes, connections, window,
//             unfinished_bytes, line_seconds, reply_bytes; of bytes also as "64 MiB"
//   [[rule]]  users, groups, methods, debit, max_amount, keys
//
// What always holds: a setting that isn't known is an error that names its line, and so is a value
// of the wrong type: a typing error must not change who may move money. All of a file's errors are told
// at once. Thread: any.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <sys/types.h>

#include "daemon/cluster_config.hpp"
#include "session/authorization.hpp"
#include "session/server_info.hpp"

namespace giro {

// HTTP by TCP.
struct HttpConfig {
  std::optional<boost::asio::ip::tcp::endpoint>
      listen;                        // Of the loopback; nothing: none, but systemd's.
  std::filesystem::path token_file;  // Empty: who comes this way may only read.
  std::optional<uid_t> user;         // As whom they are taken; nothing: the daemon's own.
  friend bool operator==(const HttpConfig&, const HttpConfig&) = default;
};

struct Config {
  std::filesystem::path data;
  std::filesystem::path socket;
  mode_t socket_mode = 0660;
  std::string socket_group;  // Empty: the daemon's own.
  std::string log_level = "info";
  HttpConfig http;
  ClusterConfig cluster;
  Limits limits;
  Rules rules;  // Empty: the default ones.
  // Where a setting comes from, by its name ("limits.window"): a file and its line, or the command line. One that
  // isn't here has its default.
  std::map<std::string, std::string> origins = {};
};

// Reads a file over `config`. Errors: the file, then a line for each problem with
// its place, then what to do.
[[nodiscard]] std::expected<void, std::string> read_config(const std::filesystem::path& file,
                                                           Config& config);
// The names of what a reload from `running` to `wanted` doesn't take over.
[[nodiscard]] std::vector<std::string_view> waiting_for_restart(const Config& running,
                                                                const Config& wanted);
// The effective settings as TOML, for --check-config.
[[nodiscard]] std::string format_config(const Config& config);
// "127.0.0.1:8480", "[::1]:8480".
[[nodiscard]] std::string text_of(const boost::asio::ip::tcp::endpoint& at);
// The same, and behind each setting where it comes from, for --show-config.
[[nodiscard]] std::string explain_config(const Config& config);
// Nothing: no such group.
[[nodiscard]] std::optional<gid_t> find_group(const std::string& name);

}  // namespace giro
