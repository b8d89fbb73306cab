// Makes all key runs of a ledger anew from its journal, while no daemon runs on it. In bounded
// transactions; one that was killed may be run again, or left to girod, which goes on by itself.
// Thread: any.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

namespace giro::store {

struct KeyRepair {
  std::uint64_t keys = 0;
  std::uint64_t runs = 0;
};

// Errors: a sentence for the operator: a daemon runs on it, its files aren't one history, the journal
// lacks an entry, the disk.
[[nodiscard]] std::expected<KeyRepair, std::string> repair_keys(
    const std::filesystem::path& directory);

}  // namespace giro::store
