#include "protocol/paths.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace giro {
namespace {

Surroundings user() {
  return {.uid = 1000,
          .home = "/home/ada",
          .xdg_runtime_dir = "/run/user/1000",
          .xdg_state_home = std::nullopt,
          .xdg_config_home = std::nullopt,
          .system_socket_exists = false};
}

TEST(Paths, OfRootAreTheSystems) {
  Surroundings root = user();
  root.uid = 0;
  EXPECT_EQ(default_socket_path(root), "/run/giro/giro.sock");
  EXPECT_EQ(own_socket_path(root), "/run/giro/giro.sock");
  EXPECT_EQ(default_data_dir(root), "/var/lib/giro");
  EXPECT_EQ(default_config_path(root), "/etc/giro/girod.toml");
}

TEST(Paths, OfAUserFollowXdg) {
  Surroundings here = user();
  EXPECT_EQ(default_socket_path(here), "/run/user/1000/giro/giro.sock");
  EXPECT_EQ(default_data_dir(here), "/home/ada/.local/state/giro");
  EXPECT_EQ(default_config_path(here), "/home/ada/.config/giro/girod.toml");
  here.xdg_state_home = "/state";
  here.xdg_config_home = "/config";
  EXPECT_EQ(default_data_dir(here), "/state/giro");
  EXPECT_EQ(default_config_path(here), "/config/giro/girod.toml");
}

TEST(Paths, AUsersClientPrefersTheSystemsSocketAndTheirDaemonNeverTakesIt) {
  Surroundings here = user();
  here.system_socket_exists = true;
  EXPECT_EQ(default_socket_path(here), "/run/giro/giro.sock");
  EXPECT_EQ(own_socket_path(here), "/run/user/1000/giro/giro.sock");
}

TEST(Paths, OutsideOfALoginSessionTheSocketIsBesideTheLedger) {
  Surroundings here = user();
  here.xdg_runtime_dir.reset();
  EXPECT_EQ(own_socket_path(here), "/home/ada/.local/state/giro/giro.sock");
}

// In a folder for everybody, such as /tmp, another user could have been there first.
TEST(Paths, WithoutXdgAndHomeThereAreNone) {
  const Surroundings bare{.uid = 1000,
                          .home = std::nullopt,
                          .xdg_runtime_dir = std::nullopt,
                          .xdg_state_home = std::nullopt,
                          .xdg_config_home = std::nullopt,
                          .system_socket_exists = false};
  EXPECT_EQ(default_socket_path(bare), std::nullopt);
  EXPECT_EQ(own_socket_path(bare), std::nullopt);
  EXPECT_EQ(default_data_dir(bare), std::nullopt);
  EXPECT_EQ(default_config_path(bare), std::nullopt);
}

TEST(Paths, AHomeThatIsntThereIsNone) {
  const char* const before = std::getenv("HOME");
  const std::string kept = before == nullptr ? "" : before;
  setenv("HOME", "/nonexistent", 1);
  const Surroundings here = surroundings();
  if (before == nullptr) {
    unsetenv("HOME");
  } else {
    setenv("HOME", kept.c_str(), 1);
  }
  EXPECT_EQ(here.home, std::nullopt);
}

}  // namespace
}  // namespace giro
