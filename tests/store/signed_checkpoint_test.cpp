// A checkpoint is what the ledger amounted to, in a text of which no byte can be changed.
#include "ledger/store/proof/signed_checkpoint.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using store::LedgerPoint;
using store::SignedCheckpoint;
using store::SigningKey;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kName = "bank.example/ledger";

store::VerifyReport report_of(const TestLedger& ledger, const store::PointsWanted& points) {
  return must_open(store::verify_files(
      ledger.directory(), store::BesideDaemon::allowed, [] { return false; }, points));
}

LedgerPoint head_of(const TestLedger& ledger) {
  const auto report = report_of(ledger, {.seqs = {}, .head = true});
  return report.points.at(0);
}

// Three accounts, and a payment of 5 at seq 4, in commits of their own.
struct SmallLedger {
  explicit SmallLedger(Amount amount = 5) {
    open_few_accounts(ledger);
    ledger.pay("k", eur("world", "ada", amount));
    ledger.commit();
  }
  TestLedger ledger;
};

TEST(LedgerPoint, IsWhatTheLedgerAmountsToAfterACommit) {
  SmallLedger small;
  const LedgerPoint point = head_of(small.ledger);
  EXPECT_EQ(point.seq, 4U);
  EXPECT_EQ(point.at, small.ledger.now);
  EXPECT_EQ(store::to_hex(point.digest), report_of(small.ledger, {}).head_digest);
  EXPECT_THAT(store::total_lines(point), testing::ElementsAre("EUR 2 3 5 5"));
}

TEST(LedgerPoint, StaysTheSameWhateverIsDecidedAfterIt) {
  SmallLedger small;
  const LedgerPoint then = head_of(small.ledger);
  Workload workload(7);
  workload.open_accounts(small.ledger);
  workload.run(small.ledger, 500, 40);
  const auto report = report_of(small.ledger, {.seqs = {4}, .head = true});
  ASSERT_EQ(report.points.size(), 2U);
  EXPECT_EQ(store::difference(then, report.points[0]), "");
  EXPECT_EQ(report.points[1].seq, report.head_seq);
}

TEST(LedgerPoint, IsNoneWhereNoCommitEnds) {
  TestLedger ledger;
  open_few_accounts(ledger);  // Three entries in one commit.
  EXPECT_TRUE(report_of(ledger, {.seqs = {1, 2}, .head = false}).points.empty());
}

TEST(LedgerPoint, DiffersInALedgerThatIsWholeAndHasAnotherPast) {
  const SmallLedger one;
  const SmallLedger other(6);
  const auto report = report_of(other.ledger, {.seqs = {4}, .head = false});
  EXPECT_TRUE(report.ok());
  EXPECT_THAT(store::difference(head_of(one.ledger), report.points.at(0)),
              AllOf(HasSubstr("root"), HasSubstr("digest"), HasSubstr("totals")));
}

class Signing : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }
  ScratchFolder folder_;
  SigningKey key_ = must_open(SigningKey::make(file("key")));
  SignedCheckpoint checkpoint_ = store::sign_checkpoint(kName, head_of(SmallLedger().ledger), key_);
};

TEST_F(Signing, IsReadAsItWasWritten) {
  const SignedCheckpoint read = must_open(store::parse_checkpoint(checkpoint_.text));
  EXPECT_EQ(read.name, kName);
  EXPECT_EQ(store::difference(read.point, checkpoint_.point), "");
  EXPECT_EQ(read.point.seq, 4U);
  EXPECT_TRUE(store::is_signed_by(read, key_.public_key()));
}

TEST_F(Signing, HoldsForNoTextThatWasChangedInAnyBit) {
  const std::string& text = checkpoint_.text;
  for (std::size_t i = 0; i < 8 * text.size(); ++i) {
    std::string changed = text;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    const auto read = store::parse_checkpoint(changed);
    EXPECT_FALSE(read && store::is_signed_by(*read, key_.public_key())) << "bit " << i;
  }
}

