#include "ledger/store/journal/node_names.hpp"

#include <stdexcept>

namespace giro::store {

std::vector<std::string> read_node_names(const SQLite::Database& db) {
  std::vector<std::string> names;
  Statement select(db, "SELECT number, name FROM nodes ORDER BY number");
  while (select.step()) {
    const std::string_view name = select.text(1);
    if (select.number(0) != names.size() + 1 || name.empty() || name.size() > kNodeNameMax) {
      throw std::runtime_error("the row of node " + std::to_string(select.integer(0)) +
                               " isn't one of a node");
    }
    names.emplace_back(name);
  }
  return names;
}

std::string_view NodeNames::find(NodeNumber number) {
  if (number > names_.size()) names_ = read_node_names(db_);  // Newer ones may have come.
  if (number > names_.size()) {
    throw std::runtime_error("there is no row of node " + std::to_string(number));
  }
  return names_[number - 1];
}

}  // namespace giro::store
