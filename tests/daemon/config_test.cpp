// The configuration file: what it sets, and that a mistake names its line.
#include "daemon/config.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace giro {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The error, or "".
std::string read(const std::string& text, Config& config) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("giro-config-test-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << text;
  const auto result = read_config(file, config);
  std::filesystem::remove(file);
  return result ? "" : result.error();
}
std::string error_of(const std::string& text) {
  Config config;
  return read(text, config);
}

TEST(Config, SetsWhatItNames) {
  Config config;
  EXPECT_EQ(read("data = \"/d\"\nsocket = \"/s\"\nsocket_mode = \"0600\"\nlog_level = \"debug\"\n"
                 "[limits]\nqueue_items = 7\nwindow = 9\n"
                 "[[rule]]\nusers = [\"root\"]\nmethods = [\"payments.*\"]\ndebit = [\"a:\"]\n"
                 "max_amount = { EUR = 5 }\n",
                 config),
            "");
  EXPECT_EQ(config.data, "/d");
  EXPECT_EQ(config.socket, "/s");
  EXPECT_EQ(config.socket_mode, 0600U);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.limits.queue.items_max, 7U);
  EXPECT_EQ(config.limits.window, 9U);
  ASSERT_EQ(config.rules.size(), 1U);
  EXPECT_EQ(config.rules[0].users, std::vector<uid_t>{0});
  ASSERT_EQ(config.rules[0].max_amount.size(), 1U);
  EXPECT_EQ(config.rules[0].max_amount[0], std::pair(CurrencyCode("EUR"), Amount{5}));
}

TEST(Config, ListensByTcpOnThisMachineAlone) {
  const auto listen = [](const std::string& address) {
    Config config;
    const std::string error = read("[http]\nlisten = \"" + address + "\"\n", config);
    return config.http.listen ? text_of(*config.http.listen) : error;
  };
  EXPECT_EQ(listen("127.0.0.1:8480"), "127.0.0.1:8480");
  EXPECT_EQ(listen("localhost:8480"), "127.0.0.1:8480");
  EXPECT_EQ(listen("[::1]:0"), "[::1]:0");
  for (const char* bad : {"0.0.0.0:8480", "10.0.0.1:8480", "[::]:1", "8480", "127.0.0.1",
                          "127.0.0.1:", "127.0.0.1:65536", "localhost.example:80"}) {
    EXPECT_THAT(listen(bad), HasSubstr("line 2: listen must be an address of this machine alone"))
        << bad;
  }
}

TEST(Config, TakesClientsByTcpForAUser) {
  Config config;
  EXPECT_EQ(read("[http]\ntoken_file = \"/t\"\nuser = \"root\"\n", config), "");
  EXPECT_EQ(config.http.user, uid_t{0});
  EXPECT_THAT(format_config(config), HasSubstr("token_file = \"/t\"\nuser = 0\n"));
  EXPECT_EQ(read("[http]\nuser = 5\n", config), "");
  EXPECT_THAT(error_of("[http]\nuser = \"nobody-at-all\"\n"), HasSubstr("line 2: user names"));
  EXPECT_THAT(error_of("[http]\ntoken = \"x\"\n"), HasSubstr("token isn't a setting here"));
}

TEST(Config, IsThisMachinesAloneUnlessATableNamesACluster) {
  Config config;
  EXPECT_EQ(read("", config), "");
  EXPECT_FALSE(config.cluster.is_set());
  EXPECT_THAT(format_config(config), Not(HasSubstr("[cluster]")));
  ASSERT_EQ(read("data = \"/d\"\nsocket = \"/s\"\n"
                 "[cluster]\nnode = \"vienna-1\"\netcd = '/run/\"etcd\".sock'\n",
                 config),
            "");
  EXPECT_TRUE(config.cluster.is_set());
  EXPECT_EQ(config.cluster.name, "main");
  EXPECT_EQ(config.cluster.node, "vienna-1");
  EXPECT_EQ(config.cluster.etcd, "/run/\"etcd\".sock");
  Config again;
  ASSERT_EQ(read(format_config(config), again), "");
  EXPECT_EQ(again.cluster, config.cluster);
}

TEST(Config, ANodeOfAClusterHasANameAndAnEtcd) {
  EXPECT_THAT(
      error_of("[cluster]\nname = \"main\"\n"),
      AllOf(HasSubstr("must name this machine: node"), HasSubstr("must name etcd's socket: etcd")));
  for (const std::string bad : {"Vienna", "a b", "a/b", "a_b", "ab.c"}) {
    EXPECT_THAT(error_of("[cluster]\nnode = \"" + bad + "\"\netcd = \"/e\"\n"),
                HasSubstr("line 2: node must be 1 to 32 of a-z, 0-9 and -"))
        << bad;
  }
  EXPECT_THAT(error_of("[cluster]\nnode = \"" + std::string(33, 'a') + "\"\netcd = \"/e\"\n"),
              HasSubstr("must be 1 to 32"));
  EXPECT_THAT(error_of("cluster = \"main\"\n"), HasSubstr("must be a table, [cluster]"));
  EXPECT_THAT(error_of("[cluster]\nnodes = \"a\"\n"), HasSubstr("did you mean node?"));
}

