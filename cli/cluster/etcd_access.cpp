#include "cli/cluster/etcd_access.hpp"

#include <fmt/format.h>

namespace giro::cli {
namespace {

// A member that is away, or busy, never speaks anything else: somebody else listens there.
bool is_of_another(const etcd::Failure& failure) {
  return failure.message.contains("isn't HTTP/2");
}

}  // namespace

Result<void> is_path(const std::string& socket) {
  if (!socket.contains("://")) return {};
  return usage_failure(fmt::format("--etcd takes the path of a socket, and `{}` is a URL", socket),
                       "Name the socket alone, as `etcd` in [cluster] of girod.toml does: giro, "
                       "like girod, talks to "
                       "this machine's member by its Unix socket.");
}

std::unexpected<Failure> no_etcd(const std::string& socket, const etcd::Failure& failure) {
  if (is_of_another(failure)) {
    return std::unexpected(
        Failure{.exit = ExitCode::usage,
                .what = fmt::format("who answers at {} is no etcd", socket),
                .money = kNothingChanged,
                .advice = "Name the socket of this machine's member of etcd with --etcd, the one "
                          "that `etcd` in [cluster] of girod.toml names; girod's own socket is no "
                          "etcd's.",
                .code = "not_etcd"});
  }
  return std::unexpected(
      Failure{.exit = ExitCode::no_daemon,
              .what = fmt::format("etcd can't be reached through {}, or has no quorum: {}", socket,
                                  failure.message),
              .money = kNothingChanged,
              .advice = "See to this machine's member (systemctl status giro-etcd), run this as "
                        "root or girod's user, or name another socket with --etcd.",
              .code = "no_etcd"});
}

Result<etcd::TxnAnswer> change(etcd::Client& client, const std::string& socket,
                               etcd::TxnRequest request) {
  auto answer = client.call(std::move(request), kEtcdPatience);
  if (answer) return std::move(*answer);
  auto failed = no_etcd(socket, answer.error());
  if (answer.error().fate == etcd::Fate::unknown) {
    failed.error().money =
        "Whether the log was told of it isn't known: `giro cluster status` shows it once etcd is "
        "back. No money moved.";
  }
  return failed;
}

}  // namespace giro::cli
