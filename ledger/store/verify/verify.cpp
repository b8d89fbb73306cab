#include "ledger/store/verify/verify.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "ledger/store/history/marks.hpp"
#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/chain_head.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/schema/totals.hpp"
#include "ledger/store/sqlite/anchor.hpp"
#include "ledger/store/sqlite/sqlite.hpp"
#include "ledger/store/verify/open_files.hpp"
#include "ledger/store/verify/verify_effective.hpp"
#include "ledger/store/verify/verify_keys.hpp"
#include "ledger/store/verify/verify_pages.hpp"
#include "ledger/store/verify/verify_schema.hpp"
#include "ledger/store/verify/verify_state.hpp"

namespace giro::store {
namespace {

constexpr Seq kSlice = 50'000;  // Entries in one read transaction.

class Verification {
 public:
  // `anchor`: what was acknowledged, where that can be told; null: it can't.
  explicit Verification(LedgerFile file, SQLite::Database db, bool all_have_sums,
                        const Anchor* anchor = nullptr, const PointsWanted& points = {})
      : file_(std::move(file)),
        db_(std::move(db)),
        all_have_sums_(all_have_sums),
        anchor_(anchor),
        points_(points),
        secret_(read_secret(db_)),
        journal_(db_),
        keys_(db_, secret_, report_),
        effective_(db_, secret_, report_),
        find_next_(db_, "SELECT seq FROM journal WHERE seq > ? ORDER BY seq LIMIT 1"),
        find_mark_(db_,
                   "SELECT 1 FROM marks WHERE seq = ? AND account = ? AND entry = ? AND level = ? "
                   "AND earlier = ? AND posted_in = ? AND posted_in_high = ?"),
        find_terms_(db_,
                    "SELECT 1 FROM account_terms WHERE account = ? AND seq = ? AND floor IS ? AND "
                    "ceiling IS ? AND frozen = ? AND closed = ?"),
        find_reference_(db_, "SELECT 1 FROM payment_references WHERE reference = ? AND seq = ?"),
        find_followup_(db_, "SELECT 1 FROM followups WHERE original = ? AND seq = ?"),
        state_(secret_) {}

  VerifyReport run(const std::function<bool()>& cancelled) {
    if (!check_pages(file_, all_have_sums_, report_, cancelled)) return broken_off();
    while (journal_.head().seq > done_ + kSlice) {
      check_entries(std::max(done_ + kSlice, next_entry()));
      if (cancelled()) return broken_off();
    }
    {
      // The rest in one snapshot with the tables that must agree with it.
      SQLite::Transaction snapshot(db_);
      check_entries(journal_.head().seq);
      if (!commit_ended_ && done_ > 0) problem(done_, "the last entry ends no commit");
      if (replaying_) {
        check_state(db_, secret_,
                    {.state = state_, .marks = newest_marks_, .account_entries = account_entries_},
                    report_);
      }
      check_rows_of_accounts();
      check_end();
      check_counts();
      effective_.check();
      check_what_others_read(db_, report_);
      check_indexes(db_, report_);
    }
    keys_.check_runs(done_);
    report_.accounts = state_.account_count();
    report_.head_seq = done_;
    report_.head_digest = to_hex(chain_.head());
    report_.points = points_.take(state_);
    return std::move(report_);
  }

 private:
  VerifyReport broken_off() {
    problem(done_, "the check was broken off after this entry");
    return std::move(report_);
  }

  void problem(Seq seq, std::string what, LedgerPart part = LedgerPart::journal) {
    report_.add(seq, part, std::move(what));
  }
  void table_problem(Seq seq, std::string what) {
    problem(seq, std::move(what), LedgerPart::tables);
  }

  // After the last that was checked, as the table has it. On a damaged page it may lie anywhere: never before that.
  Seq next_entry() {
    const ResetGuard guard(find_next_);
    find_next_.bind(0, as_integer(done_));
    return std::max(done_ + 1, find_next_.step() ? find_next_.number(0) : 0);
  }

