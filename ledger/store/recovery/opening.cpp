#include "ledger/store/recovery/opening.hpp"

#include <array>
#include <optional>
#include <ranges>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include "ledger/store/journal/chain_head.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/file_header.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"
#include "ledger/store/sqlite/obstacle.hpp"
#include "ledger/store/sqlite/sqlite.hpp"
#include "ledger/store/sqlite/summed_file.hpp"
#include "ledger/store/sqlite/vfs_file.hpp"

namespace giro::store {
namespace {

using std::filesystem::path;

constexpr std::uintmax_t kEmptyLogBytes = 32;  // Its header: a log of no more has no entries.

// What lies in the folder before anything is opened.
struct Found {
  explicit Found(const path& folder)
      : directory(folder),
        folder_is_there(std::filesystem::exists(folder)),
        ledger_is_there(std::filesystem::exists(folder / "ledger.db")),
        ledger(size_of(folder / "ledger.db") > 0),
        log_is_there(std::filesystem::exists(folder / "ledger.db-wal")),
        log(size_of(folder / "ledger.db-wal") > kEmptyLogBytes),
        anchor(size_of(folder / "anchor") > 0) {}

  path directory;
  bool folder_is_there;
  bool ledger_is_there;  // Maybe without a byte.
  bool ledger;
  bool log_is_there;  // Maybe empty, as girod leaves it.
  bool log;
  bool anchor;
};

// How often the schema was changed, as the file alone says it, without the log.
// Source: "Database File Format", sqlite.org/fileformat2.html, offset 40 of the header.
std::optional<std::uint32_t> schema_cookie(const LedgerFile& ledger) {
  constexpr std::int64_t kOffset = 40;
  auto file = VfsFile::open(ledger.path, ledger.vfs, VfsFile::Use::read, VfsFile::Kind::ledger);
  std::array<std::uint8_t, 4> bytes{};
  if (!file || file->read(bytes, kOffset) != VfsFile::Got::all) return std::nullopt;
  return big_endian(bytes, 0);
}

// A folder with parts of a ledger but no ledger; or without one, where none was asked for.
std::optional<std::string> why_not_made(const Found& found, MakeLedger make) {
  const std::string where = found.directory.string();
  if (found.anchor || found.log) {
    return fmt::format(
        "ledger.db is {} in {}, where its {} is: the ledger was moved, deleted or emptied, or its "
        "disk isn't the one that is mounted. Nothing was made or changed. Put ledger.db back, with "
        "its log ledger.db-wal if there is one, or name another folder with --data",
        found.ledger_is_there ? "empty" : "missing", where, found.anchor ? "anchor" : "log");
  }
  const bool asked =
      make == MakeLedger::if_absent ||
      (make == MakeLedger::in_new_folder && !found.folder_is_there &&
       std::filesystem::exists(
           std::filesystem::absolute(found.directory).lexically_normal().parent_path()));
  if (asked) return std::nullopt;
  return fmt::format(
      "there is no ledger in {}{}. Is its disk mounted, is the name right? Nothing was made. A new "
      "ledger is made there by: girod --init --data {}",
      where, found.folder_is_there ? "" : ", which doesn't exist", where);
}

std::string barred(const path& directory, const Bar& bar) {
  constexpr std::string_view kElse = ", or name another folder with --data";
  if (!bar.is_of_rights) {
    return fmt::format("{}. Nothing was decided or changed. Put back what belongs there{}",
                       bar.what, kElse);
  }
  return fmt::format(
      "{}. Nothing was decided or changed. Give girod's user the folder and its files (chown, or "
      "the mount's options){}: {}",
      bar.what, kElse, describe_files(directory));
}

// A ledger is nobody else's to read. A folder that is there keeps the mode that its operator gave it.
void make_folder(const path& directory) {
  if (!std::filesystem::create_directories(directory)) return;
  using std::filesystem::perms;
  std::filesystem::permissions(directory, perms::owner_all | perms::group_read | perms::group_exec);
}

// The ledger ends before what its anchor says was acknowledged.
std::string entries_missing(const Found& found, Seq head, Seq acknowledged) {
  const std::string_view cause =
      found.log ? "it is an old copy, the disk lost writes, or its log ledger.db-wal is damaged"
                : "it is an old copy, or its log ledger.db-wal, which isn't there, was left behind";
  return fmt::format(
      "the ledger ends at seq {}, but seq {} was acknowledged before: {}. Payments that clients "
      "know as applied are missing. Put the newest copy in place, ledger.db with its "
      "ledger.db-wal; only if these payments are lost for good, move the file `anchor` away and "
      "start again",
      head, acknowledged, cause);
}

// File, log and anchor aren't of one history, or one of them is damaged.
std::string not_one_history(const Found& found, std::string_view what) {
  std::string text(what);
  if (found.log) {
    text +=
        ". Either ledger.db and ledger.db-wal don't belong together, or one of them is damaged; "
        "nothing was changed, and nothing is decided on what isn't one ledger. If a backup was put "
        "in place of ledger.db, the log beside it is the old file's: move ledger.db-wal and "
        "ledger.db-shm away, and start again";
  } else {
    text +=
        ". The file was changed or is damaged; nothing was changed now, and nothing is decided "
        "on it";
  }
  return text + ". " + damage_advice(found.directory);
}

std::optional<std::string> anchor_problem(const Found& found, const Anchor& anchor) {
  if (anchor.found() != Anchor::Found::garbage) return std::nullopt;
  return fmt::format(
      "the file `anchor` in {} holds something that girod didn't write, so that nobody can tell "
      "whether acknowledged payments are missing in the ledger. Nothing was changed. Put the right "
      "anchor back; or check the ledger with giro verify --data {}, compare its last entries with "
      "what clients know, then move `anchor` away and start again",
      found.directory.string(), found.directory.string());
}

void note_anchor(const Anchor& anchor, Seq head, std::vector<std::string>& notices) {
  if (anchor.found() == Anchor::Found::nothing && head > 0) {
    notices.push_back(fmt::format(
        "there was no anchor beside the ledger, which ends at seq {}: whether acknowledged "
        "payments after it are missing can't be told. A new anchor is kept from now on",
        head));
  }
  if (anchor.found() == Anchor::Found::torn) {
    notices.emplace_back(
        "a part of the anchor is damaged, as a power cut may leave it; the other part "
        "was checked, and the anchor is written anew");
  }
}

// The seq that the file ends at without its log, if that is an entry of this ledger; nothing: it can't be
// told. A crash in the middle of a checkpoint leaves pages of two moments in the file, and a power cut pages that
// are half written, as root of the journal one that leads to an old end of it: what is read of them counts only
// where their checksums hold and the whole ledger has that very entry, too.
std::optional<Seq> head_without_log(const path& file, const SQLite::Database& db) {
  try {
    const SQLite::Database alone = open_without_log(file, PageChecks::doubt);
    Statement last(alone, "SELECT seq, at, key FROM journal ORDER BY seq DESC LIMIT 1");
    if (!last.step()) return 0;
    Statement same(db, "SELECT 1 FROM journal WHERE seq = ? AND at = ? AND key = ?");
    same.bind(0, last.integer(0)).bind(1, last.integer(1)).bind(2, last.text(2));
    return same.step() ? std::optional(last.number(0)) : std::nullopt;
  } catch (const std::exception&) {  // Torn, or from before its first checkpoint.
    return std::nullopt;
  }
}

// A log goes on from a checkpoint, and its first commit says up to where the file had everything. A file that
// ends before is older than the log: the pages that a checkpoint moved between the two are in neither.
std::optional<std::string> older_than_its_log(const path& file, const SQLite::Database& db,
                                              std::optional<Seq> in_file) {
  if (!in_file) return std::nullopt;
  const auto alone = head_without_log(file, db);
  if (!alone || *alone >= *in_file) return std::nullopt;
  return fmt::format(
      "the file ledger.db ends at seq {} by itself, and its log goes on from a file that had seq "
      "{}",
      *alone, *in_file);
}

struct Proved {
  Chain chain;
  Seq head;
};

// Proves that what SQLite shows is one history. Nothing was written yet.
std::expected<Proved, std::string> prove(const Found& found, const SQLite::Database& db,
                                         const Anchor& anchor,
                                         std::optional<std::uint32_t> cookie_of_file) {
  Statement cookie(db, "PRAGMA schema_version");
  cookie.step();
  if (found.log && cookie_of_file && *cookie_of_file > cookie.number(0)) {
    return std::unexpected(not_one_history(
        found, "the file ledger.db is a copy made by VACUUM, and its log is of another file"));
  }
  Seq head = 0;
  std::optional<Seq> in_file;
  try {
    head = JournalReader(db).head().seq;
    in_file = read_meta(db, "checkpointed_seq");
  } catch (const std::exception& error) {
    return std::unexpected(
        not_one_history(found, "the journal's end can't be read (" + describe(error) + ")"));
  }
  if (const auto& point = anchor.point(); point && point->seq > head) {
    return std::unexpected(entries_missing(found, head, point->seq));
  }
  if (found.log) {
    if (const auto older = older_than_its_log(found.directory / "ledger.db", db, in_file)) {
      return std::unexpected(not_one_history(found, *older));
    }
  }
  auto chain = chain_head(db, anchor, head, in_file);
  if (!chain) return std::unexpected(not_one_history(found, chain.error()));
  return Proved{.chain = std::move(*chain), .head = head};
}

// Why a ledger of an older version couldn't be brought to this one, or nothing.
std::optional<std::string> migrate(SQLite::Database& db, int version) {
  try {
    migrate_schema(db, version);
    return std::nullopt;
  } catch (const std::exception& error) {
    const Obstacle obstacle = obstacle_of(error, sqlite3_system_errno(db.getHandle()));
    const bool full = obstacle.kind == ObstacleKind::disk_full;
    return fmt::format(
        "it is a ledger of schema version {}, and bringing it to version {} failed ({}). {}; no "
        "payment was touched, and nothing was decided. {}, then start again",
        version, kSchemaVersion, obstacle.what,
        full ? "It is as it was" : "It is whole, of one version or the other",
        full ? "Make room on its disk" : "See to its disk and the rights of its files");
  }
}

// A file that another program closed last, which took the log's file away, or that was put here as a copy: what
// such a program wrote has no checksums.
std::optional<std::string> take_back(const Found& found, const LedgerFile& file,
                                     std::vector<std::string>& notices) {
  if (!found.ledger || found.log_is_there) return std::nullopt;
  const auto sums = add_missing_sums(file);
  if (!sums) {
    return fmt::format(
        "its pages' checksums can't be looked at ({}). Nothing was decided. See to the disk and "
        "the "
        "rights of its files, then start again: {}",
        sums.error(), describe_files(found.directory));
  }
  if (sums->added > 0) {
    notices.push_back(fmt::format(
        "{} pages of ledger.db had no checksums, because another program had copied it or emptied "
        "its log: they have them from now on, of what they hold now",
        sums->added));
  }
  if (!sums->damaged.empty()) {
    notices.push_back(
        fmt::format("{} pages of ledger.db are damaged or were changed by another program ({}): "
                    "what is on them "
                    "isn't told, and may keep payments from being decided. {}",
                    sums->damaged.size(), fmt::join(sums->damaged | std::views::take(10), ", "),
                    damage_advice(found.directory)));
  }
  return std::nullopt;
}

std::expected<OpenedLedger, std::string> open_files(const StoreOptions& options,
                                                    const Found& found) {
  const path file = options.directory / "ledger.db";
  auto anchor = Anchor::open({options.directory / "anchor", options.surroundings.vfs});
  if (!anchor) return std::unexpected(anchor.error());
  if (auto problem = anchor_problem(found, *anchor)) return std::unexpected(std::move(*problem));

  const LedgerFile ledger(file, options.surroundings.vfs);
  std::vector<std::string> notices;
  if (auto problem = take_back(found, ledger, notices)) return std::unexpected(std::move(*problem));
  const auto cookie = schema_cookie(ledger);
  SQLite::Database db = open_writer(ledger);
  const auto version = schema_version(db);
  if (!version) return std::unexpected(version.error());
  if (*version == 0) {
    HashSecret secret{};
    options.surroundings.random(secret);
    reserve_page_sums(db);
    make_schema(db, secret);
  }
  auto proved = prove(found, db, *anchor, cookie);
  if (!proved) return std::unexpected(proved.error());
  // Only now: these may write to the file.
  start_wal(db);
  const bool is_old = *version != 0 && *version != kSchemaVersion;
  if (is_old) {
    if (auto problem = migrate(db, *version)) return std::unexpected(std::move(*problem));
  }

  OpenedLedger opened{.anchor = std::move(*anchor),
                      .db = std::move(db),
                      .chain = std::move(proved->chain),
                      .notices = std::move(notices)};
  if (!found.ledger)
    opened.notices.push_back("a new ledger was made in " + file.parent_path().string());
  if (is_old) {
    opened.notices.push_back(fmt::format(
        "the ledger was brought from schema version {} to {}; releases that know version {} only "
        "can't open it any more",
        *version, kSchemaVersion, *version));
  }
  note_anchor(opened.anchor, proved->head, opened.notices);
  return opened;
}

}  // namespace

std::string damage_advice(const path& directory) {
  return fmt::format(
      "What is damaged, and whether it can be made anew from the journal, is listed by: giro "
      "verify --data {}. Keep a copy of the whole folder before anything else is tried",
      directory.string());
}

std::expected<OpenedLedger, std::string> open_ledger(const StoreOptions& options) {
  if (const auto bar = what_bars(options.directory, FileUse::write)) {
    return std::unexpected(barred(options.directory, *bar));
  }
  const Found found(options.directory);
  if (!found.ledger) {
    if (auto problem = why_not_made(found, options.make)) {
      return std::unexpected(std::move(*problem));
    }
    make_folder(options.directory);
  }
  const std::string where = (options.directory / "ledger.db").string();
  auto opened = open_files(options, found);
  if (!opened) return std::unexpected(where + ": " + opened.error());
  return opened;
}

}  // namespace giro::store
