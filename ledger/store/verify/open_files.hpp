// The files of a ledger, opened by a process that isn't its daemon, to be read and not changed. Thread: any.
#pragma once

#include <cstdint>
#include <exception>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/store/sqlite/anchor.hpp"

namespace giro::store {

enum class BesideDaemon : std::uint8_t { refused, allowed };

struct OpenFiles {
  SQLite::Database db;
  // At rest: keeps a daemon from starting, and says what was acknowledged. Nothing: a daemon runs beside this
  // connection, or there is no anchor.
  std::optional<Anchor> anchor;
};

// Reads the log, too. Beside a running daemon like one of its own readers; at rest it changes nothing at all in
// the folder. Errors: a sentence for the operator: a daemon runs on it, there is no ledger, it can't be read.
[[nodiscard]] std::expected<OpenFiles, std::string> open_files(
    const std::filesystem::path& directory, BesideDaemon beside);

// What an exception of such a connection means for the operator.
[[nodiscard]] std::string unreadable(const std::filesystem::path& directory,
                                     const std::exception& error);

}  // namespace giro::store
