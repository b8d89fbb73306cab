#include "queue/cluster/order.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace giro::cluster {
namespace {

constexpr Revision kNoBound = std::numeric_limits<Revision>::max();

// What a pull found of one stream.
struct Found {
  std::uint64_t last = 0;  // The number of the last group, without gaps behind what was applied.
  Revision revision = 0;   // Of that one.
};

std::unexpected<WrongOrder> wrong(OrderTrouble trouble, std::string what) {
  return std::unexpected(WrongOrder{.trouble = trouble, .what = std::move(what)});
}

// Each stream's groups must be the next ones, in the log's order.
std::expected<std::map<NodeName, Found>, WrongOrder> look_at(const Streams& applied,
                                                             const std::vector<Record>& records) {
  std::map<NodeName, Found> all;
  for (const Record& record : records) {
    Found& found =
        all.try_emplace(record.node, Found{.last = count_in(applied, record.node)}).first->second;
    if (record.number != found.last + 1 || record.revision <= found.revision) {
      return wrong(OrderTrouble::damaged, fmt::format("group {} of {} lies where group {} belongs",
                                                      record.number, record.node, found.last + 1));
    }
    found = {.last = record.number, .revision = record.revision};
  }
  return all;
}

}  // namespace

std::expected<InOrder, WrongOrder> in_order(const Streams& applied, Pulled pulled) {
  if (index_of(pulled.streams) != pulled.groups) {
    return wrong(OrderTrouble::damaged, fmt::format("it counts {} groups, and its streams have {}",
                                                    pulled.groups, index_of(pulled.streams)));
  }
  for (const auto& [node, count] : applied) {
    if (const auto there = count_in(pulled.streams, node); there < count) {
      return wrong(OrderTrouble::older,
                   fmt::format("it has {} groups of {}, and {} are applied", there, node, count));
    }
  }
  for (const auto& [node, gone] : pulled.truncated) {
    if (const auto count = count_in(applied, node); count < gone) {
      return wrong(
          OrderTrouble::behind,
          fmt::format("groups {} to {} of {} were removed from it before they were applied",
                      count + 1, gone, node));
    }
  }
  const auto found = look_at(applied, pulled.groups_found);
  if (!found) return std::unexpected(found.error());
  // Behind the last group that is known of a stream which has more, another of it may be the next one.
  Revision bound = kNoBound;
  for (const auto& [node, count] : pulled.streams) {
    const auto of_stream = found->find(node);
    const std::uint64_t last =
        of_stream == found->end() ? count_in(applied, node) : of_stream->second.last;
    if (last > count) {
      return wrong(OrderTrouble::damaged,
                   fmt::format("it has {} groups of {}, and group {} is there", count, node, last));
    }
    if (last == count) continue;
    if (!pulled.cut.contains(node)) {
      return wrong(
          OrderTrouble::damaged,
          fmt::format("it counts {} groups of {}, and group {} is missing", count, node, last + 1));
    }
    bound = std::min(bound, of_stream == found->end() ? 0 : of_stream->second.revision);
  }
  InOrder order{.records = std::move(pulled.groups_found), .more = bound != kNoBound};
  std::erase_if(order.records, [bound](const Record& one) { return one.revision > bound; });
  std::ranges::sort(order.records, {}, &Record::revision);
  return order;
}

}  // namespace giro::cluster
