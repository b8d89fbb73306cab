// Where the keys of a run come from: each passes them on as the pages of the run, in order.
// Thread: any; those that read the file do so on a connection of their own, in short transactions.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "ledger/hash.hpp"
#include "ledger/store/keys/run_writer.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro::store {

// Makes the run's pages and says how many keys it has. `run`: its number, level and seqs.
using KeySource = std::function<std::uint64_t(KeyRunInfo run, const PageSink& sink)>;

// A run that a merge reads has a page that can't be read.
struct UnreadableRun : UnreadableKeys {
  UnreadableRun(std::uint32_t its_run, const std::string& what)
      : UnreadableKeys(what), run(its_run) {}
  std::uint32_t run;
};

// Recent keys.
[[nodiscard]] KeySource keys_of_table(std::shared_ptr<const KeyTable> keys);
// Older runs, in order of seq. Throws UnreadableRun.
[[nodiscard]] KeySource keys_of_runs(LedgerFile file, std::vector<KeyRunInfo> sources);
// The journal's rows. Throws when one of them is missing or can't be read: a run without its key would
// make it new.
[[nodiscard]] KeySource keys_of_journal(LedgerFile file, const HashSecret& secret);

}  // namespace giro::store