TEST(Config, NamesUsersAndGroupsByNameOrNumber) {
  Config config;
  EXPECT_EQ(read("[[rule]]\nusers = [7]\ngroups = [0, 54321]\nmethods = [\"*\"]\n"
                 "[[rule]]\ngroups = [\"root\"]\nmethods = [\"*\"]\n",
                 config),
            "");
  EXPECT_EQ(config.rules[0].groups, (std::vector<gid_t>{0, 54321}));
  EXPECT_EQ(config.rules[1].groups, std::vector<gid_t>{0});
  EXPECT_THAT(error_of("[[rule]]\ngroups = [-1]\nmethods = [\"*\"]\n"),
              HasSubstr("line 2: groups must be names or numbers of groups"));
}

TEST(Config, IsShownAsAFileThatSaysTheSame) {
  Config config;
  ASSERT_EQ(read("data = \"/a \\\"b\\\" \\\\ c\"\nsocket = \"/s\"\n[http]\ntoken_file = '/t\"'\n",
                 config),
            "");
  Config again;
  EXPECT_EQ(read(format_config(config), again), "");
  EXPECT_EQ(again.data, "/a \"b\" \\ c");
  EXPECT_EQ(again.http, config.http);
  EXPECT_EQ(format_config(again), format_config(config));
}

TEST(Config, SaysWhatTheDefaultRulesLeaveToOperators) {
  EXPECT_THAT(format_config(Config()),
              AllOf(HasSubstr("accounts.open"), HasSubstr("ledger.close_books")));
}

TEST(Config, AKeyPrefixEndsWithAMark) {
  const auto error_with = [](const std::string& keys) {
    return error_of("[[rule]]\nusers = [\"root\"]\nmethods = [\"*\"]\nkeys = " + keys + "\n");
  };
  EXPECT_EQ(error_with(R"(["shop-", "till:", "a/"])"), "");
  EXPECT_THAT(error_with(R"(["shop-1"])"), HasSubstr("line 4: keys has shop-1"));
  EXPECT_THAT(error_with(R"([""])"), HasSubstr("line 4: keys"));
  EXPECT_THAT(error_with(R"("shop-")"), HasSubstr("array of texts"));
}

TEST(Config, AnUnknownSettingIsAnErrorThatNamesItsLine) {
  EXPECT_THAT(error_of("data = \"/d\"\nsokcet = \"/s\"\n"), HasSubstr("line 2: sokcet"));
  EXPECT_THAT(error_of("[limits]\n\nque = 1\n"), HasSubstr("line 3: que"));
  EXPECT_THAT(error_of("[[rule]]\nuser = [\"root\"]\n"), HasSubstr("line 2: user"));
}

TEST(Config, AWrongValueIsAnErrorThatNamesItsLine) {
  EXPECT_THAT(error_of("\ndata = 5\n"), HasSubstr("line 2: data"));
  EXPECT_THAT(error_of("data = \"relative\"\n"), HasSubstr("starts with /"));
  EXPECT_THAT(error_of("socket_mode = \"0999\"\n"), HasSubstr("octal"));
  EXPECT_THAT(error_of("log_level = \"loud\"\n"), HasSubstr("log_level"));
  EXPECT_THAT(error_of("[limits]\nwindow = 0\n"), HasSubstr("from 1"));
  EXPECT_THAT(error_of("socket_group = \"no-such-group-here\"\n"), HasSubstr("no such group"));
  EXPECT_THAT(error_of("data = \n"), HasSubstr("line 1"));
}

TEST(Config, AllProblemsAreToldAtOnceInTheOrderOfTheFile) {
  const std::string said = error_of(
      "socket = \"relative\"\nlog_level = \"loud\"\ndatta = \"/d\"\n"
      "[[rule]]\nusers = [\"root\"]\nmethods = [\"payments.sumbit\", \"nothing\"]\n"
      "max_amount = { EUR = 0, eur = 5 }\n"
      "[[rule]]\nmethods = [\"*\"]\n[limits]\nwindow = 0\nqueue_items = \"many\"\n");
  const std::vector<std::string> expected{
      "line 1: socket must be a path that starts with /",
      "line 2: log_level must be",
      "line 3: datta isn't a setting here; did you mean data?",
      "line 6: methods names payments.sumbit, and there is no such method; did you mean",
      "line 6: methods names nothing, and there is no such method\n",
      "line 7: max_amount must be a number",
      "line 7: max_amount names eur, which is no currency code",
      "line 8: rule must name users or groups",
      "line 11: window must be a number",
      "line 12: queue_items must be a number"};
  std::size_t from = 0;
  for (const std::string& problem : expected) {
    const std::size_t at = said.find(problem, from);
    ASSERT_NE(at, std::string::npos) << problem << "\nin: " << said;
    from = at;
  }
  EXPECT_EQ(std::ranges::count(said, '\n'), static_cast<int>(expected.size()) + 1) << said;
}

