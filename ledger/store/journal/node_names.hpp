// The names of the nodes that rows know by number, read when they are asked for: a node keeps its number for ever.
// Thread: that of the connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/author.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

// By number - 1. Throws on a table that has other numbers than 1, 2, ... or names that can't be.
[[nodiscard]] std::vector<std::string> read_node_names(const SQLite::Database& db);

class NodeNames {
 public:
  explicit NodeNames(const SQLite::Database& db) : db_(db) {}

  // Of 0: empty. Valid until the next call. Throws where there is no such node.
  [[nodiscard]] std::string_view of(NodeNumber number) {
    return number == 0 ? std::string_view() : find(number);
  }

 private:
  [[nodiscard]] std::string_view find(NodeNumber number);

  const SQLite::Database& db_;
  std::vector<std::string> names_;
};

}  // namespace giro::store
