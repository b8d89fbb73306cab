#include "engine/cluster/ledger_key.hpp"

#include <sstream>

#include <fmt/format.h>

#include "ledger/hex.hpp"

namespace giro {

std::string text_of(const LedgerKey& key) {
  return fmt::format("{} {} {} {}", key.name, to_hex(key.id), key.base.index,
                     to_hex(key.base.digest));
}

std::optional<LedgerKey> read_ledger_key(std::string_view text) {
  LedgerKey key;
  std::string id;
  std::string digest;
  std::istringstream in{std::string(text)};
  if (!(in >> key.name >> id >> key.base.index >> digest) || !in.eof()) return {};
  if (!read_hex(id, key.id) || !read_hex(digest, key.base.digest)) return {};
  return key;
}

std::string before_streams(const LedgerKey& key) {
  return text_of(key) + ';';
}

std::optional<KeptPlace> read_place(std::string_view text) {
  const std::size_t end = text.find(';');
  if (end == std::string_view::npos) return {};
  auto key = read_ledger_key(text.substr(0, end));
  auto streams = cluster::read_streams(text.substr(end + 1));
  if (!key || !streams) return {};
  return KeptPlace{.key = std::move(*key), .streams = std::move(*streams)};
}

}  // namespace giro
