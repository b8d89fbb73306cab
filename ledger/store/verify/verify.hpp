// Reads a whole ledger file and checks everything that it promises, independent of the writer:
// gapless seqs, rising times, every link and balance replayed from zero, sums of zero, the audit
// chain, account rows, marks, key runs, views, the indexes against their tables, and every page of the file by its
// checksum. Reads on where a page's checksum doesn't hold, so that it can tell what is wrong there. Works in slices, each a short read transaction, and holds
// a page of a key run at a time. Thread: any, one at a time; beside a running writer, or on a file at rest.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/proof/ledger_point.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"
#include "ledger/store/verify/open_files.hpp"

namespace giro::store {

// What a problem is in, and so what it means.
enum class LedgerPart : std::uint8_t {
  journal,  // The journal and its legs, the ledger itself: can't be made anew from anything here.
  keys,     // Key runs: made anew from the journal, by girod itself or by `giro repair keys`.
  file,     // A page as such, whatever is on it: nothing of it is told or used.
  tables,   // Account rows, marks, references, currencies, views: what the journal says stands.
};
[[nodiscard]] std::string_view name(LedgerPart part);

struct Problem {
  Seq seq = 0;  // 0: not about one entry.
  LedgerPart part = LedgerPart::journal;
  std::string what;
};

inline constexpr std::size_t kProblemsMax = 100;

struct VerifyReport {
  std::uint64_t entries = 0;
  std::uint64_t accounts = 0;
  std::uint64_t pages = 0;  // Of the file, looked at by their checksums; 0: it has none.
  std::uint64_t pages_without_sum = 0;  // They came from another program.
  Seq head_seq = 0;
  std::string head_digest;        // Hexadecimal.
  std::vector<Problem> problems;  // At most kProblemsMax; empty: the ledger is whole.
  // What the operator should know of a ledger that is whole, too: sentences without their last stop.
  std::vector<std::string> notes;
  std::vector<LedgerPoint> points;  // Those that were wanted and are there, in order of seq.

  [[nodiscard]] bool ok() const { return problems.empty(); }
  void add(Seq seq, LedgerPart part, std::string what) {
    if (problems.size() == kProblemsMax) return;
    problems.push_back({.seq = seq, .part = part, .what = std::move(what)});
  }
};

// `cancelled` is asked between slices. Throws SQLite::Exception when the file can't be read at all.
[[nodiscard]] VerifyReport verify(const LedgerFile& ledger_file,
                                  const std::function<bool()>& cancelled);

// The same by another process than its daemon, beside it or while none runs. `points`: what else is to be told of
// the journal while it is read. Errors: see open_files().
[[nodiscard]] std::expected<VerifyReport, std::string> verify_files(
    const std::filesystem::path& directory, BesideDaemon beside,
    const std::function<bool()>& cancelled, const PointsWanted& points);

// The same for a ledger that no daemon runs on, and keeps one from starting meanwhile. Reads the log
// too, and changes nothing at all in the folder. Errors: a sentence: a daemon runs on it, there is no
// ledger, it can't be read.
[[nodiscard]] std::expected<VerifyReport, std::string> verify_at_rest(
    const std::filesystem::path& directory, const std::function<bool()>& cancelled);

}  // namespace giro::store
