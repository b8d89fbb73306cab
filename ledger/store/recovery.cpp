#include "ledger/store/recovery.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "ledger/store/journal_reader.hpp"

namespace giro::store {
namespace {

void load_currencies(const SQLite::Database& db, State& state) {
  Statement select(db, "SELECT code, scale FROM currencies ORDER BY id");
  while (select.step()) {
    state.restore_currency(
        {.code = CurrencyCode(select.text(0)), .scale = static_cast<int>(select.integer(1))});
  }
}

// The accounts' rows; the seq up to which each is true, by number - 1.
std::vector<Seq> load_accounts(const SQLite::Database& db, State& state, NewestMarks* newest) {
  Statement select(
      db,
      "SELECT id, currency, floor, ceiling, opened_seq, posted_in, posted_out, version, "
      "last_seq, as_of_seq, marks FROM accounts ORDER BY number");
  std::vector<Seq> as_of;
  while (select.step()) {
    Account account;
    account.currency = static_cast<CurrencyIndex>(select.integer(1) - 1);
    account.floor = select.optional_integer(2).value_or(kNoFloor);
    account.ceiling = select.optional_integer(3).value_or(kNoCeiling);
    account.opened_seq = select.number(4);
    account.posted_in = select.integer(5);
    account.posted_out = select.integer(6);
    account.version = select.number(7);
    account.last_seq = select.number(8);
    state.restore_account(select.text(0), account);
    as_of.push_back(select.number(9));
    if (newest != nullptr) {
      newest->restore(static_cast<AccountNumber>(as_of.size()), MarkTower(select.blob(10)));
    }
  }
  return as_of;
}

// Adds the marks that the rows may not have yet. `swept`: no row lacks one at or before it.
void load_marks(const SQLite::Database& db, std::size_t accounts, Seq swept, NewestMarks& newest) {
  Statement select(db, "SELECT seq, account, level FROM marks WHERE seq > ? ORDER BY seq");
  select.bind(0, static_cast<std::int64_t>(swept));
  while (select.step()) {
    const Seq seq = select.number(0);
    const std::uint64_t account = select.number(1);
    const std::uint64_t level = select.number(2);
    if (account == 0 || account > accounts || level >= kMarkLevelsMax) {
      throw std::runtime_error("the mark at seq " + std::to_string(seq) +
                               " isn't one of an account");
    }
    newest.add(static_cast<AccountNumber>(account), level, seq);
  }
}

// Adds the entries that the rows don't have yet.
class CatchUp {
 public:
  CatchUp(const SQLite::Database& db, State& state, std::vector<Seq> as_of,
          const RecoveryUses& uses)
      : state_(state),
        as_of_(std::move(as_of)),
        uses_(uses),
        tail_(
            db,
            "SELECT seq, kind, outcome, key, from_account, to_account, amount, from_prev, to_prev, "
            "from_after, to_after FROM journal WHERE seq > ? ORDER BY seq"),
        legs_(db,
              "SELECT from_account, to_account, amount, from_prev, to_prev, from_after, to_after "
              "FROM legs WHERE seq = ? ORDER BY leg") {}

  std::expected<void, std::string> run(Seq after) {
    tail_.bind(0, static_cast<std::int64_t>(after));
    while (tail_.step()) {
      const Seq seq = tail_.number(0);
      const auto kind = static_cast<EntryKind>(tail_.integer(1));
      if (kind == EntryKind::account) continue;  // Its row was written with it.
      if (seq > uses_.keys_after) uses_.key(tail_.text(3), seq);
      if (tail_.integer(2) != 0) continue;
      const auto taken = kind == EntryKind::payment ? take(read_posting(tail_, 4), seq) : legs(seq);
      if (!taken) return taken;
    }
    return {};
  }

 private:
  std::expected<void, std::string> legs(Seq seq) {
    const ResetGuard guard(legs_);
    legs_.bind(0, static_cast<std::int64_t>(seq));
    while (legs_.step()) {
      if (auto taken = take(read_posting(legs_, 0), seq); !taken) return taken;
    }
    return {};
  }

  std::expected<void, std::string> take(const Posting& posting, Seq seq) {
    return state_.restore_posting(posting, seq, newer(posting.from, seq), newer(posting.to, seq));
  }

  bool newer(AccountNumber account, Seq seq) {
    if (account == 0 || account > as_of_.size() || seq <= as_of_[account - 1]) return false;
    if (uses_.changed) uses_.changed(account);
    return true;
  }

  State& state_;
  std::vector<Seq> as_of_;
  const RecoveryUses& uses_;
  Statement tail_;
  Statement legs_;
};

Seq read_swept_seq(const SQLite::Database& db) {
  Statement select(db, "SELECT value FROM meta WHERE name = 'swept_seq'");
  return select.step() ? select.number(0) : 0;
}

}  // namespace

std::expected<void, std::string> recover(const SQLite::Database& db, State& state,
                                         const RecoveryUses& uses) {
  load_currencies(db, state);
  std::vector<Seq> as_of = load_accounts(db, state, uses.newest);
  const Seq swept = read_swept_seq(db);
  if (uses.newest != nullptr) load_marks(db, as_of.size(), swept, *uses.newest);
  CatchUp catch_up(db, state, std::move(as_of), uses);
  const Seq after = std::min(swept, uses.keys_after);
  if (auto caught_up = catch_up.run(after); !caught_up) return caught_up;
  const JournalReader::Head head = JournalReader(db).head();
  state.restore_position(head.seq, head.at);
  return {};
}

}  // namespace giro::store
