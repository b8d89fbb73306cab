// All sessions, by their ids, which are never used again. Thread: one at a time; in the daemon the I/O
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "session/session.hpp"

namespace giro {

class Sessions {
 public:
  [[nodiscard]] std::uint64_t new_id() { return ++last_id_; }
  void add(std::shared_ptr<Session> session) {
    const std::uint64_t id = session->id();
    by_id_.emplace(id, std::move(session));
  }
  // Null: it is gone.
  [[nodiscard]] std::shared_ptr<Session> find(std::uint64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }
  // One that hung up stays until all that it asked is decided: that still takes of its user's share.
  void forget_if_done(const Session& session) {
    if (session.hung_up() && session.slots().used() == 0) by_id_.erase(session.id());
  }
  // A copy, because what is done with them may end some.
  [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const {
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(by_id_.size());
    for (const auto& [id, session] : by_id_) all.push_back(session);
    return all;
  }
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<Session>> by_id_;
};

}  // namespace giro
