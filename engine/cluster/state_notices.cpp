#include "engine/cluster/state_notices.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace giro {
namespace {

// What a node is on its way: nothing is wrong with it.
bool is_coming(cluster::Replicator::State state) {
  using State = cluster::Replicator::State;
  return state == State::starting || state == State::catching_up;
}

Notice blocked_by(const std::string& trouble) {
  return {.severity = Severity::warning,
          .event = Event::blocked,
          .text = fmt::format("{}: it takes no payments. What was answered is safe; what was sent "
                              "and has no answer is decided, or isn't, "
                              "by what the log has. `giro cluster status` tells more",
                              trouble)};
}

}  // namespace

std::optional<Notice> StateNotices::next(const cluster::Replicator::Figures& now,
                                         cluster::Log::Moment at) {
  // That the ledger can't be written the commit thread tells.
  if (now.state == told_ || now.state == State::halted || now.state == State::read_only) {
    return std::nullopt;
  }
  const State before = std::exchange(told_, now.state);
  if (now.state == State::serving) {
    if (std::exchange(served_, true)) {
      const std::chrono::duration<double> seconds = at - blocked_at_;
      return Notice{
          .severity = Severity::info,
          .event = Event::unblocked,
          .text = fmt::format("this node takes payments again, after {:.1f} s", seconds.count())};
    }
    return Notice{.severity = Severity::info,
                  .text = fmt::format("this node is up with the log of the cluster, at group {}, "
                                      "and takes payments",
                                      now.given)};
  }
  if (before == State::serving) blocked_at_ = at;
  if (is_coming(now.state)) return std::nullopt;
  return blocked_by(now.trouble);
}

}  // namespace giro
