#include "ledger/store/keys/key_sources.hpp"

#include <algorithm>
#include <memory>
#include <queue>
#include <stdexcept>
#include <utility>

#include "ledger/store/keys/key_runs.hpp"

namespace giro::store {
namespace {

// Reads one run from its first key to its last, a block at a time; between blocks no read
// transaction is open.
class Cursor {
 public:
  Cursor(KeyRunReader& reader, const KeyRunInfo& run) : reader_(&reader), run_(&run) { fill(); }

  [[nodiscard]] bool at_end() const { return next_ == entries_.size(); }
  [[nodiscard]] const KeyEntry& peek() const { return entries_[next_]; }
  void advance() {
    if (++next_ == entries_.size()) fill();
  }

 private:
  void fill() {
    entries_.clear();
    next_ = 0;
    try {
      while (entries_.empty() && block_ < run_->blocks()) {
        entries_ = reader_->block(*run_, block_++);
      }
    } catch (const UnreadableKeys& error) {
      throw UnreadableRun(run_->run, error.what());
    }
  }

  KeyRunReader* reader_;
  const KeyRunInfo* run_;
  std::uint64_t block_ = 0;
  std::vector<KeyEntry> entries_;
  std::size_t next_ = 0;
};

std::uint64_t write_sorted(KeyRunInfo run, std::vector<KeyEntry> entries, const PageSink& sink) {
  std::ranges::sort(entries);
  run.keys = entries.size();
  RunWriter writer(run, sink);
  for (const KeyEntry& entry : entries) writer.add(entry);
  writer.finish();
  return run.keys;
}

std::uint64_t merge(KeyRunInfo run, const LedgerFile& file, const std::vector<KeyRunInfo>& sources,
                    const PageSink& sink) {
  const SQLite::Database db = open_reader(file);
  KeyRunReader reader(db);
  run.keys = 0;
  for (const KeyRunInfo& source : sources) run.keys += source.keys;
  RunWriter writer(run, sink);

  std::vector<Cursor> cursors;
  cursors.reserve(sources.size());
  for (const KeyRunInfo& source : sources) cursors.emplace_back(reader, source);
  const auto later = [&](std::size_t a, std::size_t b) {
    return cursors[a].peek() > cursors[b].peek();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> smallest(later);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    if (!cursors[i].at_end()) smallest.push(i);
  }
  while (!smallest.empty()) {
    const std::size_t i = smallest.top();
    smallest.pop();
    writer.add(cursors[i].peek());
    cursors[i].advance();
    if (!cursors[i].at_end()) smallest.push(i);
  }
  writer.finish();
  return run.keys;
}

// The keys of a range of the journal's rows, all of which must be there.
std::vector<KeyEntry> read_journal(const LedgerFile& file, const HashSecret& secret, Seq first,
                                   Seq last, const PageSink& sink) {
  constexpr Seq kSlice = 16'384;  // Rows in one read transaction: a checkpoint may go on between.
  const SQLite::Database db = open_reader(file);
  Statement select(db, "SELECT seq, kind, key FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq");
  std::vector<KeyEntry> entries;
  entries.reserve(last - first + 1);
  for (Seq next = first; next <= last;) {
    sink.pause();
    const ResetGuard guard(select);
    const Seq end = std::min(last, next + kSlice - 1);
    select.bind(0, static_cast<std::int64_t>(next)).bind(1, static_cast<std::int64_t>(end));
    for (; select.step(); ++next) {
      if (select.number(0) != next) break;
      if (!facts_of(static_cast<EntryKind>(select.integer(1))).keyed) continue;
      entries.push_back({.fingerprint = hash(secret, select.text(2)), .seq = next});
    }
    if (next != end + 1) {
      throw std::runtime_error("entry " + std::to_string(next) + " of the journal is missing");
    }
  }
  return entries;
}

}  // namespace

KeySource keys_of_table(std::shared_ptr<const KeyTable> keys) {
  return [keys = std::move(keys)](const KeyRunInfo& run, const PageSink& sink) {
    return write_sorted(run, keys->entries(), sink);
  };
}

KeySource keys_of_runs(LedgerFile file, std::vector<KeyRunInfo> sources) {
  return
      [file = std::move(file), sources = std::move(sources)](
          const KeyRunInfo& run, const PageSink& sink) { return merge(run, file, sources, sink); };
}

KeySource keys_of_journal(LedgerFile file, const HashSecret& secret) {
  return [file = std::move(file), secret](const KeyRunInfo& run, const PageSink& sink) {
    return write_sorted(run, read_journal(file, secret, run.first_seq, run.last_seq, sink), sink);
  };
}

}  // namespace giro::store