  void check_entries(Seq to) {
    while (done_ < to) {
      try {
        journal_.scan(done_ + 1, to, [&](const Entry& entry, const Statement& row) {
          if (entry.seq <= done_) {
            problem(done_ + 1, "in its place lies an entry of seq " + std::to_string(entry.seq));
            replaying_ = false;
            return true;
          }
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
        done_ = next_entry();
        replaying_ = false;
        problem(done_, std::string("it can't be read: ") + error.what());
      }
    }
  }

  void check_entry(const Entry& entry, const Statement& row) {
    ++report_.entries;
    if (replaying_) replay(entry);
    check_chain(entry, row);
    check_row(entry, row);
    keys_.note(entry);
    effective_.note(entry);
    check_followup(entry);
    const std::span<const Posting> postings = entry.postings();
    for (const Posting& posting : postings) account_entries_ += posting.sides();
    if (postings.size() > 1) legs_ += postings.size();
    const PaymentOptions* options = entry.options();
    if (options == nullptr || options->reference.empty()) return;
    ++references_;
    const ResetGuard guard(find_reference_);
    find_reference_.bind(0, options->reference).bind(1, static_cast<std::int64_t>(entry.seq));
    if (!find_reference_.step())
      table_problem(entry.seq, "its reference isn't in payment_references");
  }

  // What has legs says nothing by its own row, in which nobody would look.
  void check_row(const Entry& entry, const Statement& row) {
    if (!entry.applied() || entry.postings().size() < 2) return;
    if (read_posting(row, kFromColumn) == Posting{}) return;
    problem(entry.seq, "its row has a link, and moves no money itself");
  }

  void check_followup(const Entry& entry) {
    const Seq original = entry.follows();
    if (original == 0) return;
    ++followups_;
    const ResetGuard guard(find_followup_);
    find_followup_.bind(0, static_cast<std::int64_t>(original))
        .bind(1, static_cast<std::int64_t>(entry.seq));
    if (!find_followup_.step()) table_problem(entry.seq, "it isn't in table followups");
  }

  void replay(const Entry& entry) {
    std::optional<Entry> schedule;
    if (entry.kind() == EntryKind::scheduled) schedule = journal_.entry(entry.follows());
    if (auto replayed =
            state_.replay(entry, schedule ? &*schedule : nullptr, journal_.node(entry.author.node));
        !replayed) {
      problem(entry.seq, replayed.error());
      replaying_ = false;  // What follows would only repeat it.
      return;
    }
    if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body);
        change != nullptr && entry.applied()) {
      if ((*change)->terms.metadata) metadata_from_[(*change)->posting.from] = entry.seq;
      check_terms(entry.seq, **change);
    }
    due_.clear();
    append_due_marks(entry, state_, newest_marks_, due_);
    for (const Mark& mark : due_) {
      ++marks_;
      const ResetGuard guard(find_mark_);
      bind_total(find_mark_, 5, 6, mark.posted_in);
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

  // Of an account that was changed, as the state has it now. Earlier releases wrote a row also for a change of something else.
  void check_terms(Seq seq, const AccountChangeBody& change) {
    const AccountNumber number = change.posting.from;
    const AccountLimits& limits = state_.limits(state_.account(number));
    const ResetGuard guard(find_terms_);
    find_terms_.bind(0, number)
        .bind(1, static_cast<std::int64_t>(seq))
        .bind_optional(2, limits.floor_or_none())
        .bind_optional(3, limits.ceiling_or_none())
        .bind(4, static_cast<int>(limits.frozen))
        .bind(5, static_cast<int>(limits.closed));
    const bool is_there = find_terms_.step();
    if (is_there || change.sets_limits()) ++terms_;
    if (!is_there && change.sets_limits()) {
      table_problem(seq, "it isn't in table account_terms as it was");
    }
  }

  void check_chain(const Entry& entry, const Statement& row) {
    points_.add(chain_.add(entry, journal_.texts_of(entry, row)));
    check_group(entry.seq, row);
    const auto stored = row.blob(kDigestColumn);
    commit_ended_ = !row.is_null(kDigestColumn);
    if (!commit_ended_) return;
    const bool is_unbroken = std::ranges::equal(stored, chain_.close());
    points_.end_commit(entry, chain_.head(), state_);
    if (is_unbroken) return;
    problem(entry.seq,
            "the audit chain breaks in the commit that ends here: an entry of it was changed, "
            "removed or put in");
    // Go on from what the file says, so that a second break is found as well.
    Digest digest{};
    std::copy_n(stored.begin(), std::min(stored.size(), digest.size()), digest.begin());
    chain_ = Chain(digest);
  }

  // Commits of before schema version 4 don't say which group they were.
  void check_group(Seq seq, const Statement& row) {
    const std::uint64_t group = row.number(kGroupColumn);
    const bool is_there = !row.is_null(kGroupColumn);
    const bool may_be = !row.is_null(kDigestColumn);
    if (is_there ? may_be && group > group_ : !may_be || group_ == 0) {
      if (is_there) group_ = group;
      return;
    }
    problem(seq, "its group's index doesn't follow the one before it");
  }

  // What a state doesn't keep of them.
  void check_rows_of_accounts() {
    Statement select(db_,
                     "SELECT a.id, a.opened_seq, a.number, a.as_of_seq, a.metadata IS NOT "
                     "j.metadata FROM accounts a LEFT JOIN journal j ON j.seq = a.opened_seq "
                     "WHERE a.metadata IS NOT j.metadata OR a.as_of_seq > ?");
    Statement changed(db_,
                      "SELECT 1 FROM accounts a, journal j WHERE a.number = ? AND j.seq = ? AND "
                      "a.metadata IS j.metadata");
    select.bind(0, static_cast<std::int64_t>(done_));
    while (select.step()) {
      const auto number = static_cast<AccountNumber>(select.integer(2));
      if (const auto from = metadata_from_.find(number); from != metadata_from_.end()) {
        if (select.number(3) <= done_) continue;  // Its metadata: below.
      }
      table_problem(select.number(1),
                    "the row of account " + std::string(select.text(0)) +
                        " has other metadata than its opening, or claims to be true "
                        "past the journal's end");
    }
    for (const auto& [number, seq] : metadata_from_) {
      const ResetGuard guard(changed);
      changed.bind(0, number).bind(1, static_cast<std::int64_t>(seq));
      if (changed.step()) continue;
      table_problem(seq, "the row of its account has other metadata than it set");
    }
  }

  // Whether the journal may have gone on: nothing in what is left of it shows that.
  void check_end() {
    const auto swept = read_meta(db_, "swept_seq");
    if (!swept) table_problem(0, "swept_seq is missing");
    check_reached("a sweep (swept_seq)", swept);
    check_reached("a checkpoint (checkpointed_seq)", read_meta(db_, "checkpointed_seq"));
    if (anchor_ == nullptr) return;
    if (anchor_->found() == Anchor::Found::garbage) {
      problem(0,
              "the file `anchor` holds something that girod didn't write: whether acknowledged "
              "payments are missing at the journal's end can't be told");
    }
    if (anchor_->found() == Anchor::Found::torn) note_torn_anchor(anchor_->point()->seq);
    const auto& acknowledged = anchor_->point();
    if (acknowledged && acknowledged->seq > done_) {
      return problem(acknowledged->seq,
                     fmt::format("it was acknowledged, and the journal ends at seq {}: payments "
                                 "that clients know as applied are missing. Look for the newest "
                                 "copy, ledger.db with its ledger.db-wal",
                                 done_));
    }
    if (const auto wrong = differs_from_anchor(db_, *anchor_)) problem(0, *wrong);
  }

  // The other parts carry what it says, and a power cut may tear one: no problem of the ledger's.
  void note_torn_anchor(Seq acknowledged) {
    report_.notes.push_back(fmt::format(
        "A part of the file `anchor` holds something that girod didn't write. The rest "
        "of it says that seq {} was acknowledged, and that is what the ledger was held "
        "to. A power cut may leave it so, and girod writes that part anew as it goes on. "
        "Without one it was the disk: see to it",
        acknowledged));
  }

  void check_reached(std::string_view who, std::optional<Seq> seq) {
    if (seq.value_or(0) <= done_) return;
    problem(0, fmt::format("{} had got to seq {}, and the journal ends at seq {}: either that "
                           "isn't true, or entries are missing",
                           who, *seq, done_));
  }

  void check_counts() {
    Statement first(db_, "SELECT min(seq) FROM journal");
    if (first.step() && !first.is_null(0) && first.integer(0) < 1) {
      problem(0, "the journal has an entry before the first");
    }
    check_count("legs", legs_);
    check_count("payment_references", references_);
    check_count("followups", followups_);
    if (replaying_) check_count("account_terms", terms_);
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

  const LedgerFile file_;
  SQLite::Database db_;
  const bool all_have_sums_;
  const Anchor* anchor_;
  PointsTaken points_;
  HashSecret secret_;
  JournalReader journal_;
  VerifyReport report_;
  KeyVerification keys_;
  EffectiveVerification effective_;
  Statement find_next_;
  Statement find_mark_;
  Statement find_terms_;
  Statement find_reference_;
  Statement find_followup_;

  State state_;
  Chain chain_;
  std::uint64_t group_ = 0;  // Of the last commit that says which it was.
  Seq done_ = 0;
  bool replaying_ = true;
  bool commit_ended_ = false;
  NewestMarks newest_marks_;
  std::vector<Mark> due_;
  std::uint64_t marks_ = 0;
  std::uint64_t terms_ = 0;
  std::uint64_t legs_ = 0;
  std::uint64_t references_ = 0;
  std::uint64_t followups_ = 0;
  std::uint64_t account_entries_ = 0;
  std::map<AccountNumber, Seq> metadata_from_;  // Of accounts whose metadata was changed.
};

}  // namespace

VerifyReport verify(const LedgerFile& ledger_file, const std::function<bool()>& cancelled) {
  return Verification(ledger_file, open_ledger_reader(ledger_file, PageChecks::leave), true)
      .run(cancelled);
}

std::string_view name(LedgerPart part) {
  switch (part) {
    case LedgerPart::journal:
      return "journal";
    case LedgerPart::keys:
      return "keys";
    case LedgerPart::file:
      return "file";
    case LedgerPart::tables:
      break;
  }
  return "tables";
}

std::expected<VerifyReport, std::string> verify_files(const std::filesystem::path& directory,
                                                      BesideDaemon beside,
                                                      const std::function<bool()>& cancelled,
                                                      const PointsWanted& points) {
  auto files = open_files(directory, beside);
  if (!files) return std::unexpected(std::move(files).error());
  try {
    const std::filesystem::path file = directory / "ledger.db";
    // What another program closed last, or copied, gets its checksums at the next start.
    const bool all_have_sums = std::filesystem::exists(file.string() + "-wal");
    const Anchor* anchor = files->anchor ? &*files->anchor : nullptr;
    return Verification(file, std::move(files->db), all_have_sums, anchor, points).run(cancelled);
  } catch (const std::exception& error) {
    return std::unexpected(unreadable(directory, error));
  }
}

std::expected<VerifyReport, std::string> verify_at_rest(const std::filesystem::path& directory,
                                                        const std::function<bool()>& cancelled) {
  return verify_files(directory, BesideDaemon::refused, cancelled, {});
}

}  // namespace giro::store
