// The daemon under load: a fresh one on a scratch folder, or one that runs already; or the nodes of one ledger, of which the
// first one is asked.
//
// What always holds: a daemon that was started here ends with this process, however that ends, and
// its folder is removed. Thread: the main one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <sys/types.h>

#include "bench/load/failure.hpp"
#include "protocol/client.hpp"

namespace giro::load {

// A new folder below `parent`, gone at the end.
class ScratchFolder {
 public:
  [[nodiscard]] static Result<ScratchFolder> make(const std::filesystem::path& parent);
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

struct FileSizes {
  std::uint64_t ledger_bytes = 0;
  std::uint64_t wal_bytes = 0;
};

class Target {
 public:
  // `program` on a new folder below `scratch`.
  [[nodiscard]] static Result<Target> start(const std::filesystem::path& program,
                                            const std::filesystem::path& scratch);
  // REQUIRES: one socket or more.
  [[nodiscard]] static Result<Target> running(const std::vector<std::string>& sockets);
  Target(Target&& other) noexcept;
  Target& operator=(Target&&) = delete;
  ~Target();

  [[nodiscard]] bool is_own() const { return own_; }
  [[nodiscard]] pid_t process() const { return nodes_.front().process; }
  [[nodiscard]] const std::string& socket() const { return nodes_.front().socket; }
  struct Node {
    std::string socket;
    pid_t process = -1;
  };
  // The one, or each of them.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] std::vector<std::string> sockets() const;
  [[nodiscard]] const std::string& sqlite_version() const { return sqlite_version_; }
  [[nodiscard]] FileSizes file_sizes() const;

  [[nodiscard]] Result<boost::json::object> ask(std::string_view method) const {
    return ask(nodes_.front(), method);
  }
  [[nodiscard]] static Result<boost::json::object> ask(const Node& node, std::string_view method);
  // Kills it where it stands and starts it again: seconds from its start to its first answer.
  // REQUIRES: is_own().
  [[nodiscard]] Result<double> kill_and_restart();
  // Its last words, for a Failure's advice.
  [[nodiscard]] std::string log_end() const;

 private:
  Target() = default;
  [[nodiscard]] Result<void> spawn();
  [[nodiscard]] Result<void> wait_until_ready();
  void kill_now();
  [[nodiscard]] bool has_ended();

  bool own_ = false;
  std::vector<Node> nodes_;
  std::filesystem::path program_;
  std::filesystem::path folder_;  // Empty unless is_own().
  std::filesystem::path data_;
  std::string sqlite_version_;
};

// Beside this program, else in $PATH.
[[nodiscard]] Result<std::filesystem::path> find_girod();

}  // namespace giro::load
