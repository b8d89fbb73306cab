// What a node of a cluster may be called: its name becomes a part of etcd's keys. Pure: any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace giro::cluster {

// Of a-z, 0-9 and -.
inline constexpr std::size_t kNameMax = 32;

[[nodiscard]] constexpr bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace giro::cluster
