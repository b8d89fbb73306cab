#include "engine/cluster/ledger_key.hpp"

#include <charconv>
#include <cstdio>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace giro {
namespace {

template <std::size_t Size>
std::string hex_of(const std::array<std::uint8_t, Size>& bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

template <std::size_t Size>
bool read_hex(std::string_view text, std::array<std::uint8_t, Size>& bytes) {
  if (text.size() != 2 * Size) return false;
  for (std::size_t i = 0; i < Size; ++i) {
    const char* at = text.data() + (2 * i);
    const auto [end, error] = std::from_chars(at, at + 2, bytes[i], 16);
    if (error != std::errc() || end != at + 2) return false;
  }
  return true;
}

}  // namespace

std::string text_of(const LedgerKey& key) {
  return fmt::format("{} {} {} {}", key.name, hex_of(key.id), key.base.index,
                     hex_of(key.base.digest));
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
