// How far each node's stream of groups is applied, and with that how far the ledger is: its index is the number of
// groups in all, since they have one order. Values: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace giro::cluster {

// The name of a node, as in its configuration: of a-z, 0-9 and -, at most kNameMax.
using NodeName = std::string;
inline constexpr std::size_t kNameMax = 32;
[[nodiscard]] bool is_node_name(std::string_view name);

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
