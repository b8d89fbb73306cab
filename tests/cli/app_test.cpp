#include "cli/app.hpp"

#include <gtest/gtest.h>

namespace giro::cli {
namespace {

void expect_example(const CLI::App& app) {
  const std::string help = app.help();
  EXPECT_NE(help.find("\nExample:\n  "), std::string::npos) << app.get_name();
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    expect_example(*command);
  }
}

// Whether the words are a command line that can run.
bool parses(std::vector<std::string> words, Globals* globals = nullptr) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError&) {
    return false;
  }
  if (globals != nullptr) *globals = invocation.globals;
  return invocation.action != nullptr;
}

int exit_code(std::vector<const char*> words) {
  words.insert(words.begin(), "giro");
  return run(static_cast<int>(words.size()), words.data());
}

TEST(App, EveryHelpEndsWithAnExample) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  expect_example(app);
}

TEST(App, GlobalOptionsStandBeforeOrBehindTheCommand) {
  Globals globals;
  ASSERT_TRUE(parses({"--json", "status", "--socket", "/s"}, &globals));
  EXPECT_TRUE(globals.json);
  EXPECT_EQ(globals.sockets, std::vector<std::string>{"/s"});
  ASSERT_TRUE(parses({"--socket", "/s", "account", "show", "a", "--json"}, &globals));
  EXPECT_TRUE(globals.json);
  EXPECT_EQ(globals.sockets, std::vector<std::string>{"/s"});
}

TEST(App, SeveralSocketsAreGivenOneByOne) {
  Globals globals;
  ASSERT_TRUE(parses({"--socket", "/a", "--socket", "/b", "account", "show", "x"}, &globals));
  EXPECT_EQ(globals.sockets, (std::vector<std::string>{"/a", "/b"}));
  ASSERT_TRUE(parses({"account", "show", "--socket", "/c", "x"}, &globals));
  EXPECT_EQ(globals.sockets, std::vector<std::string>{"/c"});
}

TEST(App, AnAccountMayBeNamedLikeACommand) {
  EXPECT_TRUE(parses({"pay", "status", "account", "1", "EUR"}));
  EXPECT_TRUE(parses({"account", "show", "list"}));
  EXPECT_TRUE(parses({"get", "tail"}));
  EXPECT_TRUE(parses({"hold", "void", "capture", "1", "EUR"}));
}

TEST(App, WhatGoesOnWithAPaymentNamesIt) {
  EXPECT_TRUE(parses({"capture", "room-7"}));
  EXPECT_TRUE(parses({"capture", "#42", "20.00", "--final"}));
  EXPECT_TRUE(parses({"void", "#42", "--key", "v"}));
  EXPECT_TRUE(parses({"reverse", "inv-17", "2.50", "--reference", "r"}));
  EXPECT_FALSE(parses({"capture"}));
  EXPECT_FALSE(parses({"void", "room-7", "20.00"}));
  EXPECT_FALSE(parses({"reverse", "inv-17", "--key", ""}));
}

TEST(App, AGroupIsAFileAndAnExplanationIsOfAKeyOrASeq) {
  EXPECT_TRUE(parses({"group", "order.csv", "--dry-run"}));
  EXPECT_TRUE(parses({"group", "-", "--format", "ndjson"}));
  EXPECT_FALSE(parses({"group"}));
  EXPECT_TRUE(parses({"explain", "#42", "--json"}));
  EXPECT_FALSE(parses({"explain"}));
}

TEST(App, AHoldEndsAfterSomeTimeOrAtATime) {
  const std::vector<std::string> hold{"hold", "a", "b", "1", "EUR"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), hold.begin(), hold.end());
    return parses(words);
  };
  EXPECT_TRUE(with({"--timeout", "24h", "--up-to"}));
  EXPECT_TRUE(with({"--expires-at", "2099-01-01T00:00:00Z"}));
  EXPECT_FALSE(with({"--timeout", "24h", "--expires-at", "2099-01-01T00:00:00Z"}));
}

TEST(App, TakesNegativeFloorsAndStdin) {
  EXPECT_TRUE(parses({"account", "open", "a", "--currency", "EUR", "--floor", "-100.00"}));
  EXPECT_TRUE(parses({"account", "update", "a", "--floor", "-100.00"}));
  EXPECT_TRUE(parses({"account", "open", "-", "--currency", "EUR"}));
  EXPECT_TRUE(parses({"submit", "-"}));
  EXPECT_TRUE(parses({"call", "server.info"}));
}

TEST(App, WrongUsageIs64AndHelpIs0) {
  EXPECT_EQ(exit_code({"nonsense"}), 64);
  EXPECT_EQ(exit_code({"pay", "a"}), 64);
  EXPECT_EQ(exit_code({"pay", "a", "b", "1", "EUR", "--key", ""}), 64);
  EXPECT_EQ(exit_code({"account", "list", "--limit", "0"}), 64);
  EXPECT_EQ(exit_code({"--help"}), 0);
  EXPECT_EQ(exit_code({"pay", "--help"}), 0);
  EXPECT_EQ(exit_code({"--version"}), 0);
}

TEST(App, WithoutADaemonIs69) {
  EXPECT_EQ(exit_code({"status", "--socket", "/nonexistent/giro.sock"}), 69);
  EXPECT_EQ(exit_code({"ready", "--timeout", "0.05", "--socket", "/nonexistent/giro.sock"}), 69);
}

}  // namespace
}  // namespace giro::cli