TEST(Config, AMisspeltNameIsToldTheNearestOneAndAnyOtherNone) {
  EXPECT_THAT(error_of("sokcet = \"/s\"\n"), HasSubstr("did you mean socket?"));
  EXPECT_THAT(error_of("[limits]\nqueue-items = 1\n"), HasSubstr("did you mean queue_items?"));
  EXPECT_THAT(error_of("[[rule]]\nuser = [\"root\"]\n"), HasSubstr("did you mean users?"));
  EXPECT_THAT(error_of("[[rule]]\nmethods = [\"payments.sumbit\"]\n"),
              HasSubstr("did you mean payments.submit?"));
  EXPECT_THAT(error_of("colour = 1\n"), Not(HasSubstr("did you mean")));
}

TEST(Config, TakesSizesWithTheirUnits) {
  const auto bytes = [](const std::string& value) {
    Config config;
    const std::string error = read("[limits]\nqueue_bytes = " + value + "\n", config);
    return error.empty() ? config.limits.queue.bytes_max : 0;
  };
  EXPECT_EQ(bytes("67108864"), std::size_t{64} << 20);
  EXPECT_EQ(bytes("\"64 MiB\""), std::size_t{64} << 20);
  EXPECT_EQ(bytes("\"64MiB\""), std::size_t{64} << 20);
  EXPECT_EQ(bytes("\"1.5 KiB\""), 1'536U);
  EXPECT_EQ(bytes("\"2 kB\""), 2'000U);
  EXPECT_EQ(bytes("\"1 TiB\""), std::size_t{1} << 40);
  for (const char* wrong : {"\"64\"", "\"64M\"", "\"-1 B\"", "\"0 B\"", "\"2 TiB\"", "\"1.3 B\"",
                            "\"MiB\"", "\"\"", "1.5", "true", "\"99999999999 TiB\""}) {
    EXPECT_EQ(bytes(wrong), 0U) << wrong;
  }
  EXPECT_THAT(error_of("[limits]\nreply_bytes = \"64M\"\n"),
              HasSubstr("line 2: reply_bytes must be a size such as \"64 MiB\""));
}

TEST(Config, TellsWhereEachSettingComesFrom) {
  Config config;
  ASSERT_EQ(read("log_level = \"debug\"\n\n[limits]\nwindow = 9\n", config), "");
  config.origins["data"] = "command line, --data";
  const std::string text = explain_config(config);
  EXPECT_THAT(text, testing::ContainsRegex("log_level = \"debug\" +# .*toml:1\n"));
  EXPECT_THAT(text, testing::ContainsRegex("window = 9 +# .*toml:4\n"));
  EXPECT_THAT(text, testing::ContainsRegex("data = \"\" +# command line, --data\n"));
  EXPECT_THAT(text, testing::ContainsRegex("audits = 64 +# default\n"));
  EXPECT_THAT(text, Not(HasSubstr("[limits] ")));
}

TEST(Config, ARuleMustSayForWhomAndWhat) {
  EXPECT_THAT(error_of("[[rule]]\nmethods = [\"*\"]\n"), HasSubstr("users or groups"));
  EXPECT_THAT(error_of("[[rule]]\nusers = [\"root\"]\n"), HasSubstr("must name methods"));
  EXPECT_THAT(error_of("[[rule]]\nusers = [\"root\"]\nmethods = [\"payments.sumbit\"]\n"),
              HasSubstr("no such method"));
  EXPECT_THAT(error_of("[[rule]]\nusers = [\"no-such-user-here\"]\nmethods = [\"*\"]\n"),
              HasSubstr("no such user"));
}

TEST(Config, NamesTheChangesThatAReloadDoesntTakeOver) {
  const Config running;
  EXPECT_THAT(waiting_for_restart(running, running), testing::IsEmpty());
  Config wanted = running;
  wanted.log_level = "debug";
  wanted.limits.window = 5;
  wanted.limits.connections = 5;
  EXPECT_THAT(waiting_for_restart(running, wanted), testing::IsEmpty());
  wanted.data = "/elsewhere";
  wanted.socket = "/elsewhere/socket";
  wanted.socket_mode = 0600;
  wanted.socket_group = "other";
  wanted.cluster = {.name = "other", .node = "a", .etcd = "/e"};
  wanted.limits.queue = {.items_max = 1, .bytes_max = 1};
  wanted.limits.questions = 1;
  wanted.limits.audits = 1;
  wanted.limits.scrub_hours = 1;
  wanted.limits.scrub_bytes = 1;
  EXPECT_THAT(waiting_for_restart(running, wanted),
              testing::ElementsAre("data", "socket", "socket_mode", "socket_group", "cluster.name",
                                   "cluster.node", "cluster.etcd", "limits.queue_items",
                                   "limits.queue_bytes", "limits.questions", "limits.audits",
                                   "limits.scrub_hours", "limits.scrub_bytes"));
}

}  // namespace
}  // namespace giro
