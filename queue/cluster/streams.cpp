#include "queue/cluster/streams.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <system_error>

namespace giro::cluster {

std::uint64_t index_of(const Streams& streams) {
  return std::transform_reduce(streams.begin(), streams.end(), std::uint64_t{0}, std::plus<>(),
                               [](const auto& stream) { return stream.second; });
}

std::uint64_t count_in(const Streams& streams, std::string_view node) {
  const auto found = streams.find(node);
  return found == streams.end() ? 0 : found->second;
}

Streams lowest_of(const Streams& a, const Streams& b) {
  Streams lowest;
  for (const auto& [node, count] : a) {
    if (const auto other = count_in(b, node); other > 0) lowest[node] = std::min(count, other);
  }
  return lowest;
}

std::string text_of(const Streams& streams) {
  std::string text;
  for (const auto& [node, count] : streams) {
    if (!text.empty()) text += ' ';
    text.append(node).append(1, '=').append(std::to_string(count));
  }
  return text;
}

std::optional<Streams> read_streams(std::string_view text) {
  Streams streams;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || !is_node_name(part.substr(0, equals))) return {};
    std::uint64_t count = 0;
    const char* end = part.data() + part.size();
    const auto [at, error] = std::from_chars(part.data() + equals + 1, end, count);
    if (error != std::errc() || at != end || count == 0) return {};
    if (!streams.emplace(part.substr(0, equals), count).second) return {};
  }
  return streams;
}

}  // namespace giro::cluster
