// Help for people: lines that fit, names without the library's types, and pages about what all commands have.
#include "cli/help.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/app.hpp"
#include "cli/help_topics.hpp"
#include "cli/output/visible_text.hpp"

namespace giro::cli {
namespace {

class Help : public testing::Test {
 protected:
  Help() { declare_commands(app_, invocation_); }

  // "account open"
  std::string page(const std::string& words, std::size_t width = 80) {
    const CLI::App* command = &app_;
    std::istringstream names(words);
    for (std::string name; names >> name;) command = command->get_subcommand(name);
    return help_text(*command, width);
  }

  CLI::App app_{"The command line of Giro, a payments ledger.", "giro"};
  Invocation invocation_;
};

TEST_F(Help, FitsItsWidth) {
  for (const std::size_t width : {60U, 80U, 100U}) {
    for (const char* words : {"", "pay", "submit", "account open", "trial-balance", "bench"}) {
      // Footers are shown as they are written.
      const std::string text = page(words, width);
      std::istringstream lines(
          text.substr(0, std::min(text.find("Data goes to"), text.find("Workloads:"))));
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("Example:")) break;
        if (line.starts_with("Usage:")) continue;
        EXPECT_LE(display_width(line), width) << line;
      }
    }
  }
}

TEST_F(Help, NamesValuesByWhatTheyAre) {
  const std::string pay = page("pay");
  EXPECT_NE(pay.find("Usage: giro pay FROM TO AMOUNT CURRENCY [OPTION...]"), std::string::npos)
      << pay;
  EXPECT_NE(pay.find("--key KEY"), std::string::npos);
  EXPECT_NE(pay.find("--code N"), std::string::npos);
  EXPECT_NE(pay.find("--up-to "), std::string::npos);
  EXPECT_NE(pay.find("--socket PATH"), std::string::npos);
  EXPECT_EQ(pay.find(" TEXT"), std::string::npos);
  EXPECT_LT(pay.find("--key KEY"), pay.find("Options of every command"));
}

TEST_F(Help, ListsEveryCommandOnceWithASentence) {
  const std::string all = page("");
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string entry = "\n  " + command->get_name() + " ";
    const std::size_t at = all.find(entry);
    ASSERT_NE(at, std::string::npos) << entry;
    // `help` is also the first word of its pages.
    if (command->get_name() == "help") continue;
    EXPECT_EQ(all.find(entry, at + 1), std::string::npos) << entry;
  }
  EXPECT_EQ(all.find("CSV columns"), std::string::npos);
  EXPECT_NE(page("submit").find("CSV columns"), std::string::npos);
}

TEST_F(Help, TellsTheExitCodesInOneTable) {
  for (const HelpTopic& topic : help_topics()) {
    std::istringstream lines(topic.text(80));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
    if (topic.name != "exit-codes") continue;
    for (const char* code :
         {"  0  ok", "  1  rejected", " 64  usage", " 69  no_daemon", " 70  internal",
          " 74  no_output", " 75  try_again", " 77  no_permission", "130  interrupted"}) {
      EXPECT_NE(topic.text(80).find(code), std::string::npos) << code;
    }
  }
}

}  // namespace
}  // namespace giro::cli
