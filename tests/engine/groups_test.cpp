// What a ledger becomes follows from its groups alone: two that are fed the same ones are the same, to the
// digest, whatever their secrets, and however often either was stopped.
#include <array>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/group_codec.hpp"
#include "tests/engine/engine_fixture.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

// Random commands among few accounts, so that most of them are decided one way and the other; some are sent
// twice, some are dry runs, some come as a batch.
class RandomGroups {
 public:
  explicit RandomGroups(std::uint64_t seed) : random_(seed), commands_(seed) {}

  WorkGroup next() {
    WorkGroup group{.index = ++index_, .now = now_ = Timestamp{now_.ns + 1'000'000}, .items = {}};
    // In a cluster the log says of each group whose it is, and by which rules.
    if (index_ > 20) group.node = std::array{"c", "a", "b"}.at(random_() % 3);
    for (std::size_t count = 1 + random_() % 40; count > 0; --count) group.items.push_back(item());
    group.items.push_back({.reply_to = {}, .uid = 0, .work = StatusQuery{}});
    return group;
  }

 private:
  WorkItem item() {
    const auto uid = static_cast<std::uint32_t>(1'000 + random_() % 3);
    if (random_() % 8 != 0) return {.reply_to = {}, .uid = uid, .work = command()};
    auto batch = std::make_unique<CommandBatch>();
    batch->all_or_none = random_() % 2 == 0;
    batch->dry_run = batch->all_or_none && random_() % 5 == 0;
    std::set<std::string> keys;
    for (std::size_t size = batch->all_or_none ? 1 + random_() % 4 : 5;
         batch->commands.size() < size;) {
      Command member = command();
      const bool fits = !is_dry_run(member) && keys.emplace(key_of(member).view()).second;
      if (!batch->all_or_none || fits) batch->commands.push_back(std::move(member));
    }
    return {.reply_to = {}, .uid = uid, .work = std::move(batch)};
  }
  Command command() {
    if (random_() % 10 == 0) return commands_.next();
    const std::string from = account_id();
    const std::string to = account_id();
    if (random_() % 20 == 0) {
      const std::string key = "u" + std::to_string(random_() % 3'000);
      return checked(account_change(AccountAction::update, from, [&](auto& update) {
        update.key = key;
        update.limits = {{.window = "1m", .amount = 50 + random_() % 200, .count = {}}};
        update.alerts = AlertLines{.below = 20, .above = 100};
      }));
    }
    if (from == to || random_() % 12 == 0) {
      return checked(account(from, [&](auto& open) {
        if (random_() % 2 == 0) open.floor.reset();
      }));
    }
    PaymentRequest request = payment(eur(from, to, static_cast<Amount>(1 + random_() % 100)));
    const std::string key = "k" + std::to_string(random_() % 3'000);
    request.key = key;
    request.dry_run = random_() % 10 == 0;
    return checked(request);
  }
  std::string account_id() { return "a" + std::to_string(random_() % 12); }

  std::mt19937_64 random_;
  RandomCommands commands_;
  std::uint64_t index_ = 0;
  Timestamp now_{1'800'000'000'000'000'000};
};

// A ledger of its own secret that applies groups as they come out of their bytes.
class Applier {
 public:
  Applier(std::uint8_t secret, std::uint32_t keys_in_run)
      : options_{.directory = folder_.path() / "ledger",
                 .keys_in_run = keys_in_run,
                 .surroundings = {.random = [secret](std::span<std::uint8_t> bytes) {
                   std::ranges::fill(bytes, secret);
                 }}} {
    start();
  }

  void add(const std::string& bytes, const std::string& node) {
    ByteReader in(bytes);
    auto group = read_group(in);
    ASSERT_TRUE(group);
    ASSERT_EQ(in.rest(), "");
    group->node = node;
    source_.add(std::move(*group));
  }
  // What was added.
  void apply() {
    (void)committer_->step(time_.moment());
    ASSERT_EQ(heard_.failure, "");
  }
  void share_commits() { source_.share_commits(); }
  void restart() {
    committer_.reset();
    start();
  }
  [[nodiscard]] std::uint64_t applied_index() const {
    return committer_->ledger().store().applied_index();
  }
  [[nodiscard]] const GivenGroups::Digests& digests() const { return source_.digests(); }
  [[nodiscard]] std::uint64_t commits() const { return committer_->metrics().commits.value(); }
  [[nodiscard]] const std::vector<std::string>& nodes() const {
    return committer_->ledger().state().nodes();
  }
  [[nodiscard]] store::VerifyReport verify() const {
    return store::verify(options_.directory / "ledger.db", [] { return false; });
  }

 private:
  void start() {
    committer_.emplace(parts_of(must_open(Ledger::open(options_)), source_, time_, heard_));
  }

  ScratchFolder folder_;
  store::StoreOptions options_;
  FakeTime time_;
  GivenGroups source_;
  Heard heard_;
  std::optional<Committer> committer_;
};

class Groups : public testing::TestWithParam<std::uint64_t> {
 protected:
  // The next one is applied by the first, and known to the other.
  void add_next() {
    const WorkGroup group = groups.next();
    std::string bytes;
    write_group(group, bytes);
    ASSERT_NO_FATAL_FAILURE(one.add(bytes, group.node));
    ASSERT_NO_FATAL_FAILURE(one.apply());
    ASSERT_NO_FATAL_FAILURE(other.add(bytes, group.node));
  }

  RandomGroups groups{GetParam()};
  std::mt19937_64 random{GetParam()};
  Applier one{1, 100};
  Applier other{2, 333};
};

TEST_P(Groups, MakeTheSameLedgerOfEveryOneThatAppliesThem) {
  for (int i = 0; i < 120; ++i) {
    ASSERT_NO_FATAL_FAILURE(add_next());
    ASSERT_NO_FATAL_FAILURE(other.apply());
    if (random() % 10 == 0) other.restart();
  }
  EXPECT_EQ(one.applied_index(), other.applied_index());
  const auto report = one.verify();
  const auto other_report = other.verify();
  EXPECT_TRUE(report.ok());
  EXPECT_TRUE(other_report.ok());
  EXPECT_GT(report.entries, 1'000U);
  EXPECT_EQ(report.entries, other_report.entries);
  EXPECT_EQ(report.head_digest, other_report.head_digest);
  EXPECT_THAT(one.nodes(), testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(one.nodes(), other.nodes());
}

TEST_P(Groups, MakeTheSameLedgerHoweverManyShareATransaction) {
  other.share_commits();
  for (int i = 0; i < 120; ++i) {
    ASSERT_NO_FATAL_FAILURE(add_next());
    if (random() % 4 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(other.apply());
  }
  ASSERT_NO_FATAL_FAILURE(other.apply());
  EXPECT_LT(other.commits(), one.commits() / 2);
  EXPECT_EQ(one.digests(), other.digests()) << "behind each single group";
  EXPECT_EQ(one.applied_index(), other.applied_index());
  const auto report = other.verify();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.head_digest, one.verify().head_digest);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Groups, testing::Range<std::uint64_t>(1, 9));

TEST(GroupCodec, KeepsTheCommandsThatArePartOfTheGroup) {
  RandomGroups groups(3);
  for (int i = 0; i < 200; ++i) {
    std::string bytes;
    write_group(groups.next(), bytes);
    ByteReader in(bytes);
    auto group = read_group(in);
    ASSERT_TRUE(group);
    std::string again;
    write_group(*group, again);
    ASSERT_EQ(again, bytes);
    for (const WorkItem& item : group->items) {
      if (const auto* command = std::get_if<Command>(&item.work)) {
        ASSERT_FALSE(is_dry_run(*command));
      } else {
        ASSERT_TRUE(std::get<std::unique_ptr<CommandBatch>>(item.work)->all_or_none);
      }
    }
  }
}

TEST(GroupCodec, ReadsNothingOfBytesThatEndEarly) {
  RandomGroups groups(4);
  std::string bytes;
  write_group(groups.next(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read_group(in)) << size;
  }
}

}  // namespace
}  // namespace giro::test
