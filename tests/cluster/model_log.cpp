#include "tests/cluster/model_log.hpp"

#include <algorithm>
#include <utility>

#include "queue/cluster/envelope.hpp"

namespace giro::test {

using cluster::Appended;
using cluster::LogEvent;
using cluster::Streams;

namespace {

constexpr std::size_t kGroupsAStream = 8;
constexpr std::chrono::milliseconds kDeadline{1'000};

}  // namespace

Appended SharedLog::append(const cluster::NodeName& node, std::uint64_t number,
                           const std::string& sealed) {
  Stream& stream = state_.streams[node];
  const auto there = stream.groups.find(number);
  if (there != stream.groups.end()) {
    return {.fate = Appended::Fate::taken, .sealed = there->second.sealed};
  }
  if (number != stream.end + 1) return {.fate = Appended::Fate::no_place};
  stream.end = number;
  stream.groups[number] = {.revision = ++state_.revision, .sealed = sealed};
  ++state_.groups;
  const auto envelope = cluster::unseal(sealed);
  appenders.push_back({.node = node, .rules = envelope ? envelope->rules : std::uint16_t{0}});
  return {.fate = Appended::Fate::appended, .revision = state_.revision, .groups = state_.groups};
}

void SharedLog::truncate(const Streams& below) {
  for (const auto& [node, count] : below) {
    Stream& stream = state_.streams[node];
    stream.truncated = std::max(stream.truncated, count);
    stream.groups.erase(stream.groups.begin(), stream.groups.upper_bound(count));
  }
}

void ModelLog::append(std::uint64_t number, std::string sealed) {
  const bool twice = chance(faults.twice_percent);
  if (twice) {
    later([this, number, sealed]() -> std::optional<LogEvent> {
      if (!is_cut_off) (void)shared_.append(node_, number, sealed);
      return {};
    });
  }
  const bool lost_before = is_cut_off || is_member_paused || chance(faults.lost_percent);
  const bool lost_after = chance(faults.lost_percent);
  later([this, number, sealed = std::move(sealed), lost_before, twice,
         lost_after]() -> std::optional<LogEvent> {
    if (lost_before || is_cut_off) {
      // Nothing left only if the connection wasn't there.
      const auto fate = is_cut_off && !twice ? Appended::Fate::not_sent : Appended::Fate::unknown;
      return Appended{.fate = fate, .trouble = "no answer"};
    }
    Appended appended = shared_.append(node_, number, sealed);
    if (!tells_places) appended.groups = 0;
    if (lost_after) return Appended{.fate = Appended::Fate::unknown, .trouble = "no answer"};
    return appended;
  });
}

void ModelLog::pull(const Streams& streams, bool latest) {
  ++pulls_;
  const bool stale = !latest && chance(faults.stale_percent);
  later([this, streams, latest, stale]() -> std::optional<LogEvent> {
    // A member that is cut off still shows what it had.
    if (is_member_paused || (latest && is_cut_off)) {
      return cluster::Pulled{.ok = false, .trouble = "no quorum"};
    }
    if (!stale && !is_cut_off) before_ = std::exchange(lagging_, shared_.state());
    auto pulled = look(stale ? before_ : lagging_, streams);
    pulled.is_latest = latest;
    return pulled;
  });
}

cluster::Pulled ModelLog::look(const SharedLog::State& state, const Streams& streams) {
  cluster::Pulled pulled{.ok = true};
  pulled.revision = state.revision;
  pulled.groups = state.groups;
  for (const auto& [node, stream] : state.streams) {
    if (stream.end > 0) pulled.streams[node] = stream.end;
    if (stream.truncated > 0) pulled.truncated[node] = stream.truncated;
    auto next = stream.groups.upper_bound(cluster::count_in(streams, node));
    for (std::size_t i = 0; i < kGroupsAStream && next != stream.groups.end(); ++i, ++next) {
      if (next->first != cluster::count_in(streams, node) + i + 1) break;
      pulled.groups_found.push_back({.node = node,
                                     .number = next->first,
                                     .revision = next->second.revision,
                                     .sealed = next->second.sealed});
    }
    if (next != stream.groups.end()) pulled.cut.insert(node);
  }
  std::ranges::shuffle(pulled.groups_found, random_);
  std::ranges::stable_sort(pulled.groups_found, {}, &cluster::Record::number);
  return pulled;
}

void ModelLog::announce(std::string text) {
  later([this, text = std::move(text)]() -> std::optional<LogEvent> {
    if (is_cut_off || is_member_paused || chance(faults.lost_percent)) return cluster::Census{};
    auto before = shared_.announcements;
    shared_.announcements[node_] = text;
    return cluster::Census{.ok = true,
                           .groups = shared_.state().groups,
                           .announcements = std::move(before),
                           .log_bytes_used = shared_.bytes_used,
                           .log_bytes_max = 1'000};
  });
}

void ModelLog::truncate(const Streams& below) {
  if (!is_cut_off) shared_.truncate(below);
}

void ModelLog::forget(const cluster::NodeName& node) {
  shared_.announcements.erase(node);
}

void ModelLog::later(std::function<std::optional<LogEvent>()> happen) {
  const auto delay = std::chrono::microseconds(
      random_() % (1'000U * static_cast<unsigned>(faults.delay_ms_max) + 1));
  const bool slow = is_member_paused || chance(faults.lost_percent / 2);
  later_.push_back({.at = now_ + delay + (slow ? kDeadline : std::chrono::milliseconds(0)),
                    .happen = std::move(happen),
                    .life = life_});
}

void ModelLog::deliver() {
  for (;;) {
    const auto next = std::ranges::min_element(later_, {}, &Later::at);
    if (next == later_.end() || next->at > now_) return;
    const Later one = std::move(*next);
    later_.erase(next);
    auto event = one.happen();
    if (event && one.life == life_) events_.push_back(std::move(*event));
  }
}

std::optional<LogEvent> ModelLog::next_event(Moment now) {
  now_ = now;
  deliver();
  if (events_.empty()) return {};
  LogEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void ModelLog::disconnect() {
  ++life_;
  events_.clear();
}

void ModelLog::ring() {
  if (is_cut_off || is_member_paused) return;
  events_.emplace_back(cluster::Rang{.revision = shared_.state().revision});
}

std::optional<cluster::Log::Moment> ModelLog::next_moment() const {
  if (!events_.empty()) return now_;
  const auto next = std::ranges::min_element(later_, {}, &Later::at);
  return next == later_.end() ? std::nullopt : std::optional(next->at);
}

}  // namespace giro::test
