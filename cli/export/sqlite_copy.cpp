#include "cli/export/sqlite_copy.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/fields.hpp"
#include "cli/output/progress.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr const char* kSchema = R"(
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
PRAGMA locking_mode=EXCLUSIVE;
CREATE TABLE about(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE accounts(
  id TEXT PRIMARY KEY, currency TEXT NOT NULL, scale INTEGER NOT NULL, balance INTEGER NOT NULL,
  balance_text TEXT NOT NULL, held_in INTEGER, held_out INTEGER, floor INTEGER, ceiling INTEGER,
  frozen TEXT, closed INTEGER, version INTEGER) WITHOUT ROWID;
CREATE TABLE entries(
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, effective_date TEXT NOT NULL, type TEXT NOT NULL,
  status TEXT NOT NULL, code TEXT, key TEXT, uid INTEGER, payment_code INTEGER, reference TEXT,
  description TEXT, json TEXT NOT NULL, node TEXT);
CREATE TABLE movements(
  seq INTEGER NOT NULL, leg INTEGER NOT NULL, effective_date TEXT NOT NULL, from_id TEXT NOT NULL,
  to_id TEXT NOT NULL, amount INTEGER NOT NULL, amount_text TEXT NOT NULL, currency TEXT NOT NULL,
  PRIMARY KEY(seq, leg)) WITHOUT ROWID;
CREATE VIEW postings AS
  SELECT from_id AS account, seq, leg, effective_date, -amount AS amount, '-' || amount_text AS amount_text,
         currency, to_id AS counterparty FROM movements
  UNION ALL
  SELECT to_id, seq, leg, effective_date, amount, amount_text, currency, from_id FROM movements;
)";

// Made at the end: sorted once, not kept sorted row by row.
constexpr const char* kIndexes = R"(
CREATE INDEX entries_by_at ON entries(at);
CREATE INDEX entries_by_day ON entries(effective_date);
CREATE INDEX entries_by_key ON entries(key);
CREATE INDEX entries_by_type ON entries(type, status, code);
CREATE INDEX entries_by_reference ON entries(reference) WHERE reference IS NOT NULL;
CREATE INDEX entries_by_payment_code ON entries(payment_code) WHERE payment_code IS NOT NULL;
CREATE INDEX movements_by_from ON movements(from_id, effective_date);
CREATE INDEX movements_by_to ON movements(to_id, effective_date);
CREATE INDEX movements_by_day ON movements(effective_date);
CREATE INDEX movements_by_amount ON movements(currency, amount);
ANALYZE;
)";

// The file in the making, which goes away unless it was kept.
class PartFile {
 public:
  explicit PartFile(const std::string& path) : path_(path), part_(path + ".part") {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (made_) unlink(part_.c_str());
  }

  [[nodiscard]] const std::string& name() const { return part_; }

  Result<void> make() {
    struct stat status{};
    if (stat(path_.c_str(), &status) == 0) return taken(path_);
    const int handle =
        open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (handle < 0 && errno == EEXIST) return taken(part_);
    if (handle < 0) return failed();
    close(handle);
    made_ = true;
    return {};
  }

  Result<void> keep() {
    const int handle = open(part_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = handle >= 0 && fsync(handle) == 0;
    const int error_number = errno;
    if (handle >= 0) close(handle);
    errno = error_number;
    if (!synced) return failed();
    if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
      return errno == EEXIST ? taken(path_) : failed();
    }
    made_ = false;
    return {};
  }

 private:
  static Result<void> taken(const std::string& path) {
    return usage_failure(fmt::format("{} is there already, and isn't overwritten", path),
                         "Name another file, or take this one away once nobody needs it.");
  }
  [[nodiscard]] Result<void> failed() const {
    return std::unexpected(Failure{
        .exit = ExitCode::no_output,
        .what = fmt::format("can't write {}: {}", path_, std::generic_category().message(errno)),
        .money = "It was only a question: no money moved.",
        .advice = "Name a file in another folder, or make room."});
  }

  std::string path_;
  std::string part_;
  bool made_ = false;
};

class Copier {
 public:
  Copier(Session& session, const Snapshot& snapshot, const std::string& part)
      : session_(session), snapshot_(snapshot), file_(part, SQLite::OPEN_READWRITE) {}

