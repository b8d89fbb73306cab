#include "relay/state_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "relay/state_schema.hpp"

namespace giro::relay {
namespace {

namespace json = boost::json;

constexpr int kBusyMs = 5'000;

std::int64_t ms(Time time) {
  return time.time_since_epoch().count();
}

std::optional<Time> time_of(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return Time(Millis(column.getInt64()));
}

void bind(SQLite::Statement& statement, int index, const std::optional<Time>& time) {
  if (time) {
    statement.bind(index, ms(*time));
  } else {
    statement.bind(index);
  }
}

std::string accounts_text(const std::vector<std::string>& accounts) {
  return json::serialize(json::value_from(accounts));
}

// The columns id to last_error of pending and dead_letters, which are of one order.
Delivery delivery_of(SQLite::Statement& row, int first) {
  Delivery delivery;
  delivery.id = row.getColumn(first).getInt64();
  delivery.seq = row.getColumn(first + 1).getInt64();
  delivery.webhook_id = row.getColumn(first + 2).getString();
  delivery.body = row.getColumn(first + 3).getString();
  delivery.accounts =
      json::value_to<std::vector<std::string>>(json::parse(row.getColumn(first + 4).getString()));
  delivery.failures = row.getColumn(first + 5).getInt();
  delivery.taken_at = Time(Millis(row.getColumn(first + 6).getInt64()));
  delivery.last_error = row.getColumn(first + 7).getString();
  return delivery;
}

constexpr const char* kDeliveryColumns =
    "id, seq, webhook_id, body, accounts, failures, taken_ms, last_error";

void put_delivery(SQLite::Statement& statement, const std::string& endpoint,
                  const Delivery& delivery, Time moment) {
  statement.bind(1, delivery.id);
  statement.bind(2, endpoint);
  statement.bind(3, delivery.seq);
  statement.bindNoCopy(4, delivery.webhook_id);
  statement.bindNoCopy(5, delivery.body);
  statement.bind(6, accounts_text(delivery.accounts));
  statement.bind(7, delivery.failures);
  statement.bind(8, ms(delivery.taken_at));
  statement.bind(9, ms(moment));
  statement.bindNoCopy(10, delivery.last_error);
  statement.exec();
  statement.reset();
}

void write_state(SQLite::Database& db, const std::string& endpoint, const EndpointState& state) {
  SQLite::Statement row(db,
                        "INSERT OR REPLACE INTO endpoints (name, cursor, cursor_at, delivered, "
                        "last_delivered_ms, failing_since_ms, last_error, disabled_ms, halted) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  row.bind(1, endpoint);
  row.bind(2, state.cursor);
  row.bind(3, state.cursor_at);
  row.bind(4, state.delivered);
  bind(row, 5, state.last_delivered_at);
  bind(row, 6, state.failing_since);
  row.bind(7, state.last_error);
  bind(row, 8, state.disabled_at);
  row.bind(9, state.halted);
  row.exec();
}

void remove_ids(SQLite::Database& db, const char* sql, const std::vector<DeliveryId>& ids) {
  SQLite::Statement remove(db, sql);
  for (const DeliveryId id : ids) {
    remove.bind(1, id);
    remove.exec();
    remove.reset();
  }
}

void write_changes(SQLite::Database& db, const std::string& endpoint, const Changes& changes) {
  write_state(db, endpoint, changes.state);
  remove_ids(db, "DELETE FROM dead_letters WHERE id = ?", changes.buried);
  SQLite::Statement keep(db,
                         "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Delivery& delivery : changes.kept) {
    put_delivery(keep, endpoint, delivery, delivery.next_at);
  }
  remove_ids(db, "DELETE FROM pending WHERE id = ?", changes.done);
  SQLite::Statement leave(db, "DELETE FROM pending WHERE id = ?");
  SQLite::Statement die(
      db, "INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Delivery& delivery : changes.dead) {
    leave.bind(1, delivery.id);
    leave.exec();
    leave.reset();
    put_delivery(die, endpoint, delivery, delivery.next_at);
  }
  SQLite::Statement learn(db, "INSERT OR REPLACE INTO histories VALUES (?, ?, ?)");
  for (const auto& [account, history] : changes.histories) {
    learn.bind(1, endpoint);
    learn.bind(2, account);
    learn.bind(3, history.data(), static_cast<int>(history.size()));
    learn.exec();
    learn.reset();
  }
}

std::string unusable(const std::filesystem::path& path, const std::string& why) {
  return fmt::format(
      "the state file {} can't be used: {}. Nothing was posted; decisions wait in the ledger. See "
      "to "
      "the file and its folder, then start again",
      path.string(), why);
}

struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string lock_name(const std::filesystem::path& path) {
  return path.string() + ".lock";
}

// -1: somebody else has it; errno says so.
int take_lock(const std::filesystem::path& path) {
  const int file = ::open(lock_name(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return file;
  const int why = errno;
  ::close(file);
  errno = why;
  return -1;
}

}  // namespace

// Looks at the lock and doesn't take it, or a relay that starts just now would find it taken.
std::optional<bool> StateFile::is_in_use(const std::filesystem::path& path) {
  const int file = ::open(lock_name(path).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? std::optional(false) : std::nullopt;
  struct flock lock = whole_file(F_RDLCK);
  const bool asked = ::fcntl(file, F_OFD_GETLK, &lock) == 0;
  ::close(file);
  return asked ? std::optional(lock.l_type != F_UNLCK) : std::nullopt;
}

StateFile::StateFile(std::unique_ptr<SQLite::Database> db, int lock)
    : db_(std::move(db)), lock_(lock) {
  (void)others_wrote();
}

StateFile::StateFile(StateFile&& other) noexcept
    : db_(std::move(other.db_)),
      lock_(std::exchange(other.lock_, -1)),
      data_version_(other.data_version_) {}

StateFile& StateFile::operator=(StateFile&& other) noexcept {
  db_ = std::move(other.db_);
  std::swap(lock_, other.lock_);
  data_version_ = other.data_version_;
  return *this;
}

StateFile::~StateFile() {
  db_.reset();
  if (lock_ >= 0) ::close(lock_);
}

std::expected<StateFile, std::string> StateFile::open(const std::filesystem::path& path) {
  const int lock = take_lock(path);
  if (lock < 0 && errno == EAGAIN) {
    return std::unexpected(
        fmt::format("another relay runs on {}. This one posted nothing; stop the other one first",
                    path.string()));
  }
  if (lock < 0) return std::unexpected(unusable(path, std::strerror(errno)));
  try {
    auto db = std::make_unique<SQLite::Database>(
        path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs);
    db->exec("PRAGMA synchronous = FULL");
    StateFile state(std::move(db), lock);
    if (auto prepared = prepare_state(*state.db_, path); !prepared) {
      return std::unexpected(prepared.error());
    }
    // It is kept in the file: not before it is known whose that is.
    state.db_->exec("PRAGMA journal_mode = TRUNCATE");
    return state;
  } catch (const SQLite::Exception& error) {
    return std::unexpected(unusable(path, error.what()));
  }
}

std::expected<StateFile, std::string> StateFile::open_existing(const std::filesystem::path& path) {
  try {
    auto db = std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READWRITE, kBusyMs);
    StateFile state(std::move(db), -1);
    if (auto prepared = prepare_state(*state.db_, path); !prepared) {
      return std::unexpected(prepared.error());
    }
    return state;
  } catch (const SQLite::Exception& error) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return std::unexpected(fmt::format(
          "there is no state file {}: no relay with this configuration ran yet, or this user can't "
          "see it. Nothing was changed; start it with `giro relay run`",
          path.string()));
    }
    return std::unexpected(unusable(path, error.what()));
  }
}

std::vector<std::string> StateFile::endpoints() const {
  std::vector<std::string> names;
  SQLite::Statement row(*db_, "SELECT name FROM endpoints ORDER BY name");
  while (row.executeStep()) names.push_back(row.getColumn(0).getString());
  return names;
}

EndpointState StateFile::state_of(const std::string& endpoint) const {
  EndpointState state;
  SQLite::Statement row(*db_,
                        "SELECT cursor, cursor_at, delivered, last_delivered_ms, failing_since_ms, "
                        "last_error, disabled_ms, halted FROM endpoints WHERE name = ?");
  row.bind(1, endpoint);
  if (!row.executeStep()) return state;
  state.cursor = row.getColumn(0).getInt64();
  state.cursor_at = row.getColumn(1).getString();
  state.delivered = row.getColumn(2).getInt64();
  state.last_delivered_at = time_of(row.getColumn(3));
  state.failing_since = time_of(row.getColumn(4));
  state.last_error = row.getColumn(5).getString();
  state.disabled_at = time_of(row.getColumn(6));
  state.halted = row.getColumn(7).getString();
  return state;
}

std::vector<Delivery> StateFile::pending_of(const std::string& endpoint) const {
  std::vector<Delivery> deliveries;
  SQLite::Statement row(*db_, fmt::format("SELECT {}, next_ms FROM pending WHERE endpoint = ? "
                                          "ORDER BY id",
                                          kDeliveryColumns));
  row.bind(1, endpoint);
  while (row.executeStep()) {
    Delivery delivery = delivery_of(row, 0);
    delivery.next_at = Time(Millis(row.getColumn(8).getInt64()));
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

std::int64_t StateFile::pending_count(const std::string& endpoint) const {
  SQLite::Statement row(*db_, "SELECT count(*) FROM pending WHERE endpoint = ?");
  row.bind(1, endpoint);
  row.executeStep();
  return row.getColumn(0).getInt64();
}

StateFile::Retried StateFile::retried_of(const std::string& endpoint) const {
  // With min() SQLite takes the other columns from that row.
  SQLite::Statement row(*db_,
                        "SELECT count(*), min(id), seq, last_error FROM pending "
                        "WHERE endpoint = ? AND failures > 0");
  row.bind(1, endpoint);
  if (!row.executeStep() || row.getColumn(0).getInt64() == 0) return {};
  return {.count = row.getColumn(0).getInt64(),
          .seq = row.getColumn(2).getInt64(),
          .last_error = row.getColumn(3).getString()};
}

std::int64_t StateFile::dead_count(const std::string& endpoint) const {
  SQLite::Statement row(*db_, "SELECT count(*) FROM dead_letters WHERE endpoint = ?");
  row.bind(1, endpoint);
  row.executeStep();
  return row.getColumn(0).getInt64();
}

std::vector<DeadLetter> StateFile::dead_letters(const std::string& endpoint, std::int64_t after,
                                                std::int64_t limit) const {
  std::vector<DeadLetter> letters;
  SQLite::Statement row(*db_, fmt::format("SELECT endpoint, died_ms, {} FROM dead_letters WHERE "
                                          "id > ?1 AND (?2 = '' OR endpoint = ?2) ORDER BY id "
                                          "LIMIT ?3",
                                          kDeliveryColumns));
  row.bind(1, after);
  row.bind(2, endpoint);
  row.bind(3, limit);
  while (row.executeStep()) {
    letters.push_back({.endpoint = row.getColumn(0).getString(),
                       .delivery = delivery_of(row, 2),
                       .died_at = Time(Millis(row.getColumn(1).getInt64()))});
  }
  return letters;
}

std::optional<DeadLetter> StateFile::dead_letter(DeliveryId id) const {
  auto letters = dead_letters("", id - 1, 1);
  if (letters.empty() || letters.front().delivery.id != id) return std::nullopt;
  return std::move(letters.front());
}

std::optional<std::string> StateFile::history_of(const std::string& endpoint,
                                                 const std::string& account) const {
  SQLite::Statement row(*db_, "SELECT history FROM histories WHERE endpoint = ? AND account = ?");
  row.bind(1, endpoint);
  row.bind(2, account);
  if (!row.executeStep()) return std::nullopt;
  return row.getColumn(0).getString();
}

DeliveryId StateFile::next_id() const {
  return 1 + db_->execAndGet(
                    "SELECT max(coalesce((SELECT max(id) FROM pending), 0), "
                    "coalesce((SELECT max(id) FROM dead_letters), 0))")
                 .getInt64();
}

void StateFile::write(const std::vector<EndpointChanges>& all,
                      const std::vector<std::int64_t>& done_requests) {
  SQLite::Transaction whole(*db_, SQLite::TransactionBehavior::IMMEDIATE);
  for (const EndpointChanges& each : all) write_changes(*db_, each.endpoint, each.changes);
  remove_ids(*db_, "DELETE FROM requests WHERE id = ?", done_requests);
  whole.commit();
}

void StateFile::ask(const std::vector<Request>& requests) {
  SQLite::Transaction whole(*db_, SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement row(*db_, "INSERT INTO requests (endpoint, action, value) VALUES (?, ?, ?)");
  for (const Request& request : requests) {
    row.bind(1, request.endpoint);
    row.bind(2, static_cast<std::int64_t>(request.action));
    row.bind(3, request.value);
    row.exec();
    row.reset();
  }
  whole.commit();
}

std::vector<Request> StateFile::requests() const {
  std::vector<Request> requests;
  SQLite::Statement row(*db_,
                        "SELECT id, endpoint, action, value FROM requests ORDER BY id LIMIT 1000");
  while (row.executeStep()) {
    requests.push_back({.id = row.getColumn(0).getInt64(),
                        .endpoint = row.getColumn(1).getString(),
                        .action = static_cast<Request::Action>(row.getColumn(2).getInt64()),
                        .value = row.getColumn(3).getInt64()});
  }
  return requests;
}

bool StateFile::others_wrote() {
  const std::int64_t version = db_->execAndGet("PRAGMA data_version").getInt64();
  return std::exchange(data_version_, version) != version;
}

}  // namespace giro::relay
