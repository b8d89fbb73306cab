// A full disk refuses, definitely, and goes on by itself once there is room.
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

// A disk of a few megabytes. Only root may make one.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=6m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  void make_room() const {
    ASSERT_EQ(::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, "size=200m"), 0);
  }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

std::string submit_many(int batch) {
  std::string params = R"({"payments":[)";
  for (int i = 0; i < 1'000; ++i) {
    if (i > 0) params += ",";
    params +=
        payment_params("b" + std::to_string(batch) + "-" + std::to_string(i), "world", "acct:a", 1);
  }
  return params + "]}";
}

// Tries for some seconds.
bool goes_on(client::Connection& connection, int batch) {
  const auto deadline = client::Clock::now() + std::chrono::seconds(20);
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (connection.call("payments.submit_many", submit_many(batch))) return true;
  } while (client::Clock::now() < deadline);
  return false;
}

TEST(FullDisk, RefusesWithReadOnlyLosesNothingAndGoesOnOnceThereIsRoom) {
  const ScratchFolder folder;
  const SmallDisk disk(folder.path() / "data");
  if (!disk.mounted()) GTEST_SKIP() << "only root can make a small disk";
  DaemonProcess daemon(folder.path(), {.arguments = {"--init"}});
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "acct:a");

  int batch = 0;
  std::string refusal;
  for (; batch < 500 && refusal.empty(); ++batch) {
    const auto answer = connection.call("payments.submit_many", submit_many(batch));
    if (!answer) refusal = std::get<client::RpcError>(answer.error()).name;
  }
  ASSERT_EQ(refusal, "read_only");
  const std::int64_t applied = (std::int64_t{batch} - 1) * 1'000;
  EXPECT_TRUE(call(connection, "ledger.status").at("read_only").as_bool());
  EXPECT_EQ(call(connection, "accounts.get", {{"id", "acct:a"}}).at("balance").as_int64(), applied)
      << "what was answered is there, what was refused is not";

  disk.make_room();
  EXPECT_TRUE(goes_on(connection, batch - 1)) << daemon.log();
  EXPECT_EQ(call(connection, "accounts.get", {{"id", "acct:a"}}).at("balance").as_int64(),
            applied + 1'000);
  EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// No file may grow, so that whatever is deleted can't be made again: another program has taken its room.
TEST(FullDisk, StaysAndGoesOnThoughNoFileCouldBeMadeAnew) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.arguments = {"--init"}});
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "acct:a");
  const auto let_files_have = [&](rlim_t bytes) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    ASSERT_EQ(::prlimit(daemon.pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  };
  let_files_have(4'096);
  for (int i = 0; i < 3; ++i) {
    const auto refused = connection.call("payments.submit_many", submit_many(0));
    ASSERT_FALSE(refused);
    const auto* error = std::get_if<client::RpcError>(&refused.error());
    ASSERT_NE(error, nullptr) << daemon.log();
    EXPECT_EQ(error->name, "read_only");
  }
  let_files_have(RLIM_INFINITY);
  EXPECT_TRUE(goes_on(connection, 0)) << daemon.log();
  EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace giro::test
