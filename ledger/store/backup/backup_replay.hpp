// Follows the commits of a backup from the first one on, and holds each entry to what follows from those
// before it: every link, balance and rule, as verify() does with a ledger.
//
//   while (segment) for (commit) replay.take(commit, [&](Entry&& entry, std::string_view details) { ... });
//
// What always holds: after an error the state is of no use. Memory: the accounts, what is open, and a segment.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ledger/bytes.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/backup/backup_failure.hpp"
#include "ledger/store/backup/segment.hpp"
#include "ledger/store/journal/canonical.hpp"

namespace giro::store {

// Of an entry that can't follow from those before it; `what`: as BackupReplay says it.
[[nodiscard]] BackupFailure breaks_the_rules(const std::filesystem::path& source,
                                             std::string_view what);

class BackupReplay {
 public:
  // `state`: empty; it outlives this.
  explicit BackupReplay(State& state) : state_(state) {}

  // Calls `use(entry, details)` for each entry, after the state took it over. Errors: a clause: what is wrong.
  template <class Use>
  std::expected<void, std::string> take(const SegmentCommit& commit, Use use) {
    ByteReader bytes(commit.entries);
    while (!bytes.rest().empty()) {
      auto read = next(bytes);
      if (!read) return std::unexpected(std::move(read).error());
      use(std::move(read->entry), read->texts.details);
    }
    return end(commit);
  }

 private:
  std::expected<CanonicalEntry, std::string> next(ByteReader& bytes);
  std::expected<void, std::string> end(const SegmentCommit& commit);
  const Entry* schedule_of(const Entry& entry) const;
  void keep_schedules(const Entry& entry);

  State& state_;
  std::unordered_map<Seq, Entry> schedules_;  // Those that are still to be decided.
  std::uint64_t group_ = 0;                   // Of the last commit that says which it was.
};

}  // namespace giro::store
