// The files of a ledger as they lie in their folder, before and beside what SQLite makes of them.
// Thread: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace giro::store {

enum class FileUse : std::uint8_t { read, write };

// What keeps this process from using a ledger's files.
struct Bar {
  std::string what;           // Such as "/srv/giro/ledger.db is a folder, not a file".
  bool is_of_rights = false;  // Else something else is in the place of a file.
};

// A file that isn't there is in nobody's way; one that can't be reached is never taken for one that
// isn't there.
[[nodiscard]] std::optional<Bar> what_bars(const std::filesystem::path& directory, FileUse use);

// Whether it is a ledger's own folder, where nothing else belongs.
[[nodiscard]] bool is_ledger_folder(const std::filesystem::path& directory);

// Each file of a ledger with its owner and mode, for messages about rights: "ledger.db: user giro
// (107), mode 0640; ...; this process runs as user root (0)".
[[nodiscard]] std::string describe_files(const std::filesystem::path& directory);

}  // namespace giro::store
