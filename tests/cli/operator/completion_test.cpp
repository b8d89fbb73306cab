#include "cli/operator/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.hpp"
#include "cli/operator/manual.hpp"

namespace giro::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What was asked of the ledger, and what it answers.
struct AskedLedger {
  std::vector<std::pair<NameKind, std::string>> asked;
  std::vector<Candidate> answer;

  WordCompletion complete(const std::vector<std::string>& words) {
    CLI::App app("", "giro");
    Invocation invocation;
    declare_commands(app, invocation);
    return giro::cli::complete(app, words,
                               [this](const Place&, NameKind kind, const std::string& prefix) {
                                 asked.emplace_back(kind, prefix);
                                 return answer;
                               });
  }

  std::vector<std::string> texts(const std::vector<std::string>& words) {
    std::vector<std::string> found;
    for (const Candidate& candidate : complete(words).candidates) found.push_back(candidate.text);
    return found;
  }
};

TEST(Completion, CommandsAreThoseOfTheirPlaceInTheTree) {
  AskedLedger ledger;
  EXPECT_THAT(ledger.texts({"acc"}), ElementsAre("account"));
  EXPECT_THAT(ledger.texts({"account", "re"}), ElementsAre("reopen"));
  EXPECT_THAT(ledger.texts({"--json", "account", "re"}), ElementsAre("reopen"));
  EXPECT_THAT(ledger.texts({"status", "acc"}), IsEmpty());
}

TEST(Completion, BehindHelpStandsACommandOrAPage) {
  AskedLedger ledger;
  EXPECT_THAT(ledger.texts({"help", "acc"}), ElementsAre("account"));
  EXPECT_THAT(ledger.texts({"help", "account", "re"}), ElementsAre("reopen"));
  EXPECT_THAT(ledger.texts({"help", "exit"}), ElementsAre("exit-codes"));
  EXPECT_THAT(ledger.texts({"help", "account", "exit"}), IsEmpty());
}

TEST(Completion, OptionsThatWereGivenAreNotOfferedAgain) {
  AskedLedger ledger;
  EXPECT_THAT(ledger.texts({"pay", "--key", "k", "--"}), Not(Contains("--key")));
  EXPECT_THAT(ledger.texts({"pay", "--key=k", "--"}), Not(Contains("--key")));
  EXPECT_THAT(ledger.texts({"pay", "--"}), Contains("--key"));
}

TEST(Completion, AValueIsAskedForByWhatItNames) {
  AskedLedger ledger;
  ledger.complete({"pay", "wo"});
  ledger.complete({"pay", "--reference", "x", "world", "cu"});
  ledger.complete({"pay", "world", "customers:ada", "1", "E"});
  ledger.complete({"void", "r"});
  ledger.complete({"payments", "--account", "a"});
  ledger.complete({"payments", "--account=a"});
  EXPECT_THAT(ledger.asked,
              ElementsAre(std::pair{NameKind::account, "wo"}, std::pair{NameKind::account, "cu"},
                          std::pair{NameKind::currency, "E"}, std::pair{NameKind::hold, "r"},
                          std::pair{NameKind::account, "a"}, std::pair{NameKind::account, "a"}));
}

TEST(Completion, AnAmountOrATextAsksForNothing) {
  AskedLedger ledger;
  EXPECT_THAT(ledger.texts({"pay", "world", "a", "1"}), IsEmpty());
  EXPECT_THAT(ledger.texts({"pay", "--reference", "in"}), IsEmpty());
  EXPECT_THAT(ledger.asked, IsEmpty());
}

TEST(Completion, APositionalThatMayBeManyIsCompletedAgainAndAgain) {
  AskedLedger ledger;
  ledger.complete({"account", "open", "a", "b", "c"});
  EXPECT_THAT(ledger.asked, ElementsAre(std::pair{NameKind::account, "c"}));
}

TEST(Completion, AnswersThatDoNotBeginAsTypedAreLeftOut) {
  AskedLedger ledger;
  ledger.answer = {{"customers:ada"}, {"shop"}};
  EXPECT_THAT(ledger.texts({"account", "show", "cu"}), ElementsAre("customers:ada"));
}

TEST(Completion, LinesSayWhichCandidatesGoOnAndWhereFilesBelong) {
  WordCompletion completion{.candidates = {{"a:", "", false}, {"world", "0.00 EUR"}},
                            .paths = WordCompletion::Paths::files};
  EXPECT_EQ(completion_lines(completion), "\tpart\na:\nworld\t0.00 EUR\n\tfiles\n");
}

TEST(Manual, ProseSetsWhatStandsInBackticksApart) {
  EXPECT_EQ(mdoc_prose("Waits. As `giro ready` (`--all`), too"),
            "Waits.\nAs\n.Ql giro ready\n.Ql ( \\-\\-all ) ,\ntoo\n");
  EXPECT_EQ(mdoc_prose(".5 is \\ here"), "\\&.5 is \\e here\n");
  EXPECT_EQ(mdoc_prose("One.\n\nTwo"), "One.\n.Pp\nTwo\n");
}

TEST(Manual, EveryCommandHasASubsection) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  const std::string manual = manual_of_commands(app);
  EXPECT_THAT(manual, HasSubstr(".Ss giro account open\n"));
  EXPECT_THAT(manual, HasSubstr(".It Fl \\-currency Ar text\n"));
  EXPECT_THAT(manual, Not(HasSubstr(".It Fl \\-json\n")));
  EXPECT_THAT(manual_of_options(app), HasSubstr(".It Fl \\-json\n"));
}

}  // namespace
}  // namespace giro::cli
