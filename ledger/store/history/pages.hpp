// What bounds every answer that a reader gives. Pure: any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/entry/entry.hpp"

namespace giro::store {

inline constexpr std::size_t kPageRowsMax = 4'096;
inline constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;  // As JSON, about.

// What an entry takes as JSON, about.
[[nodiscard]] std::size_t bytes_of(const Entry& entry);

// The least text that is after every id with this prefix. Ids are printable ASCII.
[[nodiscard]] std::string after_prefix(std::string_view prefix);
// The least text that is after this one.
[[nodiscard]] std::string successor(std::string_view text);

}  // namespace giro::store
