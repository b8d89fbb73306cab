// What the readers have made, and the I/O thread hasn't taken yet.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

std::string first_line_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

pid_t thread_of(pid_t process, std::string_view name) {
  const std::string folder = "/proc/" + std::to_string(process) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(folder)) {
    if (first_line_of(thread.path() / "comm") == name) {
      return std::stoi(thread.path().filename().string());
    }
  }
  return -1;
}

// One thread of a process stands still as long as this lives; the others go on.
class HeldThread {
 public:
  HeldThread(pid_t process, std::string_view name) : thread_(thread_of(process, name)) {
    if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0) return;
    holds_ = ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0 &&
             ::waitpid(thread_, nullptr, __WALL) == thread_;
  }
  ~HeldThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  pid_t thread_;
  bool holds_ = false;
};

void pay_with_long_descriptions(client::Connection& client, int payments) {
  for (int i = 0; i < payments; ++i) {
    json::object params =
        json::parse(payment_params("d" + std::to_string(i), "world", "acct:a", 1)).as_object();
    params["description"] = std::string(900, 'd');
    client.start("payments.submit", json::serialize(params));
  }
  for (int i = 0; i < payments; ++i) ASSERT_TRUE(client.next_reply());
}

TEST(ReadResults, ThatNobodyTakesAreFewAndTheReaderWaits) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory of its own";
#endif
  constexpr int kPages = 56;  // Each of about 1 MiB; together less than a client may leave unread.
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = "[limits]\nwindow = 4096\n"});
  client::Connection client = daemon.connect();
  open_account(client, "world", true);
  open_account(client, "acct:a");
  pay_with_long_descriptions(client, 1'000);

  RawConnection reader(daemon.socket());
  const std::string page =
      R"({"jsonrpc":"2.0","id":1,"method":"payments.list","params":{"limit":1000}})"
      "\n";
  std::string pages;
  for (int i = 0; i < kPages; ++i) pages += page;
  reader.send(pages);
  pollfd first_bytes{.fd = reader.handle(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&first_bytes, 1, 10'000), 1);
  {
    const HeldThread io(daemon.pid(), "io");
    if (!io.holds()) GTEST_SKIP() << "no process may hold another's threads here";
    const std::size_t before = resident_bytes(daemon.pid());
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_LT(resident_bytes(daemon.pid()), before + 24 * kMiB);
  }
  for (int i = 0; i < kPages; ++i) {
    EXPECT_GT(reader.read_line().size(), kMiB / 2) << "every page comes in the end";
  }
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace giro::test
