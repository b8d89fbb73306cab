// Every option of every command, misused: what is said is about the command line, and never in terms of the library
// that reads it.
#include "cli/misuse.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <regex>

#include <gtest/gtest.h>

#include "cli/app.hpp"

namespace giro::cli {
namespace {

// The failure of a command line that can't be understood; nothing: it can. `app` forgets what it parsed before.
std::optional<Failure> misuse(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return explain_misuse(app, error);
  }
  return std::nullopt;
}

std::optional<Failure> misuse(std::vector<std::string> words) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  return misuse(app, std::move(words));
}

std::string what(const std::vector<std::string>& words) {
  const auto failure = misuse(words);
  return failure ? failure->what : "";
}

void for_each_command(const CLI::App& app, const std::vector<std::string>& words,
                      const std::function<void(const CLI::App&, std::vector<std::string>)>& visit) {
  visit(app, words);
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    auto longer = words;
    longer.push_back(below->get_name());
    for_each_command(*below, longer, visit);
  }
}

// Every positional argument, so that only what is tried is wrong.
std::vector<std::string> with_arguments(const CLI::App& command, std::vector<std::string> words) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() && option->get_required()) words.emplace_back("1");
  }
  return words;
}

TEST(Misuse, OfAnyOptionIsToldInTheCommandLinesOwnWords) {
  const std::regex internals(
      "TEXT|\\bINT\\b|UINT|FLOAT|REQUIRED|required but|Could not convert|not in range|not expected|"
      "excludes|subcommand|FAILED|->|CLI|boost|simdjson|std::|\\d\\.\\d{6}");
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  CLI::App parsing("", "giro");
  Invocation ignored;
  declare_commands(parsing, ignored);
  std::size_t tried = 0;
  for_each_command(app, {}, [&](const CLI::App& command, const std::vector<std::string>& words) {
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_positional() || option->get_name() == "--help") continue;
      const std::string name = "--" + option->get_lnames().front();
      const auto with = [&](std::vector<std::string> more) {
        auto all = with_arguments(command, words);
        all.insert(all.end(), more.begin(), more.end());
        return all;
      };
      for (const auto& wrong :
           {with({name}), with({name, "%%"}), with({name, "%%", name, "%%"}), with({name + "=%%"}),
            with({name, ""}), with({name + "x", "1"}), with({name, "-99999999999999999999"})}) {
        const auto failure = misuse(parsing, wrong);
        if (!failure) continue;
        ++tried;
        EXPECT_EQ(failure->exit, ExitCode::usage);
        EXPECT_FALSE(std::regex_search(failure->what, internals)) << failure->what;
        EXPECT_NE(failure->advice.find("giro help"), std::string::npos) << failure->advice;
      }
    }
  });
  EXPECT_GT(tried, 1'000U);
}

TEST(Misuse, NamesTheOptionAndWhatIsWrongWithIt) {
  const std::vector<std::string> pay{"pay", "a", "b", "1", "EUR"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), pay.begin(), pay.end());
    return what(more);
  };
  EXPECT_EQ(with({"--key"}), "pay: --key needs a value");
  EXPECT_EQ(with({"--key", "a", "--key", "b"}), "pay: --key is given more than once");
  EXPECT_EQ(with({"--key", ""}), "pay: --key: must not be empty");
  EXPECT_EQ(with({"--code", "x"}), "pay: --code: `x` isn't a whole number");
  EXPECT_EQ(with({"--timeout", "soon"}),
            "pay: --timeout: `soon` isn't a duration such as 5, 500ms, 2m or none");
  EXPECT_EQ(with({"--zone", "Mars/Olympus"}), "pay: --zone: there is no zone `Mars/Olympus`");
  EXPECT_EQ(with({"6"}), "pay: `6` is one argument too many");
  EXPECT_EQ(what({"pay", "a"}), "pay: TO is missing");
  EXPECT_EQ(what({"account", "list", "--limit", "0"}),
            "account list: --limit: `0` isn't a number from 1 to 1000");
  EXPECT_EQ(what({"bench", "--scale", "x"}),
            "bench: --scale: `x` isn't a number from 0.0001 to 100");
  EXPECT_EQ(what({"bench", "--dir", "/nowhere"}), "bench: --dir: there is no folder `/nowhere`");
  EXPECT_EQ(what({"tail", "--count", "x"}), "tail: --count: `x` isn't a whole number from 0 on");
  EXPECT_EQ(what({"account", "limits", "a", "--none", "--limit", "x"}),
            "account limits: --limit and --none don't go together");
  EXPECT_EQ(what({"schedule", "a", "b", "1", "EUR", "--at", "now", "--count", "3"}),
            "schedule: --count goes with --every only");
  EXPECT_EQ(misuse({"pay", "a", "b", "1", "EUR", "--code", "x"})->field, "--code");
}

TEST(Misuse, OfAValueOfAnyLengthIsToldShortly) {
  const std::string said = what({"account", "list", "--limit", std::string(100'000, '9')});
  EXPECT_LT(said.size(), 1'000U);
  EXPECT_NE(said.find("isn't a number from 1 to 1000"), std::string::npos) << said;
}

TEST(Misuse, OffersTheNearestNameOfWhatIsMisspelt) {
  EXPECT_EQ(what({"acount"}), "unknown command `acount`; did you mean `account`?");
  EXPECT_EQ(what({"account", "lst"}),
            "account: unknown command `account lst`; did you mean `list`?");
  EXPECT_EQ(what({"paymen"}), "unknown command `paymen`; did you mean `payments`?");
  EXPECT_EQ(what({"zzzzzz"}), "unknown command `zzzzzz`");
  EXPECT_EQ(what({"pay", "--fro"}), "pay: unknown option `--fro`");
  EXPECT_EQ(what({"pay", "a", "b", "1", "EUR", "--refrence", "x"}),
            "pay: unknown option `--refrence`; did you mean `--reference`?");
  EXPECT_EQ(what({"--timout", "5", "status"}),
            "status: unknown option `--timout`; did you mean `--timeout`?");
  EXPECT_EQ(what({"pay", "a", "b", "1", "EUR", "--outptu=csv"}),
            "pay: unknown option `--outptu`; did you mean `--output`?");
  EXPECT_EQ(
      what({"account", "list", "--output", "jsno"}),
      "account list: --output: `jsno` isn't one of table, csv, json, ndjson; did you mean `json`?");
}

// A misspelt option is why another one is missing, and not the other way round.
TEST(Misuse, OfANameComesBeforeWhatItLeavesOut) {
  EXPECT_EQ(what({"schedule", "a", "b", "1", "EUR", "--att", "now"}),
            "schedule: unknown option `--att`; did you mean `--at`?");
}

TEST(Misuse, ShowsShortlyHowTheCommandIsUsed) {
  EXPECT_EQ(misuse({"pay"})->advice,
            "Usage: giro pay FROM TO AMOUNT CURRENCY [OPTION...]; `giro help pay` says more.");
  EXPECT_EQ(
      misuse({"account", "open", "a"})->advice,
      "Usage: giro account open ID... --currency CURRENCY [OPTION...]; `giro help account open` "
      "says more.");
}

}  // namespace
}  // namespace giro::cli
