#include "ledger/store/verify/open_files.hpp"

#include <utility>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

std::expected<OpenFiles, std::string> open_files(const std::filesystem::path& directory,
                                                 BesideDaemon beside) {
  if (const auto bar = what_bars(directory, FileUse::read)) {
    return std::unexpected(bar->what + ". Nothing was changed. " +
                           (bar->is_of_rights
                                ? "Run this as the ledger's user: " + describe_files(directory)
                                : "Put back what belongs there, or name another folder"));
  }
  const std::filesystem::path file = directory / "ledger.db";
  if (size_of(file) == 0) {
    return std::unexpected("there is no ledger in " + directory.string() +
                           (std::filesystem::exists(file) ? ": its ledger.db is empty" : "") +
                           "; is its disk mounted, is the name right?");
  }
  const std::filesystem::path anchor_file = directory / "anchor";
  try {
    if (beside == BesideDaemon::allowed && Anchor::is_held(anchor_file)) {
      return OpenFiles{.db = open_ledger_reader(file), .anchor = {}};
    }
    auto anchor = Anchor::open_at_rest(anchor_file);
    if (!anchor) return std::unexpected(std::move(anchor).error());
    SQLite::Database db = open_at_rest(file);
    if (auto readable = check_schema(db); !readable) {
      return std::unexpected(file.string() + ": " + readable.error());
    }
    return OpenFiles{.db = std::move(db), .anchor = std::move(*anchor)};
  } catch (const std::exception& error) {
    return std::unexpected(unreadable(directory, error));
  }
}

std::string unreadable(const std::filesystem::path& directory, const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  const int code = sqlite == nullptr ? SQLITE_CORRUPT : sqlite->getErrorCode() & 0xFF;
  const bool is_disk = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_NOMEM;
  return fmt::format(
      "{} can't be read ({}). Nothing was changed. {}", (directory / "ledger.db").string(),
      describe(error),
      is_disk
          ? "See to its disk and the rights of its files, then run this again: " +
                describe_files(directory)
          : "Keep a copy of the whole folder: what is still in it may be the only trace of the "
            "newest payments. Then restore the newest backup; what was decided after it is missing "
            "there, and clients must send it again");
}

}  // namespace giro::store
