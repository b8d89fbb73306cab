#include "cli/cluster/cluster_nodes.hpp"

#include <algorithm>
#include <ranges>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

std::int64_t count_field(const json::object& object, std::string_view name) {
  return number_field(object, name).value_or(0);
}

}  // namespace

std::vector<NodeRow> node_rows(const json::object& cluster) {
  const std::int64_t groups = count_field(cluster, "groups");
  const std::string own = text_field(cluster, "node");
  std::vector<NodeRow> rows;
  for (const json::value& element : array_field(cluster, "nodes")) {
    if (!element.is_object()) continue;
    const json::object& node = element.get_object();
    NodeRow row{.node = text_field(node, "node"),
                .state = text_field(node, "state"),
                .index = count_field(node, "index"),
                .version = text_field(node, "version"),
                .digest = text_field(node, "digest"),
                .said_ms_ago = count_field(node, "said_ms_ago"),
                .differs = true_field(node, "differs")};
    row.behind = std::max<std::int64_t>(0, groups - row.index);
    row.is_own = row.node == own;
    if (row.said_ms_ago > kSilentAfterMs && row.has_ledger()) row.state = "silent";
    rows.push_back(std::move(row));
  }
  return rows;
}

bool all_are_well(const json::object& cluster) {
  return text_field(cluster, "state") == "serving" &&
         std::ranges::all_of(node_rows(cluster), &NodeRow::is_well);
}

void DigestComparison::add(const json::object& cluster) {
  own_ = text_field(cluster, "node");
  for (const NodeRow& row : node_rows(cluster)) {
    if (!row.has_ledger()) continue;
    seen_[row.node][row.index] = row.digest;
    differs_[row.node] = differs_[row.node] || row.differs;
  }
}

DigestComparison::Row DigestComparison::compare(const std::string& node, const Digests& digests,
                                                std::int64_t last) const {
  Row row{.node = node,
          .index = digests.rbegin()->first,
          .digest = digests.rbegin()->second,
          .verdict = Verdict::open};
  const auto own = seen_.find(own_);
  for (const auto& [index, digest] : digests | std::views::reverse) {
    if (own == seen_.end()) break;
    if (index > last) continue;
    const auto here = own->second.find(index);
    if (here == own->second.end()) continue;
    row.index = index;
    row.digest = digest;
    row.verdict = digest == here->second ? Verdict::equal : Verdict::differs;
    break;
  }
  if (differs_.at(node)) row.verdict = Verdict::differs;
  return row;
}

std::vector<DigestComparison::Row> DigestComparison::rows_until(std::int64_t last) const {
  std::vector<Row> rows;
  rows.reserve(seen_.size());
  for (const auto& [node, digests] : seen_) rows.push_back(compare(node, digests, last));
  return rows;
}

std::vector<DigestComparison::Row> DigestComparison::rows() const {
  std::vector<Row> latest = rows_until(INT64_MAX);
  const auto is_equal = [](const Row& row) { return row.verdict == Verdict::equal; };
  const auto common = common_group();
  return common && std::ranges::all_of(latest, is_equal) ? rows_until(*common) : latest;
}

std::optional<std::int64_t> DigestComparison::common_group() const {
  const auto own = seen_.find(own_);
  if (own == seen_.end()) return std::nullopt;
  for (const auto& [index, digest] : own->second | std::views::reverse) {
    if (std::ranges::all_of(seen_, [&](const auto& node) { return node.second.contains(index); })) {
      return index;
    }
  }
  return std::nullopt;
}

DigestComparison::Verdict DigestComparison::verdict() const {
  Verdict worst = Verdict::equal;
  for (const Row& row : rows()) {
    if (row.verdict == Verdict::differs) return Verdict::differs;
    if (row.verdict == Verdict::open) worst = Verdict::open;
  }
  return worst;
}

std::string_view name(DigestComparison::Verdict verdict) {
  switch (verdict) {
    case DigestComparison::Verdict::equal:
      return "equal";
    case DigestComparison::Verdict::differs:
      return "differs";
    case DigestComparison::Verdict::open:
      break;
  }
  return "not compared";
}

}  // namespace giro::cli
