// giro cluster status | verify | members | leave | join: how they are taken in.
//
// The first two ask a daemon; the others talk to etcd themselves, through the socket of this machine's member, and only
// a giro that was built with what a cluster needs has them in full.
// Thread: the main one.
#pragma once

#include "cli/command.hpp"

namespace giro::cli {

inline constexpr const char* kEtcdSocket = "/run/giro-etcd/client.sock";

struct MembersOptions {
  std::string etcd = kEtcdSocket;
};

struct LeaveOptions {
  std::string node;
  std::string etcd = kEtcdSocket;
  bool force = false;
};

struct JoinOptions {
  std::string source;
  std::string data;
  std::string node;
  std::string etcd = kEtcdSocket;
  bool anew = false;
};

[[nodiscard]] Result<ExitCode> run_members(Session& session, const MembersOptions& options);
[[nodiscard]] Result<ExitCode> run_leave(Session& session, const LeaveOptions& options);
[[nodiscard]] Result<ExitCode> run_join(Session& session, const JoinOptions& options);

}  // namespace giro::cli
