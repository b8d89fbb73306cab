#include "engine/metrics.hpp"

#include <algorithm>

namespace giro {
namespace {

std::uint64_t replays_in(const AnswerBody& body) {
  if (const auto* outcome = std::get_if<Outcome>(&body)) {
    return std::holds_alternative<Replayed>(*outcome) ? 1 : 0;
  }
  if (const auto* batch = std::get_if<std::unique_ptr<BatchAnswer>>(&body)) {
    return (*batch)->replayed;
  }
  if (const auto* group = std::get_if<std::unique_ptr<GroupAnswer>>(&body)) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        (*group)->outcomes,
        [](const Outcome& outcome) { return std::holds_alternative<Replayed>(outcome); }));
  }
  return 0;
}

}  // namespace

void CommitMetrics::count(std::span<const Answer> answers) {
  std::uint64_t replayed = 0;
  for (const Answer& answer : answers) replayed += replays_in(answer.body);
  if (replayed > 0) replays.add(replayed);
}

}  // namespace giro
