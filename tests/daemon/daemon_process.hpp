// A real girod on a scratch directory, for tests that drive it over its socket.
// Thread: one at a time; connections of their own may be used from any.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "protocol/client.hpp"
#include "tests/store/scratch.hpp"

namespace giro::test {

struct DaemonOptions {
  std::string configuration = {};             // The text of its TOML file; empty: none.
  std::vector<std::string> environment = {};  // NAME=value, beside what it inherits.
  std::vector<std::string> arguments = {};    // Beside --data, --socket and --config.
  // Called in the child before girod is started: its limits, its descriptors.
  void (*prepare)() = nullptr;
  bool activated = false;  // The socket is opened before it and handed over, as systemd does.
};

// A disk that fails or hangs when a test says so, for the log of a daemon with this environment.
class StuckDisk {
 public:
  explicit StuckDisk(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::vector<std::string> environment() const;
  void fail() const { set("fails", true); }
  void hang() const { set("hangs", true); }
  void heal() const;

 private:
  void set(const char* what, bool on) const;
  std::filesystem::path folder_;
};

class DaemonProcess {
 public:
  // Starts girod on `folder`/data and `folder`/giro.sock, waits until it answers. Throws when it
  // doesn't come up.
  explicit DaemonProcess(std::filesystem::path folder, const DaemonOptions& options = {});
  ~DaemonProcess();  // kill -9, if it still runs.
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // Starts one and kills it after that time, wherever it is in its start.
  static void start_and_kill(const std::filesystem::path& folder, std::chrono::microseconds after);

  void signal(int number) const;
  // Kills it where it stands, and waits until it is gone.
  void kill_now();
  // SIGTERM; its exit code (or 128 + the signal that ended it).
  int stop();
  // Waits for it to end by itself; its exit code.
  int wait();

  [[nodiscard]] client::Connection connect() const;
  [[nodiscard]] std::string socket() const { return (folder_ / "giro.sock").string(); }
  [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }
  [[nodiscard]] std::string log() const;  // What it wrote to stderr.
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

// Calls that must succeed; throw with the error's text otherwise.
boost::json::object call(client::Connection& connection, std::string_view method,
                         const boost::json::object& params = {});
void open_account(client::Connection& connection, const std::string& id,
                  bool without_floor = false);

// The text of payments.submit's params.
[[nodiscard]] std::string payment_params(std::string_view key, std::string_view from,
                                         std::string_view to, std::int64_t amount);

// How often a text has this word.
[[nodiscard]] std::size_t count_of(std::string_view text, std::string_view word);

inline constexpr std::size_t kMiB = std::size_t{1} << 20;
// What a sanitizer keeps beside the daemon's own memory: its shadow, and what was freed lately.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t kToolBytes = 1'024 * kMiB;
#else
inline constexpr std::size_t kToolBytes = 0;
#endif
// What a process has in memory.
[[nodiscard]] std::size_t resident_bytes(pid_t process);

// A raw connection that sends any bytes, for what a well-behaved client never sends.
class RawConnection {
 public:
  explicit RawConnection(const std::string& socket_path);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False: the daemon closed the connection before all was taken.
  bool send(std::string_view bytes);
  // The next line without its end; empty at the end of the stream or after ten seconds.
  [[nodiscard]] std::string read_line();
  [[nodiscard]] int handle() const { return socket_; }

 private:
  int socket_;
  std::string received_;
};

}  // namespace giro::test
