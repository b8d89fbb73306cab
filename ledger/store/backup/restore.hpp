// A ledger made anew in a new folder from a backup, up to its end or to an earlier moment.
//
// What always holds: the new ledger's commits are the backup's first ones, with the digests that the audit chain
// had there; where an earlier moment is asked for, it ends with the last commit that was over by then, because what
// was decided together isn't torn apart. It was verified as a whole, and synced, before it is in its place. It
// has an anchor and a secret of its own. It is a ledger by itself, of no cluster, unless it is to keep its place in one. Keys that were used after its end are new again.
// Thread: any, one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>

#include "ledger/moment.hpp"
#include "ledger/store/backup/backup.hpp"
#include "ledger/store/backup/segment.hpp"

namespace giro::store {

struct RestoreRequest {
  std::filesystem::path source;     // As SegmentInput::open() takes it.
  std::filesystem::path directory;  // As NewFolder::make() takes it.
  std::optional<Moment> until;      // Nothing: the backup's end.
  // The ledger goes on in the cluster's log where the backup's did: it is another node. REQUIRES: no `until`.
  bool keeps_place = false;
};

struct RestoredLedger {
  AnchorPoint end = {};
  Timestamp at = {};
  std::uint64_t accounts = 0;
  // The commit behind its end, which the backup has, too; 0: it has none, or wasn't read any further.
  Seq next_seq = 0;  // Its first entry,
  Seq next_last_seq = 0;
  Timestamp next_at = {};  // and the time of the last one.
  LogPlace place = {};     // That the backup says, at its end.
};

[[nodiscard]] std::expected<RestoredLedger, BackupFailure> restore(const RestoreRequest& request,
                                                                   const TellProgress& tell);

}  // namespace giro::store
