#include "cli/operator/contexts.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace giro::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ContextsFile : public ::testing::Test {
 protected:
  ContextsFile() {
    std::string folder = (fs::temp_directory_path() / "giro-contexts-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    file_ = folder_ / "giro/contexts.toml";
    environment_ = {.contexts_file = file_, .default_socket = "/default"};
  }
  ~ContextsFile() override { fs::remove_all(folder_); }

  void add(const std::string& name, const std::string& socket) {
    ASSERT_TRUE(change_contexts(file_, [&](Contexts& contexts) -> Result<void> {
      contexts.sockets[name] = sockets_of(socket);
      return {};
    }));
  }
  void use(const std::string& name) {
    ASSERT_TRUE(change_contexts(file_, [&](Contexts& contexts) -> Result<void> {
      contexts.used = name;
      return {};
    }));
  }
  void write(const std::string& text) {
    fs::create_directories(file_.parent_path());
    std::ofstream(file_) << text;
  }
  std::string chosen(const Globals& globals = {}) {
    const auto sockets = choose_sockets(globals, environment_);
    return sockets ? text_of_sockets(sockets->paths) : "failed: " + sockets.error().what;
  }

  fs::path folder_;
  fs::path file_;
  SocketEnvironment environment_;
};

TEST_F(ContextsFile, WithoutOneTheDefaultIsMeant) {
  EXPECT_EQ(chosen(), "/default");
}

TEST_F(ContextsFile, WhatIsSaidCloserToTheCommandComesFirst) {
  add("live", "/live");
  add("test", "/test");
  use("live");
  EXPECT_EQ(chosen(), "/live");
  environment_.context = "test";
  EXPECT_EQ(chosen(), "/test");
  environment_.socket = "/environment";
  EXPECT_EQ(chosen(), "/environment");
  EXPECT_EQ(chosen({.context = "live"}), "/live");
  EXPECT_EQ(chosen({.sockets = {"/option"}}), "/option");
  EXPECT_THAT(chosen({.sockets = {"/option"}, .context = "live"}), HasSubstr("both"));
}

TEST_F(ContextsFile, AClustersNodesAreChosenTogether) {
  add("live", "/one:/two");
  use("live");
  EXPECT_EQ(chosen(), "/one:/two");
  EXPECT_EQ(chosen({.sockets = {"/a", "/b"}}), "/a:/b");
  environment_.socket = "/three:/four";
  EXPECT_EQ(choose_sockets({}, environment_)->paths.size(), 2U);
  write("[contexts.live]\nsocket = [\"/one\", \"relative\"]\n");
  EXPECT_THAT(chosen({.context = "live"}), HasSubstr("without a socket"));
}

TEST_F(ContextsFile, ANameThatIsntKnownIsNeverAnotherDaemon) {
  add("live", "/live");
  EXPECT_THAT(chosen({.context = "liev"}), HasSubstr("no context `liev`"));
  environment_.context = "liev";
  EXPECT_THAT(chosen(), HasSubstr("GIRO_CONTEXT"));
  environment_.context = "";
  use("gone");
  EXPECT_THAT(chosen(), HasSubstr("no context `gone`"));
}

TEST_F(ContextsFile, IsItsUsersAloneAndNotBelievedOtherwise) {
  add("live", "/live");
  struct stat status{};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  use("live");
  ASSERT_EQ(chmod(file_.c_str(), 0620), 0);
  EXPECT_THAT(chosen(), HasSubstr("isn't believed"));
  EXPECT_EQ(chosen({.sockets = {"/option"}}), "/option");
}

TEST_F(ContextsFile, ABrokenFileIsAnErrorAndIsLeftAsItIs) {
  for (const char* text : {"use = ", "[contexts.live]\n", "contexts = 7\n",
                           "[contexts.live]\nsocket = \"relative\"\n"}) {
    write(text);
    EXPECT_THAT(chosen(), HasSubstr(file_.string())) << text;
    EXPECT_FALSE(change_contexts(file_, [](Contexts&) -> Result<void> { return {}; }));
  }
}

TEST_F(ContextsFile, NamesAreShortAndPlain) {
  for (const char* name : {"live", "a.b-c_9", "9"}) EXPECT_TRUE(is_context_name(name)) << name;
  for (const char* name : {"", "-a", "a b", "ä", "a/b"})
    EXPECT_FALSE(is_context_name(name)) << name;
}

}  // namespace
}  // namespace giro::cli
