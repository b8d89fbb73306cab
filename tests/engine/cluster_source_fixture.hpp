// A node's source of groups and its committer over a log that is the test's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/cluster/cluster_source.hpp"
#include "engine/cluster/rules.hpp"
#include "engine/group_codec.hpp"
#include "tests/engine/engine_fixture.hpp"
#include "tests/store/faulty_vfs.hpp"

namespace giro::test {

class ClusterSourceTest : public testing::Test {
 protected:
  ClusterSourceTest() {
    {
      TestLedger fresh(options());
      open_few_accounts(fresh);
      fresh.close();
    }
    start();
  }

  [[nodiscard]] store::StoreOptions options() {
    return {.directory = folder.path() / "ledger",
            .surroundings = {.vfs = disk.vfs(), .clock = [this] { return time.moment(); }}};
  }
  void start() {
    committer.emplace(parts_of(must_open(Ledger::open(options())), source, time, heard));
    last = committer->ledger().store().applied_index();
  }

  // --- this node's clients ---
  void ask(Work work) {
    ASSERT_EQ(
        queue.push(
            {.reply_to = {.connection = 1, .slot = ++slots}, .uid = 1000, .work = std::move(work)},
            {}),
        Admission::accepted);
  }
  void pay(std::string_view key) { ask(command(key)); }
  void ask_balance() { ask(AccountsQuery{.ids = {AccountId("ada")}}); }
  void ask_dry_run() { ask(checked(payment(eur("world", "ada", 5), dry))); }
  static Command command(std::string_view key) {
    PaymentRequest request = payment(eur("world", "ada", 5));
    request.key = key;
    return checked(request);
  }

  // --- the log ---
  cluster::LedgerSide::Made make() { return source.make(made, time.moment()); }
  // This node's next group is in the log.
  void append() {
    ASSERT_EQ(make(), cluster::LedgerSide::Made::group);
    source.appended(++number);
  }
  // The next group of the order.
  void give(bool is_own, std::uint64_t its_number, std::string commands) {
    ++streams[is_own ? "a" : "b"];
    source.give(
        {.index = ++last,
         .node = is_own ? "a" : "b",
         .is_own = is_own,
         .number = its_number,
         .rules = rules,
         .now = Timestamp{time.real().ns + clock_ahead.count() + static_cast<std::int64_t>(last)},
         .commands = std::move(commands),
         .streams = streams});
  }
  void give_own() { give(true, number, made); }
  void give_other(std::string_view key) {
    WorkGroup group;
    group.items.push_back({.reply_to = {}, .uid = 7, .work = command(key)});
    std::string bytes;
    write_group(group, bytes);
    give(false, ++others, std::move(bytes));
  }

  // --- the commit thread ---
  Committer::Next step() { return committer->step(time.moment()); }
  void step_until_idle() {
    for (int i = 0; i < 20; ++i) (void)step();
  }
  // What the clients were told, in order: "1: seq 4", "2: busy", "3: balance -5".
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (const auto& group : std::exchange(heard.groups, {})) {
      for (const Answer& answer : group->answers) {
        if (answer.to.connection != 0) all.push_back(word_for(answer));
      }
    }
    return all;
  }
  static std::string word_for(const Answer& answer) {
    const std::string slot = std::to_string(answer.to.slot) + ": ";
    if (const auto* accounts = std::get_if<AccountsAnswer>(&answer.body)) {
      return slot + "as of " + std::to_string(accounts->as_of_seq);
    }
    const auto* outcome = std::get_if<Outcome>(&answer.body);
    if (outcome == nullptr) return slot + "something";
    if (const auto* refused = std::get_if<Refused>(outcome)) {
      return slot + std::string(name(refused->refusal.code));
    }
    return slot + (std::holds_alternative<Replayed>(*outcome) ? "replayed" : "decided");
  }
  // At which node the entries were asked, from the first one that isn't every test's on: "b", "" where they don't say it.
  [[nodiscard]] std::vector<std::string> nodes() {
    const auto reader = must_open(store::Reader::open(committer->ledger().store().ledger_file()));
    std::vector<std::string> names;
    for (const Entry& entry : reader->entries(4, 100)) {
      names.emplace_back(reader->node(entry.author.node));
    }
    return names;
  }
  [[nodiscard]] Seq seq() const { return committer->ledger().state().seq(); }
  [[nodiscard]] std::uint64_t applied() const {
    return committer->ledger().store().applied_index();
  }

  ScratchFolder folder;
  FaultyDisk disk;
  FakeTime time;
  WorkQueue queue{QueueLimits{}};
  int woken = 0;
  ClusterSource source{queue, "main;", {}, [this] { ++woken; }};
  Heard heard;
  std::optional<Committer> committer;
  cluster::Streams streams;
  std::uint64_t last = 0;    // The index of the order's last group.
  std::uint64_t number = 0;  // Of this node's last group.
  std::uint64_t others = 0;
  std::uint32_t slots = 0;
  std::uint16_t rules = kRulesKnown;        // Of the next groups.
  std::chrono::nanoseconds clock_ahead{0};  // Of who makes the next groups.
  std::string made;
};

}  // namespace giro::test
