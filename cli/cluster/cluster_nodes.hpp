// The nodes of a cluster as one of them tells of them (`cluster` of ledger.status): how each is, and whether all have
// the same ledger.
// Pure: any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace giro::cli {

// A node that runs says something of itself every second: behind this it doesn't, or can't be heard.
inline constexpr std::int64_t kSilentAfterMs = 5'000;

struct NodeRow {
  std::string node;
  std::string state;  // As it last said; "silent": that was long ago.
  std::int64_t index = 0;
  std::int64_t behind = 0;  // The log's end.
  std::string version;
  std::string digest;
  std::int64_t said_ms_ago = 0;
  bool differs = false;
  bool is_own = false;  // It is who tells.

  [[nodiscard]] bool is_well() const { return state == "serving" && !differs; }
  // One that was let in says the index and the digest of another node until it has a ledger and runs.
  [[nodiscard]] bool has_ledger() const { return state != "joining"; }
};
[[nodiscard]] std::vector<NodeRow> node_rows(const boost::json::object& cluster);
// Whether every node takes payments, and has the same ledger.
[[nodiscard]] bool all_are_well(const boost::json::object& cluster);

// Holds the nodes' digests against the one of who tells. Nodes are at other groups while they work, so that it takes
// several looks until two of them were seen at the same one.
class DigestComparison {
 public:
  enum class Verdict : std::uint8_t { equal, differs, open };
  struct Row {
    std::string node;
    std::int64_t index = 0;  // Where both were seen; of an open one where it was seen last.
    std::string digest;
    Verdict verdict = Verdict::open;
  };

  void add(const boost::json::object& cluster);
  // Where all are equal and were seen at one group: as of that one.
  [[nodiscard]] std::vector<Row> rows() const;
  // differs: at least one does; open: one can't be compared yet.
  [[nodiscard]] Verdict verdict() const;

 private:
  using Digests = std::map<std::int64_t, std::string>;  // By index.

  // As of `last` at the latest.
  [[nodiscard]] std::vector<Row> rows_until(std::int64_t last) const;
  [[nodiscard]] Row compare(const std::string& node, const Digests& digests,
                            std::int64_t last) const;
  // The last group at which all nodes were seen.
  [[nodiscard]] std::optional<std::int64_t> common_group() const;

  std::string own_;
  std::map<std::string, Digests> seen_;  // By node.
  std::map<std::string, bool> differs_;  // As who tells found out by itself.
};

[[nodiscard]] std::string_view name(DigestComparison::Verdict verdict);

}  // namespace giro::cli
