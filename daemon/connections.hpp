// All connections, by their ids, which are never used again. Thread: the I/O thread.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "daemon/connection.hpp"

namespace giro {

class Connections {
 public:
  void add(std::shared_ptr<Connection> connection) {
    const std::uint64_t id = connection->id();
    by_id_.emplace(id, std::move(connection));
  }
  void remove(std::uint64_t id) { by_id_.erase(id); }
  // Null: it is gone.
  [[nodiscard]] std::shared_ptr<Connection> find(std::uint64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }
  // A copy, because what is done with them may close some.
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(by_id_.size());
    for (const auto& [id, connection] : by_id_) all.push_back(connection);
    return all;
  }
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> by_id_;
};

}  // namespace giro