  Result<CopyFigures> run() {
    file_.exec(kSchema);
    SQLite::Transaction transaction(file_);
    SQLite::Statement about(file_, "INSERT INTO about VALUES(?,?),(?,?)");
    SQLite::bind(about, "as_of_seq", snapshot_.seq, "made_by", std::string("giro ") + GIRO_VERSION);
    about.exec();
    if (auto copied = copy_accounts(); !copied) return std::unexpected(copied.error());
    if (auto copied = copy_entries(); !copied) return std::unexpected(copied.error());
    transaction.commit();
    file_.exec(kIndexes);
    progress_.clear();
    return figures_;
  }

 private:
  // A field of the answer as it is: a number, a text, or nothing.
  static void bind_field(SQLite::Statement& row, int index, const json::object& object,
                         const char* name) {
    if (const auto number = number_field(object, name)) {
      row.bind(index, *number);
    } else if (const std::string text = text_field(object, name); !text.empty()) {
      row.bind(index, text);
    } else {
      row.bind(index);
    }
  }

  Result<void> copy_accounts() {
    SQLite::Statement row(file_, "INSERT INTO accounts VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
    return for_each_account(session_, snapshot_, [&](const json::object& account) {
      int index = 0;
      for (const char* name : {"id", "currency", "scale", "balance"}) {
        bind_field(row, ++index, account, name);
      }
      row.bind(++index, amount_field(account, "balance", scale_field(account)));
      for (const char* name : {"held_in", "held_out", "floor", "ceiling", "frozen"}) {
        bind_field(row, ++index, account, name);
      }
      row.bind(++index, true_field(account, "closed") ? 1 : 0);
      bind_field(row, ++index, account, "version");
      step(row);
      ++figures_.accounts;
      return Result<void>();
    });
  }

  Result<void> copy_entries() {
    SQLite::Statement row(file_, "INSERT INTO entries VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
    SQLite::Statement movement_row(file_, "INSERT INTO movements VALUES(?,?,?,?,?,?,?,?)");
    return for_each_entry(session_, snapshot_, [&](const json::object& entry) -> Result<void> {
      const std::string day = day_of(entry);
      int index = 0;
      for (const char* name : {"seq", "at"}) bind_field(row, ++index, entry, name);
      row.bind(++index, day);
      for (const char* name :
           {"type", "status", "code", "key", "uid", "payment_code", "reference", "description"}) {
        bind_field(row, ++index, entry, name);
      }
      std::string text = json_line(entry);
      text.pop_back();
      row.bind(++index, text);
      bind_field(row, ++index, entry, "node");
      step(row);
      progress_.show(++figures_.entries, 0, std::nullopt);
      for (const Movement& movement : movements_of(entry)) {
        const auto scale = session_.scale_of(movement.currency);
        if (!scale) return std::unexpected(scale.error());
        SQLite::bind(movement_row, *number_field(entry, "seq"), movement.leg, day, movement.from,
                     movement.to, movement.amount, format_decimal(movement.amount, *scale),
                     movement.currency);
        step(movement_row);
        ++figures_.movements;
      }
      return {};
    });
  }

  static void step(SQLite::Statement& row) {
    row.exec();
    row.reset();
  }

  Session& session_;
  const Snapshot& snapshot_;
  SQLite::Database file_;
  Progress progress_;
  CopyFigures figures_;
};

}  // namespace

Result<CopyFigures> copy_to_sqlite(Session& session, const Snapshot& snapshot,
                                   const std::string& path) {
  PartFile part(path);
  if (auto made = part.make(); !made) return std::unexpected(std::move(made).error());
  std::optional<CopyFigures> figures;
  try {
    auto copied = Copier(session, snapshot, part.name()).run();
    if (!copied) return copied;
    figures = *copied;
  } catch (const SQLite::Exception& error) {
    return std::unexpected(
        Failure{.exit = ExitCode::no_output,
                .what = fmt::format("can't write {}: {}", path, error.what()),
                .money = "It was only a question: no money moved.",
                .advice = "Make room, or name a file in another folder, and export again."});
  }
  if (auto kept = part.keep(); !kept) return std::unexpected(std::move(kept).error());
  return *figures;
}

}  // namespace giro::cli
