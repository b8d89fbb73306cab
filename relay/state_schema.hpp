// The tables of the relay's state file.
// Thread: that of the connection.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace SQLite {
class Database;
}

namespace giro::relay {

// Makes them in an empty file. A file of another program, or of a newer relay, is left as it is. Errors: a
// sentence for the operator. Throws SQLite::Exception where the file can't be read or written.
[[nodiscard]] std::expected<void, std::string> prepare_state(SQLite::Database& db,
                                                             const std::filesystem::path& path);

}  // namespace giro::relay
