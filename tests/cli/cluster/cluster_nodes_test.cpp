// The nodes of a cluster, as `ledger.status` tells of them: who is well, and whose ledger is whose.
#include "cli/cluster/cluster_nodes.hpp"

#include <gtest/gtest.h>

namespace giro::cli {
namespace {

namespace json = boost::json;
using Verdict = DigestComparison::Verdict;

json::object node(const std::string& name, int index, const std::string& digest,
                  const json::object& more = {}) {
  json::object node{{"node", name},     {"state", "serving"}, {"version", "1.0"}, {"index", index},
                    {"digest", digest}, {"said_ms_ago", 400}, {"differs", false}};
  for (const auto& [key, value] : more) node[key] = value;
  return node;
}

json::object cluster(const json::array& nodes) {
  return {{"name", "main"}, {"node", "a"}, {"state", "serving"}, {"groups", 9}, {"nodes", nodes}};
}

TEST(ClusterNodes, AreWellWhileAllServeAndHaveOneLedger) {
  EXPECT_TRUE(all_are_well(cluster({node("a", 9, "x"), node("b", 7, "y")})));
  EXPECT_FALSE(
      all_are_well(cluster({node("a", 9, "x"), node("b", 7, "y", {{"state", "catching_up"}})})));
  EXPECT_FALSE(all_are_well(cluster({node("a", 9, "x"), node("b", 7, "y", {{"differs", true}})})));
  json::object isolated = cluster({node("a", 9, "x")});
  isolated["state"] = "isolated";
  EXPECT_FALSE(all_are_well(isolated));
}

TEST(ClusterNodes, OneThatDoesntSayAnythingIsSilentWhateverItSaidLast) {
  const auto rows =
      node_rows(cluster({node("a", 9, "x"), node("b", 7, "y", {{"said_ms_ago", 5'001}}),
                         node("c", 7, "y", {{"said_ms_ago", 5'000}})}));
  EXPECT_EQ(rows.at(1).state, "silent");
  EXPECT_FALSE(rows.at(1).is_well());
  EXPECT_EQ(rows.at(2).state, "serving");
}

TEST(ClusterNodes, OneThatIsLetInMayBeQuietForLong) {
  const auto rows =
      node_rows(cluster({node("d", 7, "y", {{"state", "joining"}, {"said_ms_ago", 900'000}})}));
  EXPECT_EQ(rows.at(0).state, "joining");
  EXPECT_FALSE(rows.at(0).has_ledger());
  EXPECT_FALSE(rows.at(0).is_well());
}

TEST(ClusterNodes, AreBehindByTheGroupsThatTheyLack) {
  const auto rows = node_rows(cluster({node("a", 9, "x"), node("b", 7, "y"), node("c", 10, "z")}));
  EXPECT_EQ(rows.at(0).behind, 0);
  EXPECT_EQ(rows.at(1).behind, 2);
  EXPECT_EQ(rows.at(2).behind, 0) << "the log was looked at before";
  EXPECT_TRUE(rows.at(0).is_own);
  EXPECT_FALSE(rows.at(1).is_own);
}

TEST(ClusterNodes, TakeAnAnswerOfAnotherRelease) {
  EXPECT_TRUE(node_rows({}).empty());
  EXPECT_TRUE(node_rows({{"nodes", {1, "a", nullptr}}}).empty());
  EXPECT_EQ(node_rows({{"nodes", {json::object{{"node", "a"}}}}}).at(0).node, "a");
  EXPECT_FALSE(all_are_well({}));
}

TEST(DigestComparison, NodesAtTheSameGroupAreComparedThere) {
  DigestComparison comparison;
  comparison.add(cluster({node("a", 9, "x"), node("b", 9, "x"), node("c", 9, "z")}));
  const auto rows = comparison.rows();
  EXPECT_EQ(rows.at(0).verdict, Verdict::equal);
  EXPECT_EQ(rows.at(1).verdict, Verdict::equal);
  EXPECT_EQ(rows.at(2).verdict, Verdict::differs);
  EXPECT_EQ(comparison.verdict(), Verdict::differs);
}

TEST(DigestComparison, NodesThatWorkAreComparedWhereBothWereSeenOnce) {
  DigestComparison comparison;
  comparison.add(cluster({node("a", 9, "x9"), node("b", 7, "x7")}));
  EXPECT_EQ(comparison.verdict(), Verdict::open);
  comparison.add(cluster({node("a", 11, "x11"), node("b", 9, "x9")}));
  EXPECT_EQ(comparison.verdict(), Verdict::equal);
  for (const DigestComparison::Row& row : comparison.rows()) {
    EXPECT_EQ(row.index, 9) << row.node << " is shown beside the others, not where it is by now";
    EXPECT_EQ(row.digest, "x9") << row.node;
  }
}

TEST(DigestComparison, WhatANodeFoundOutByItselfCounts) {
  DigestComparison comparison;
  comparison.add(cluster({node("a", 9, "x"), node("b", 7, "y", {{"differs", true}})}));
  EXPECT_EQ(comparison.verdict(), Verdict::differs);
}

TEST(DigestComparison, ANodeWithoutALedgerYetIsLeftOut) {
  DigestComparison comparison;
  comparison.add(cluster({node("a", 9, "x"), node("d", 7, "y", {{"state", "joining"}})}));
  EXPECT_EQ(comparison.rows().size(), 1U);
  EXPECT_EQ(comparison.verdict(), Verdict::equal);
}

}  // namespace
}  // namespace giro::cli
