#include "daemon/peer.hpp"

#include <algorithm>

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

namespace giro {

std::optional<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;

  Peer peer{.uid = credentials.uid, .groups = std::vector<gid_t>(32)};
  // The kernel says how much room it needs when there is too little.
  auto bytes = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
  int failed = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes);
  if (failed != 0) {
    peer.groups.resize(std::max<std::size_t>(bytes / sizeof(gid_t), 1));
    failed = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes);
  }
  peer.groups.resize(failed == 0 ? bytes / sizeof(gid_t) : 0);
  if (std::ranges::find(peer.groups, credentials.gid) == peer.groups.end()) {
    peer.groups.push_back(credentials.gid);
  }
  peer.groups.shrink_to_fit();
  return peer;
}

Peer peer_named(uid_t uid) {
  Peer peer{.uid = uid, .groups = {}};
  const passwd* user = ::getpwuid(uid);
  if (user == nullptr) return peer;
  int count = 32;
  peer.groups.resize(static_cast<std::size_t>(count));
  // It says how much room it needs when there is too little.
  while (::getgrouplist(user->pw_name, user->pw_gid, peer.groups.data(), &count) < 0) {
    peer.groups.resize(static_cast<std::size_t>(count));
  }
  peer.groups.resize(static_cast<std::size_t>(count));
  return peer;
}

}  // namespace giro
