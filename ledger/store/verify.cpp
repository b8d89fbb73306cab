#include "ledger/store/verify.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>

#include "ledger/store/anchor_lock.hpp"
#include "ledger/store/chain.hpp"
#include "ledger/store/journal_reader.hpp"
#include "ledger/store/key_runs.hpp"
#include "ledger/store/marks.hpp"
#include "ledger/store/recovery.hpp"
#include "ledger/store/schema.hpp"

namespace giro::store {
namespace {

constexpr Seq kSlice = 50'000;  // Entries in one read transaction.

// A sum over a set of keys that doesn't depend on their order: it tells whether a run holds just
// the keys of its payments without looking each up. The mixing is the finalizer of splitmix64.
std::uint64_t mixed(const KeyEntry& entry) {
  std::uint64_t x = entry.fingerprint + entry.seq * 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// The pages of a run's filter, one at a time, asked for keys in order.
class FilterPages {
 public:
  FilterPages(KeyRunReader& reader, const KeyRunInfo& run) : reader_(reader), run_(run) {}

  [[nodiscard]] bool maybe(std::uint64_t fingerprint) {
    const std::uint64_t block = part_of(fingerprint, run_.bloom_blocks());
    const std::uint64_t page = block / KeyRunInfo::kBloomBlocksInPage;
    while (read_ <= page) read_next();
    return page + 1 != read_ || page_[block % KeyRunInfo::kBloomBlocksInPage].maybe(fingerprint);
  }
  void read_rest() {
    while (read_ < run_.filter_pages()) read_next();
  }

 private:
  void read_next() { page_ = reader_.filter_page(run_, read_++); }

  KeyRunReader& reader_;
  const KeyRunInfo& run_;
  std::uint64_t read_ = 0;  // So many pages; the last of them is at hand.
  std::vector<BloomBlock> page_;
};

class Verification {
 public:
  explicit Verification(SQLite::Database db)
      : db_(std::move(db)),
        secret_(read_secret(db_)),
        journal_(db_),
        runs_(db_),
        find_mark_(db_,
                   "SELECT 1 FROM marks WHERE seq = ? AND account = ? AND entry = ? AND level = ? "
                   "AND earlier = ?"),
        find_reference_(db_, "SELECT 1 FROM payment_references WHERE reference = ? AND seq = ?"),
        state_(secret_) {
    for (const KeyRunInfo& run : runs_.runs().runs) key_sums_[run.last_seq] = 0;
  }

  VerifyReport run(const std::function<bool()>& cancelled) {
    while (journal_.head().seq > done_ + kSlice) {
      check_entries(done_ + kSlice);
      if (cancelled()) {
        problem(done_, "the check was broken off after this entry");
        return std::move(report_);
      }
    }
    {
      // The rest in one snapshot with the tables that must agree with it.
      SQLite::Transaction snapshot(db_);
      check_entries(journal_.head().seq);
      if (!commit_ended_ && done_ > 0) problem(done_, "the last entry ends no commit");
      if (replaying_) check_state_or_say_why();
      check_rows_of_accounts();
      check_swept_seq();
      check_counts();
    }
    check_runs();
    report_.accounts = state_.account_count();
    report_.head_seq = done_;
    report_.head_digest = to_hex(chain_.head());
    return std::move(report_);
  }

 private:
  void problem(Seq seq, std::string what, LedgerPart part = LedgerPart::journal) {
    if (report_.problems.size() == kProblemsMax) return;
    report_.problems.push_back({.seq = seq, .part = part, .what = std::move(what)});
  }
  void table_problem(Seq seq, std::string what) {
    problem(seq, std::move(what), LedgerPart::tables);
  }
  void key_problem(Seq seq, std::string what) { problem(seq, std::move(what), LedgerPart::keys); }

  void check_entries(Seq to) {
    while (done_ < to) {
      try {
        journal_.scan(done_ + 1, to, [&](const Entry& entry, const Statement& row) {
          if (entry.seq != done_ + 1) {
            problem(done_ + 1, "it is missing; the next entry is " + std::to_string(entry.seq));
            replaying_ = false;
          }
          done_ = entry.seq;
          check_entry(entry, row);
          return true;
        });
        done_ = to;
      } catch (const SQLite::Exception&) {
        throw;
      } catch (const std::exception& error) {
        ++done_;
        replaying_ = false;
        problem(done_, std::string("it can't be read: ") + error.what());
      }
    }
  }

  void check_entry(const Entry& entry, const Statement& row) {
    ++report_.entries;
    if (replaying_) replay(entry);
    check_chain(entry, row);
    const bool has_link = entry.posting.from_prev != 0 || entry.posting.to_prev != 0;
    if (has_link && entry.applied() && entry.kind != EntryKind::payment) {
      problem(entry.seq, "its row has a link, and moves no money itself");
    }
    if (entry.kind != EntryKind::account) {
      key_sum_ += mixed({.fingerprint = hash(secret_, entry.key.view()), .seq = entry.seq});
    }
    if (const auto sum = key_sums_.find(entry.seq); sum != key_sums_.end()) sum->second = key_sum_;
    if (entry.kind == EntryKind::multi_leg) legs_ += entry.postings().size();
    if (entry.details == nullptr || entry.details->options.reference.empty()) return;
    ++references_;
    const ResetGuard guard(find_reference_);
    find_reference_.bind(0, entry.details->options.reference)
        .bind(1, static_cast<std::int64_t>(entry.seq));
    if (!find_reference_.step())
      table_problem(entry.seq, "its reference isn't in payment_references");
  }

  void replay(const Entry& entry) {
    if (auto replayed = state_.replay(entry); !replayed) {
      problem(entry.seq, replayed.error());
      replaying_ = false;  // What follows would only repeat it.
      return;
    }
    due_.clear();
    append_due_marks(entry, state_, newest_marks_, due_);
    for (const Mark& mark : due_) {
      ++marks_;
      const ResetGuard guard(find_mark_);
      find_mark_.bind(0, static_cast<std::int64_t>(mark.seq))
          .bind(1, mark.account)
          .bind(2, static_cast<std::int64_t>(mark.entry))
          .bind(3, static_cast<std::int64_t>(mark.level))
          .bind_blob(4, mark.earlier.bytes());
      if (!find_mark_.step()) {
        table_problem(mark.seq, "the mark of entry " + std::to_string(mark.entry) + " of account " +
                                    std::string(state_.name(mark.account)) +
                                    " is missing, or isn't true");
      }
    }
  }

  void check_chain(const Entry& entry, const Statement& row) {
    chain_.add(entry, row.text(kDetailsColumn), row.text(kMetadataColumn));
    const auto stored = row.blob(kDigestColumn);
    commit_ended_ = !row.is_null(kDigestColumn);
    if (!commit_ended_) return;
    if (std::ranges::equal(stored, chain_.close())) return;
    problem(entry.seq,
            "the audit chain breaks in the commit that ends here: an entry of it was changed, "
            "removed or put in");
    // Go on from what the file says, so that a second break is found as well.
    Digest digest{};
    std::copy_n(stored.begin(), std::min(stored.size(), digest.size()), digest.begin());
    chain_ = Chain(digest);
  }

  void check_state_or_say_why() {
    try {
      check_state();
    } catch (const SQLite::Exception&) {
      throw;
    } catch (const std::exception& error) {
      table_problem(0, std::string("what is beside the journal can't be read: ") + error.what());
    }
  }

  // The accounts' rows with the entries since amount to what the whole journal amounts to.
  void check_state() {
    State recovered(secret_);
    NewestMarks marks;
    const RecoveryUses uses{.key = {}, .changed = {}, .newest = &marks};
    if (auto done = recover(db_, recovered, uses); !done) return table_problem(0, done.error());
    if (recovered.account_count() != state_.account_count()) {
      table_problem(0, "there are " + std::to_string(recovered.account_count()) +
                           " rows of accounts, and the journal opened " +
                           std::to_string(state_.account_count()));
    }
    check_currencies();
    std::map<CurrencyIndex, Int128> sums;
    const auto count = std::min(recovered.account_count(), state_.account_count());
    for (AccountNumber number = 1; number <= count; ++number) {
      const Account& account = state_.account(number);
      sums[account.currency] += account.balance;
      if (recovered.name(number) != state_.name(number) || recovered.account(number) != account ||
          recovered.opened_seq(number) != state_.opened_seq(number) ||
          marks.of(number) != newest_marks_.of(number)) {
        table_problem(account.last_seq, "the row of account " + std::string(state_.name(number)) +
                                            " differs from what the journal amounts to");
      }
    }
    for (const auto& [currency, sum] : sums) {
      if (sum == 0) continue;
      problem(0, "the balances of " + std::string(state_.currency(currency).code.view()) +
                     " don't sum to zero");
    }
  }

  void check_currencies() {
    std::vector<Currency> rows;
    Statement select(db_, "SELECT id, code, scale FROM currencies ORDER BY id");
    bool in_order = true;
    while (select.step()) {
      rows.push_back(
          {.code = CurrencyCode(select.text(1)), .scale = static_cast<int>(select.integer(2))});
      in_order = in_order && select.number(0) == rows.size();
    }
    if (!in_order || rows != state_.currencies()) {
      table_problem(0, "table currencies differs from what the journal amounts to");
    }
  }

  // What a state doesn't keep of them.
  void check_rows_of_accounts() {
    Statement select(db_,
                     "SELECT a.id, a.opened_seq FROM accounts a LEFT JOIN journal j ON j.seq = "
                     "a.opened_seq WHERE a.metadata IS NOT j.metadata OR a.as_of_seq > ?");
    select.bind(0, static_cast<std::int64_t>(done_));
    while (select.step()) {
      table_problem(select.number(1),
                    "the row of account " + std::string(select.text(0)) +
                        " has other metadata than its opening, or claims to be true "
                        "past the journal's end");
    }
  }

  void check_swept_seq() {
    Statement select(db_, "SELECT value FROM meta WHERE name = 'swept_seq'");
    if (!select.step() || select.number(0) > done_) {
      table_problem(0, "swept_seq is missing or past the journal's end");
    }
  }

  void check_counts() {
    Statement first(db_, "SELECT min(seq) FROM journal");
    if (first.step() && !first.is_null(0) && first.integer(0) < 1) {
      problem(0, "the journal has an entry before the first");
    }
    check_count("legs", legs_);
    check_count("payment_references", references_);
    if (replaying_) check_count("marks", marks_);
  }

  void check_count(const std::string& table, std::uint64_t expected) {
    Statement count(db_, "SELECT count(*) FROM " + table);
    count.step();
    if (count.number(0) == expected) return;
    problem(0,
            "table " + table + " has " + std::to_string(count.number(0)) + " rows, and " +
                std::to_string(expected) + " belong to the journal's entries",
            table == "legs" ? LedgerPart::journal : LedgerPart::tables);
  }

  void check_runs() {
    const KeyRunReader::Found found = runs_.runs();
    if (!found.unusable.empty()) key_problem(0, "a row of table key_runs was changed");
    Seq covered = 0;
    for (const KeyRunInfo& run : found.runs) {
      if (run.first_seq != covered + 1) {
        key_problem(covered + 1, "the key run of the payments from here is missing, or isn't true");
      }
      covered = run.last_seq;
      check_run(run);
    }
  }

  // The run holds the keys of its payments, all of them and no others, where a look-up finds them.
  void check_run(const KeyRunInfo& run) {
    const auto before =
        run.first_seq == 1 ? std::optional<std::uint64_t>(0) : sum_at(run.first_seq - 1);
    const auto after = sum_at(run.last_seq);
    if (!before || !after) return;  // Made after this check had passed its payments.
    FilterPages filter(runs_, run);
    std::uint64_t sum = 0;
    std::uint64_t keys = 0;
    try {
      for (std::uint64_t index = 0; index < run.blocks(); ++index) {
        const std::vector<KeyEntry> block = runs_.block(run, index);
        const bool in_place =
            std::ranges::is_sorted(block) && std::ranges::all_of(block, [&](const KeyEntry& entry) {
              return part_of(entry.fingerprint, run.blocks()) == index;
            });
        if (!in_place) key_problem(run.first_seq, "a block of keys is out of order");
        for (const KeyEntry& entry : block) {
          sum += mixed(entry);
          if (!filter.maybe(entry.fingerprint)) {
            key_problem(entry.seq, "its key isn't in its filter");
          }
        }
        keys += block.size();
      }
      filter.read_rest();
    } catch (const UnreadableKeys& error) {
      if (still_there(run)) key_problem(run.first_seq, error.what());
      return;
    }
    if (keys != run.keys || sum != *after - *before) {
      key_problem(run.first_seq, "the key run from here to " + std::to_string(run.last_seq) +
                                     " doesn't hold just the keys of its payments");
    }
  }

  [[nodiscard]] std::optional<std::uint64_t> sum_at(Seq seq) const {
    const auto sum = key_sums_.find(seq);
    if (sum == key_sums_.end() || seq > done_) return std::nullopt;
    return sum->second;
  }

  // A run may be merged into another while it is checked.
  [[nodiscard]] bool still_there(const KeyRunInfo& run) {
    return std::ranges::count(runs_.runs().runs, run) > 0;
  }

  SQLite::Database db_;
  HashSecret secret_;
  JournalReader journal_;
  KeyRunReader runs_;
  Statement find_mark_;
  Statement find_reference_;

  State state_;
  Chain chain_;
  Seq done_ = 0;
  bool replaying_ = true;
  bool commit_ended_ = false;
  NewestMarks newest_marks_;
  std::vector<Mark> due_;
  std::uint64_t marks_ = 0;
  std::uint64_t legs_ = 0;
  std::uint64_t references_ = 0;
  std::uint64_t key_sum_ = 0;
  std::map<Seq, std::uint64_t> key_sums_;  // At the last seq of each run.
  VerifyReport report_;
};

}  // namespace

VerifyReport verify(const std::filesystem::path& ledger_file,
                    const std::function<bool()>& cancelled) {
  return Verification(open_ledger_reader(ledger_file)).run(cancelled);
}

std::string_view name(LedgerPart part) {
  switch (part) {
    case LedgerPart::journal:
      return "journal";
    case LedgerPart::keys:
      return "keys";
    case LedgerPart::tables:
      break;
  }
  return "tables";
}

std::expected<VerifyReport, std::string> verify_at_rest(const std::filesystem::path& directory,
                                                        const std::function<bool()>& cancelled) {
  const std::filesystem::path file = directory / "ledger.db";
  if (!std::filesystem::exists(file)) {
    return std::unexpected("there is no ledger in " + directory.string() +
                           "; is its disk mounted, is the name right?");
  }
  const auto lock = AnchorLock::shared(directory / "anchor");
  if (!lock) return std::unexpected(lock.error());
  try {
    SQLite::Database db = open_at_rest(file);
    if (auto readable = check_schema(db); !readable) {
      return std::unexpected(file.string() + ": " + readable.error());
    }
    return Verification(std::move(db)).run(cancelled);
  } catch (const std::exception& error) {
    return std::unexpected(file.string() + " can't be read (" + error.what() +
                           "). Nothing was changed. Keep a copy of the whole folder, and put the "
                           "newest backup in place");
  }
}

}  // namespace giro::store
