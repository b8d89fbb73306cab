// What the relay remembers: one SQLite file of its own. By endpoint, how far in the feed it is, what waits to be
// posted, dead letters and the accounts' histories; and requests, which is how the command line speaks to a
// relay that runs.
//
// What always holds:
//   - The relay alone writes everything but requests, on one connection; a lock beside the file keeps a second
//     relay away.
//   - What one write() takes is in the file as a whole or not at all: a cursor never passes an event that
//     isn't kept, posted, or filtered out.
//   - The journal of the file is a rollback journal, not a write-ahead log: several processes write to it, and
//     SQLite before 3.51.3 can corrupt a WAL that two of them reset (docs/ARCHITECTURE.md).
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/outbox.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's.
class Database;
}

namespace giro::relay {

// An endpoint's place in the feed, and how it is.
struct EndpointState {
  std::int64_t cursor =
      -1;  // The seq of the last event that was taken from the feed; -1: not begun.
  std::string cursor_at = {};  // When that was decided: tells a restored ledger. Empty: not known.
  std::int64_t delivered = 0;
  std::optional<Time> last_delivered_at = {};
  std::optional<Time> failing_since = {};  // Nothing got through since then, and something failed.
  std::string last_error = {};
  std::optional<Time> disabled_at = {};  // It answered 410.
  std::string halted = {};               // Why it can't go on without its operator; empty: it can.
};

// What changed at an endpoint since the last write.
struct Changes {
  EndpointState state;
  std::vector<Delivery> kept;      // New ones, and those that failed again.
  std::vector<DeliveryId> done;    // Delivered, of those that were kept.
  std::vector<Delivery> dead;      // They leave what waits.
  std::vector<DeliveryId> buried;  // Dead letters that wait again.
  std::vector<std::pair<std::string, std::string>> histories;  // By account.
};

struct DeadLetter {
  std::string endpoint;
  Delivery delivery;
  Time died_at;
};

// What the command line asks of the relay.
struct Request {
  enum class Action : std::int64_t { resend = 1, enable = 2, seek = 3 };
  std::int64_t id = 0;
  std::string endpoint;
  Action action = Action::resend;
  std::int64_t value = 0;  // resend: the dead letter. seek: the seq.
};

class StateFile {
 public:
  // For the relay: made if it isn't there. Errors: a sentence for the operator.
  static std::expected<StateFile, std::string> open(const std::filesystem::path& path);
  // For the command line, beside a relay: only what is there.
  static std::expected<StateFile, std::string> open_existing(const std::filesystem::path& path);
  StateFile(StateFile&& other) noexcept;
  StateFile& operator=(StateFile&& other) noexcept;
  ~StateFile();

  // All of these throw SQLite::Exception where the file can't be read or written.
  [[nodiscard]] std::vector<std::string> endpoints() const;
  [[nodiscard]] EndpointState state_of(const std::string& endpoint) const;
  [[nodiscard]] std::vector<Delivery> pending_of(const std::string& endpoint) const;
  [[nodiscard]] std::int64_t pending_count(const std::string& endpoint) const;
  // Those that wait after a failure, and the oldest of them.
  struct Retried {
    std::int64_t count = 0;
    std::int64_t seq = 0;
    std::string last_error;
  };
  [[nodiscard]] Retried retried_of(const std::string& endpoint) const;
  [[nodiscard]] std::int64_t dead_count(const std::string& endpoint) const;
  // In the order of their ids, above `after`. `endpoint` empty: of all.
  [[nodiscard]] std::vector<DeadLetter> dead_letters(const std::string& endpoint,
                                                     std::int64_t after, std::int64_t limit) const;
  [[nodiscard]] std::optional<DeadLetter> dead_letter(DeliveryId id) const;
  [[nodiscard]] std::optional<std::string> history_of(const std::string& endpoint,
                                                      const std::string& account) const;
  // A relay has this state file now. Nothing: this user can't tell.
  [[nodiscard]] static std::optional<bool> is_in_use(const std::filesystem::path& path);
  // Above every id in the file.
  [[nodiscard]] DeliveryId next_id() const;

  // `done_requests` go with the same transaction.
  struct EndpointChanges {
    std::string endpoint;
    Changes changes;
  };
  void write(const std::vector<EndpointChanges>& all,
             const std::vector<std::int64_t>& done_requests);

  void ask(const std::vector<Request>& requests);
  [[nodiscard]] std::vector<Request> requests() const;
  // Another process wrote since the last call.
  [[nodiscard]] bool others_wrote();

 private:
  explicit StateFile(std::unique_ptr<SQLite::Database> db, int lock);

  std::unique_ptr<SQLite::Database> db_;
  int lock_ = -1;
  std::int64_t data_version_ = 0;
};

}  // namespace giro::relay
