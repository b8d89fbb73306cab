#include "queue/cluster/announcement.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "ledger/hex.hpp"

namespace giro::cluster {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, number, base);
  return error == std::errc() && at == end;
}

// Of "name=value", at the beginning of `rest`, up to the next blank; nothing: it is another name.
std::optional<std::string_view> take_value(std::string_view& rest, std::string_view name) {
  if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with('=')) return {};
  rest.remove_prefix(name.size() + 1);
  const std::string_view value = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), value.size() + 1));
  return value;
}

}  // namespace

std::string text_of(const Announcement& announcement) {
  std::string streams = text_of(announcement.durable);
  std::ranges::replace(streams, ' ', ',');
  return fmt::format("index={} digest={} clock={} rules={} version={} state={} streams={} run={:x}",
                     announcement.applied.index, to_hex(announcement.applied.digest),
                     announcement.clock.ns, announcement.rules, announcement.version,
                     announcement.state, streams, announcement.run);
}

std::optional<Announcement> read_announcement(std::string_view text) {
  Announcement one;
  const auto index = take_value(text, "index");
  const auto digest = take_value(text, "digest");
  const auto clock = take_value(text, "clock");
  const auto rules = take_value(text, "rules");
  const auto version = take_value(text, "version");
  const auto state = take_value(text, "state");
  const auto streams = take_value(text, "streams");
  if (!index || !digest || !clock || !rules || !version || !state || !streams) return {};
  if (!read_number(*index, one.applied.index) || !read_hex(*digest, one.applied.digest) ||
      !read_number(*clock, one.clock.ns) || !read_number(*rules, one.rules)) {
    return {};
  }
  std::string with_blanks(*streams);
  std::ranges::replace(with_blanks, ',', ' ');
  auto durable = read_streams(with_blanks);
  if (!durable) return {};
  one.durable = std::move(*durable);
  if (const auto run = take_value(text, "run"); run && !read_number(*run, one.run, 16)) return {};
  one.version = *version;
  one.state = *state;
  return one;
}

Streams all_have(const Announcements& all) {
  if (all.empty()) return {};
  Streams lowest = all.begin()->second.durable;
  for (const auto& one : all | std::views::values) lowest = lowest_of(lowest, one.durable);
  return lowest;
}

std::uint16_t rules_of_all(const Announcements& all) {
  if (all.empty()) return 0;
  return std::ranges::min(all | std::views::values, {}, &Announcement::rules).rules;
}

void ClockGuard::note(const NodeName& self, const Announcements& all, Timestamp own) {
  std::erase_if(readings_, [&all](const auto& entry) { return !all.contains(entry.first); });
  for (const auto& [node, one] : all) {
    if (node == self) continue;
    const auto [found, is_first] = readings_.try_emplace(node, Readings{.last = one.clock});
    Readings& readings = found->second;
    readings.serves = one.state == "serving";
    // What is there at first may be of any age, and what didn't change says nothing new.
    if (is_first || readings.last == one.clock) continue;
    readings.last = one.clock;
    readings.offsets.push_back(one.clock.ns - own.ns);
    if (readings.offsets.size() > kReadings) readings.offsets.pop_front();
  }
}

std::chrono::nanoseconds ClockGuard::offset(bool has_served) const {
  std::vector<std::int64_t> offsets;
  if (has_served) offsets.push_back(0);  // This node's own.
  for (const Readings& of_node : readings_ | std::views::values) {
    if (of_node.offsets.empty() || (!has_served && !of_node.serves)) continue;
    const std::int64_t seems = std::ranges::max(of_node.offsets);
    offsets.push_back(seems > 0 ? seems : std::min<std::int64_t>(0, seems + kAgeMax.count()));
  }
  if (offsets.empty()) return {};
  std::ranges::sort(offsets);
  const std::int64_t low = offsets[(offsets.size() - 1) / 2];
  const std::int64_t high = offsets[offsets.size() / 2];
  // Between two nobody can tell whose is off.
  return std::chrono::nanoseconds(std::abs(low) < std::abs(high) ? low : high);
}

bool ClockGuard::is_off(bool has_served) const {
  return std::chrono::abs(offset(has_served)) > kOffMax;
}

}  // namespace giro::cluster
