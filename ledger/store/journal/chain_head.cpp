#include "ledger/store/journal/chain_head.hpp"

#include <algorithm>
#include <stdexcept>

#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

// Before what the log may hold: some pages of rows that must be in the file itself.
constexpr Seq kEntriesInFileChecked = 1'024;
// Where nobody knows how much the log holds: more than 8 MiB of it can.
constexpr Seq kEntriesInLogAssumed = 131'072;

std::string number(Seq seq) {
  return std::to_string(seq);
}

// The commit that ends at or before `seq`; 0: the beginning of the journal.
Seq commit_end_before(const SQLite::Database& db, Seq seq) {
  Statement select(db,
                   "SELECT seq FROM journal WHERE seq <= ? AND digest IS NOT NULL "
                   "ORDER BY seq DESC LIMIT 1");
  select.bind(0, static_cast<std::int64_t>(seq));
  return select.step() ? select.number(0) : 0;
}

// Reads the entries after `from`, the end of a commit, up to `head`. Errors: the first one that isn't
// there, or the commit whose digest doesn't follow.
std::expected<Chain, std::string> follow_chain(const SQLite::Database& db, Seq from, Seq head) {
  Chain chain;
  if (from > 0) {
    const auto digest = digest_at(db, from);
    if (!digest) return std::unexpected("the entry of seq " + number(from) + " has no digest");
    chain = Chain(*digest);
  }
  Seq last = from;
  Timestamp at;
  std::string wrong;
  JournalReader journal(db);
  journal.scan(from + 1, head, [&](const Entry& entry, const Statement& row) {
    if (entry.seq != last + 1) {
      wrong = "the entry of seq " + number(last + 1) + " is missing";
    } else if (entry.at <= at) {
      wrong = "the entry of seq " + number(entry.seq) + " is older than the one before it";
    } else {
      chain.add(entry, journal.texts_of(entry, row));
      if (!row.is_null(kDigestColumn) &&
          !std::ranges::equal(row.blob(kDigestColumn), chain.close())) {
        wrong = "the entries of the commit that ends at seq " + number(entry.seq) +
                " don't lead to its digest";
      }
    }
    last = entry.seq;
    at = entry.at;
    return wrong.empty();
  });
  if (!wrong.empty()) return std::unexpected(std::move(wrong));
  return chain;
}

}  // namespace

std::optional<Digest> digest_at(const SQLite::Database& db, Seq seq) {
  Statement select(db, "SELECT digest FROM journal WHERE seq = ?");
  select.bind(0, static_cast<std::int64_t>(seq));
  Digest digest{};
  if (!select.step() || select.blob(0).size() != digest.size()) return std::nullopt;
  std::ranges::copy(select.blob(0), digest.begin());
  return digest;
}

std::optional<std::string> differs_from_anchor(const SQLite::Database& db, const Anchor& anchor) {
  for (const auto& point : {anchor.point(), anchor.older_point()}) {
    if (!point || point->seq == 0 || digest_at(db, point->seq) == point->digest) continue;
    return "the entry of seq " + number(point->seq) +
           " isn't the one that was acknowledged: the ledger and its anchor belong to two "
           "histories";
  }
  return std::nullopt;
}

std::expected<Chain, std::string> chain_head(const SQLite::Database& db, const Anchor& anchor,
                                             Seq head, std::optional<Seq> in_file) {
  if (in_file && *in_file > head) {
    return std::unexpected("the journal ends at seq " + number(head) +
                           ", and a checkpoint had moved entries up to seq " + number(*in_file) +
                           " into its file");
  }
  if (head == 0) return Chain();
  const Seq first = in_file.value_or(head > kEntriesInLogAssumed ? head - kEntriesInLogAssumed : 0);
  const Seq checked = first > kEntriesInFileChecked ? first - kEntriesInFileChecked : 0;
  try {
    if (!digest_at(db, head)) {
      return std::unexpected("the last entry, seq " + number(head) + ", ends no commit");
    }
    auto chain = follow_chain(db, commit_end_before(db, std::min(checked, head)), head);
    if (!chain) return chain;
    if (auto wrong = differs_from_anchor(db, anchor)) return std::unexpected(std::move(*wrong));
    return chain;
  } catch (const std::exception& error) {
    return std::unexpected("its newest entries can't be read (" + std::string(error.what()) + ")");
  }
}

}  // namespace giro::store
