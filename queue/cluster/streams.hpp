// How far each node's stream of groups is applied, and with that how far the ledger is: its index is the number of
// groups in all, since they have one order. Values: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "queue/node_name.hpp"

namespace giro::cluster {

// The name of a node, as in its configuration: is_node_name().
using NodeName = std::string;

// The groups 1 to this number, of each stream. One that isn't here has none.
using Streams = std::map<NodeName, std::uint64_t, std::less<>>;

[[nodiscard]] std::uint64_t index_of(const Streams& streams);
[[nodiscard]] std::uint64_t count_in(const Streams& streams, std::string_view node);
// The lower number of each stream that both have.
[[nodiscard]] Streams lowest_of(const Streams& a, const Streams& b);

// "a=12 b=7": as a ledger keeps them beside its groups.
[[nodiscard]] std::string text_of(const Streams& streams);
// Nothing: it isn't such a text.
[[nodiscard]] std::optional<Streams> read_streams(std::string_view text);

}  // namespace giro::cluster