TEST_F(Signing, HoldsForNoTextThatWasCutShort) {
  for (std::size_t size = 0; size < checkpoint_.text.size(); ++size) {
    EXPECT_FALSE(store::parse_checkpoint(checkpoint_.text.substr(0, size))) << size << " bytes";
  }
}

TEST_F(Signing, HoldsUnderTheKeyThatSignedAndNoOther) {
  const SigningKey other = must_open(SigningKey::make(file("other")));
  EXPECT_FALSE(store::is_signed_by(checkpoint_, other.public_key()));
}

// As witnesses of transparency logs do.
TEST_F(Signing, HoldsBesideSignaturesOfOthers) {
  const SigningKey other = must_open(SigningKey::make(file("other")));
  const std::string both =
      checkpoint_.text +
      store::sign_checkpoint("witness.example", checkpoint_.point, other)
          .text.substr(store::sign_checkpoint("witness.example", checkpoint_.point, other)
                           .text.find("\n\n") +
                       2);
  EXPECT_TRUE(store::is_signed_by(must_open(store::parse_checkpoint(both)), key_.public_key()));
}

TEST_F(Signing, KnowsByTheTextWhetherOneKeySignedTwoOfOneName) {
  const SigningKey other = must_open(SigningKey::make(file("other")));
  const LedgerPoint later = head_of(SmallLedger(6).ledger);
  const auto signed_by = [&](const char* name, const SigningKey& key) {
    return store::sign_checkpoint(name, later, key);
  };
  EXPECT_TRUE(store::have_one_signer(checkpoint_, signed_by(kName, key_)));
  EXPECT_FALSE(store::have_one_signer(checkpoint_, signed_by(kName, other)));
  EXPECT_FALSE(store::have_one_signer(checkpoint_, signed_by("other.example", key_)));
}

TEST_F(Signing, TellsLineEndsThatWereWrittenAnew) {
  std::string text;
  for (const char c : checkpoint_.text) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_THAT(store::parse_checkpoint(text).error(), HasSubstr("CR LF"));
}

TEST_F(Signing, TakesAKeyThatOpensslMade) {
  // RFC 8410, section 10.3.
  std::ofstream(file("rfc")) << "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                "-----END PRIVATE KEY-----\n";
  ::chmod(file("rfc").c_str(), 0600);
  EXPECT_EQ(must_open(SigningKey::read(file("rfc"))).public_key().pem(),
            "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
            "-----END PUBLIC KEY-----\n");
}

TEST_F(Signing, RefusesAKeyThatOthersMayRead) {
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ::chmod(file("key").c_str(), mode);
    const auto read = SigningKey::read(file("key"));
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error(), AllOf(HasSubstr("can be used by others"), HasSubstr("chmod 600")));
  }
}

TEST_F(Signing, NeverOverwritesAKey) {
  EXPECT_THAT(SigningKey::make(file("key")).error(), HasSubstr("is there already"));
  struct stat status{};
  ::stat(file("key").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(Signing, RefusesWhatIsNoKey) {
  std::ofstream(file("text")) << "not a key";
  ::chmod(file("text").c_str(), 0600);
  EXPECT_THAT(SigningKey::read(file("text")).error(), HasSubstr("no key of Ed25519"));
  EXPECT_THAT(store::PublicKey::read(file("key")).error(), HasSubstr("no public key"));
  EXPECT_THAT(SigningKey::read(file("nothing")).error(), HasSubstr("can't be read"));
}

TEST(LedgerName, HasNoBlankAndNoPlus) {
  for (const char* name : {"a", "bank.example/ledger", "10.0.0.1:8480"}) {
    EXPECT_TRUE(store::is_ledger_name(name)) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a+b"), std::string("a\nb"),
        std::string("\xc3\xa4"), std::string(201, 'x')}) {
    EXPECT_FALSE(store::is_ledger_name(name)) << name;
  }
}

}  // namespace
}  // namespace giro::test
