// Real members of etcd, each with a folder and a Unix socket of its own, that talk to each other over loopback.
//
//   if (!find_etcd()) GTEST_SKIP() << kNoEtcd;
//   EtcdCluster etcd(folder.path(), {.members = 3});
//   Client client({.socket = etcd.socket(0)});
//   etcd.kill(etcd.leader());
//
// They have the settings of systemd/giro-etcd.service, and shorter elections: a leader that died is replaced after half
// a second or so. Members end with the thread that started them, at the latest. Thread: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "queue/etcd/client.hpp"
#include "tests/etcd/etcd_links.hpp"

namespace giro::etcd::test {

// $GIRO_ETCD, what `./dev deps cluster` built, or Debian's.
[[nodiscard]] std::optional<std::filesystem::path> find_etcd();
inline constexpr const char* kNoEtcd = "there is no etcd here; `./dev deps cluster` gets it";

struct ClusterOptions {
  std::size_t members = 1;
  std::vector<std::string> arguments =
      {};               // Beside those that each has; the last of one name counts.
  bool linked = false;  // They talk through links(), which a test may cut.
};

class EtcdCluster {
 public:
  // Starts all of them, and waits until each serves. Throws with a log where one doesn't.
  explicit EtcdCluster(std::filesystem::path folder, const ClusterOptions& options = {});
  ~EtcdCluster();  // kill -9.
  EtcdCluster(const EtcdCluster&) = delete;
  EtcdCluster& operator=(const EtcdCluster&) = delete;

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] std::string socket(std::size_t member = 0) const;
  // As a member that serves sees it. Throws where there is none for long.
  [[nodiscard]] std::size_t leader() const;
  [[nodiscard]] std::string log(std::size_t member = 0) const;
  [[nodiscard]] pid_t pid(std::size_t member = 0) const { return members_.at(member); }
  [[nodiscard]] std::filesystem::path data(std::size_t member = 0) const;
  // REQUIRES: linked.
  [[nodiscard]] Links& links() { return *links_; }

  // It needn't serve yet; await() waits for that. `more`: arguments that count instead of those of the same names.
  void start(std::size_t member = 0, const std::vector<std::string>& more = {});
  void kill(std::size_t member = 0);   // Where it stands.
  void stop(std::size_t member = 0);   // SIGTERM, and waits until it has ended.
  void pause(std::size_t member = 0);  // SIGSTOP: its sockets stay, and take what fits.
  void resume(std::size_t member = 0);
  // As an operator replaces one whose data is lost: out, in again, and started without any.
  void replace(std::size_t member);
  [[nodiscard]] bool has_ended(std::size_t member = 0) const;  // By itself, or never started.
  // Until a majority serves, and this member with it. Throws where it doesn't.
  void await(std::size_t member = 0) const;

 private:
  [[nodiscard]] std::filesystem::path folder_of(std::size_t member) const;
  // Where a member listens for the others, and where they look for it.
  [[nodiscard]] std::string own_url(std::size_t member) const;
  [[nodiscard]] std::string peer_url(std::size_t member) const;
  [[nodiscard]] std::vector<std::string> arguments_of(std::size_t member) const;
  void change_members(std::size_t asked, const std::string& how) const;
  void end(std::size_t member, int signal);
  void kill_all();

  const std::filesystem::path folder_;
  const std::vector<std::string> more_arguments_;
  const std::filesystem::path program_;
  const int version_;  // 306 for 3.6.
  const int first_port_;
  std::vector<pid_t> members_;  // -1: it doesn't run.
  std::unique_ptr<Links> links_;
};

}  // namespace giro::etcd::test
