#include "ledger/store/recovery/recovery.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "ledger/store/accounts/velocity_rows.hpp"
#include "ledger/store/journal/author_column.hpp"
#include "ledger/store/journal/held_text.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/journal/node_names.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/totals.hpp"

namespace giro::store {
namespace {

using Velocities = std::unordered_map<AccountNumber, RecoveredVelocities>;

// What is read decides about money: a number that can't be is damage, and never cut to fit.
[[noreturn]] void damaged(const std::string& what) {
  throw std::runtime_error(what);
}

void load_currencies(const SQLite::Database& db, State& state) {
  Statement select(db, "SELECT code, scale FROM currencies ORDER BY id");
  for (CurrencyIndex index = 0; select.step(); ++index) {
    const Currency currency{.code = CurrencyCode(select.text(0)),
                            .scale = static_cast<int>(select.integer(1))};
    const bool is_new = is_currency_code(currency.code.view()) && select.integer(1) >= 0 &&
                        select.integer(1) <= kScaleMax && state.restore_currency(currency) == index;
    if (!is_new) damaged("currency " + std::to_string(index + 1) + " isn't one");
  }
}

void load_nodes(const SQLite::Database& db, State& state) {
  for (const std::string& name : read_node_names(db)) state.restore_node(name);
}

AlertLines read_alerts(const Statement& row) {
  return {.below = row.optional_integer(18), .above = row.optional_integer(19)};
}

// An account's row as the state takes it in.
Account read_account(const Statement& row, AccountNumber number, bool is_limited, State& state) {
  const auto wrong = [number](std::string_view what) {
    damaged("the row of account " + std::to_string(number) + " " + std::string(what));
  };
  if (row.number(13) != number) wrong("is missing");
  if (!is_account_id(row.text(0)) || state.find(row.text(0)) != 0) {
    wrong("has an id that none can have, or another one has");
  }
  if (row.integer(1) < 1 || row.number(1) > state.currencies().size()) {
    wrong("has a currency that isn't there");
  }
  Account account;
  account.currency = static_cast<CurrencyIndex>(row.integer(1) - 1);
  if (row.integer(14) < 0 || row.integer(14) > 3) wrong("is frozen in a way that doesn't exist");
  account.limits = state.restore_limits({.floor = row.optional_integer(2).value_or(kNoFloor),
                                         .ceiling = row.optional_integer(3).value_or(kNoCeiling),
                                         .frozen = static_cast<Frozen>(row.integer(14)),
                                         .closed = row.integer(15) != 0,
                                         .is_limited = is_limited,
                                         .has_alerts = !read_alerts(row).empty()});
  account.posted_in = read_total(row, 5, 6);
  const Int128 posted_out = read_total(row, 7, 8);
  if (account.posted_in < 0 || posted_out < 0) wrong("has a total that can't be");
  const Int128 balance = account.posted_in - posted_out;
  if (balance > kAmountMax || balance < -Int128{kAmountMax}) wrong("has a balance that can't be");
  account.balance = static_cast<Amount>(balance);
  account.version = row.number(9);
  account.last_seq = row.number(10);
  account.held = {.in = row.integer(16), .out = row.integer(17)};
  if (account.held.in < 0 || account.held.out < 0) wrong("has less than nothing held");
  return account;
}

// The accounts' rows; the seq up to which each is true, by number - 1.
std::vector<Seq> load_accounts(const SQLite::Database& db, Velocities& velocities, State& state,
                               NewestMarks* newest) {
  Statement select(
      db,
      "SELECT id, currency, floor, ceiling, opened_seq, posted_in, posted_in_high, posted_out, "
      "posted_out_high, version, last_seq, as_of_seq, marks, number, frozen, closed, held_in, "
      "held_out, alert_below, alert_above FROM accounts ORDER BY number");
  std::vector<Seq> as_of;
  while (select.step()) {
    const auto number = static_cast<AccountNumber>(as_of.size() + 1);
    const auto limits = velocities.find(number);
    const bool is_limited = limits != velocities.end();
    state.restore_account(select.text(0), read_account(select, number, is_limited, state),
                          select.number(4));
    Watch watch{.velocities = {}, .alerts = read_alerts(select)};
    if (is_limited) watch.velocities = std::move(limits->second.velocities);
    if (!watch.empty()) state.restore_watch(number, std::move(watch));
    as_of.push_back(select.number(11));
    if (newest != nullptr) newest->restore(number, MarkTower(select.blob(12)));
  }
  return as_of;
}

OpenHold hold_at(const Statement& row) {
  return {.seq = row.number(0),
          .key = PaymentKey(row.text(6)),
          .author = author_in(row.integer(5)),
          .from = static_cast<AccountNumber>(row.integer(1)),
          .to = static_cast<AccountNumber>(row.integer(2)),
          .amount = row.integer(8),
          .left = row.integer(3),
          .made_at = Timestamp{row.integer(7)},
          .expires_at = Timestamp{row.optional_integer(4).value_or(kNever.ns)}};
}

// Every commit leaves the table of open holds true.
void load_holds(const SQLite::Database& db, State& state) {
  Statement select(db,
                   "SELECT seq, from_account, to_account, left, expires_at, uid, key, made_at, "
                   "amount FROM holds");
  while (select.step()) {
    const OpenHold hold = hold_at(select);
    if (hold.seq == 0 || hold.from == 0 || hold.from > state.account_count() || hold.to == 0 ||
        hold.to > state.account_count() || hold.author.node > state.nodes().size() ||
        hold.left <= 0 || hold.left > hold.amount) {
      damaged("the row of the hold at seq " + std::to_string(hold.seq) + " isn't one of a hold");
    }
    state.restore_hold(hold);
  }
}

// As the latest entry about the books left them, which every commit says which it is.
void load_books(const SQLite::Database& db, State& state) {
  const auto seq = read_meta(db, "books_seq");
  if (!seq) return;
  const auto entry = JournalReader(db).entry(*seq);
  const auto* books = entry ? std::get_if<std::unique_ptr<BooksBody>>(&entry->body) : nullptr;
  if (books == nullptr || !entry->applied()) damaged("books_seq names no entry about the books");
  state.restore_books((*books)->until);
}

// Likewise that of open schedules. Their accounts need not exist.
void load_schedules(const SQLite::Database& db, State& state) {
  Statement select(db,
                   "SELECT s.seq, next_at, occurrence, legs, kind, outcome FROM schedules s LEFT "
                   "JOIN journal j ON j.seq = s.seq");
  while (select.step()) {
    const bool can_be = !select.is_null(4) &&
                        select.integer(4) == static_cast<int>(EntryKind::schedule) &&
                        select.integer(5) == 0 && select.integer(1) > 0 && select.integer(2) > 0 &&
                        select.number(2) <= std::numeric_limits<std::uint32_t>::max() &&
                        select.integer(3) > 0 && select.number(3) <= kLegsMax;
    if (!can_be) {
      damaged("the row of the schedule at seq " + std::to_string(select.integer(0)) +
              " isn't one of a schedule");
    }
    state.restore_schedule({.seq = select.number(0),
                            .next_at = Timestamp{select.integer(1)},
                            .occurrence = static_cast<std::uint32_t>(select.integer(2)),
                            .legs = static_cast<std::uint16_t>(select.integer(3))});
  }
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

// The posting in eight columns, the last of which says what it does of holds.
Posting posting_at(const Statement& row, int first) {
  Posting posting = read_posting(row, first);
  const std::string_view held = row.text(first + 7);
  if (posting.sides() > 0 && !held.empty()) read_held(held, posting);
  return posting;
}

// Adds the entries that the rows don't have yet.
class CatchUp {
 public:
  CatchUp(const SQLite::Database& db, State& state, std::vector<Seq> as_of,
          const Velocities& velocities, Seq swept, const RecoveryUses& uses)
      : state_(state),
        as_of_(std::move(as_of)),
        velocities_(velocities),
        swept_(swept),
        uses_(uses),
        tail_(
            db,
            "SELECT seq, kind, outcome, key, from_account, to_account, amount, from_prev, to_prev, "
            "from_after, to_after, details ->> '$.held', at, details ->> '$.hold_seq' FROM journal "
            "WHERE seq > ? ORDER BY seq"),
        hold_(db,
              "SELECT seq, from_account, to_account, 0, NULL, uid, key, at, "
              "details ->> '$.held[0]' FROM journal WHERE seq = ?"),
        legs_(db,
              "SELECT l.from_account, l.to_account, l.amount, l.from_prev, l.to_prev, "
              "l.from_after, l.to_after, details ->> ('$.held[' || leg || ']') FROM legs l JOIN "
              "journal j ON j.seq = l.seq WHERE l.seq = ? ORDER BY leg") {}

  std::expected<void, std::string> run(Seq after) {
    tail_.bind(0, static_cast<std::int64_t>(after));
    while (tail_.step()) {
      const Seq seq = tail_.number(0);
      if (seq != ++after) {
        return std::unexpected("entry " + std::to_string(after) + " is missing");
      }
      const auto kind = static_cast<EntryKind>(tail_.integer(1));
      if (seq > uses_.keys_after && facts_of(kind).keyed) uses_.key(tail_.text(3), seq);
      if (tail_.integer(2) != 0) continue;
      if (opens_account(kind)) {  // Its row was written with it.
        if (seq > swept_) ++opened_after_swept_;
        continue;
      }
      // What has no posting of its own has legs.
      const Posting posting = posting_at(tail_, 4);
      const auto taken = posting.sides() > 0 ? take(posting, seq) : legs(seq);
      if (!taken) return taken;
    }
    return {};
  }

  [[nodiscard]] std::uint64_t entries_after_swept() const { return entries_after_swept_; }
  [[nodiscard]] std::uint64_t opened_after_swept() const { return opened_after_swept_; }

 private:
  std::expected<void, std::string> legs(Seq seq) {
    const ResetGuard guard(legs_);
    legs_.bind(0, static_cast<std::int64_t>(seq));
    while (legs_.step()) {
      if (auto taken = take(posting_at(legs_, 0), seq); !taken) return taken;
    }
    return {};
  }

  std::expected<void, std::string> take(const Posting& posting, Seq seq) {
    if (seq > swept_) entries_after_swept_ += posting.sides();
    count_outflow(posting, seq);
    return state_.restore_posting(posting, seq, newer(posting.from, seq), newer(posting.to, seq));
  }

  // What an account with limits paid after its pieces were written.
  void count_outflow(const Posting& posting, Seq seq) {
    const auto limited = velocities_.find(posting.from);
    if (limited == velocities_.end() || seq <= limited->second.as_of) return;
    const Int128 out = Int128{posting.amount} + posting.held;
    if (out > 0 && out <= kAmountMax) {
      state_.restore_outflow(posting.from, static_cast<Amount>(out), Timestamp{tail_.integer(12)},
                             seq);
    } else if (out < 0) {
      const ResetGuard guard(hold_);
      hold_.bind(0, tail_.integer(13));
      if (hold_.step()) state_.restore_let_go(hold_at(hold_), posting, seq);
    }
  }

  bool newer(AccountNumber account, Seq seq) {
    if (account == 0 || account > as_of_.size() || seq <= as_of_[account - 1]) return false;
    if (uses_.changed) uses_.changed(account);
    return true;
  }

  State& state_;
  std::vector<Seq> as_of_;
  const Velocities& velocities_;
  Seq swept_;
  std::uint64_t entries_after_swept_ = 0;
  std::uint64_t opened_after_swept_ = 0;
  const RecoveryUses& uses_;
  Statement tail_;
  Statement hold_;
  Statement legs_;
};

// An account of so many entries has a mark of each level that its count of marks has reached.
std::size_t levels_due(std::uint64_t entries) {
  std::size_t levels = 0;
  for (std::uint64_t marks = entries / kEntriesInMark; marks > 0; marks /= kMarksInLevel) ++levels;
  return levels;
}

bool are_marks_true(const Account& account, const MarkTower& tower) {
  if (tower.size() != levels_due(account.version)) return false;
  Seq later = account.last_seq;
  for (std::size_t level = 0; level < tower.size(); ++level) {
    if (tower[level] == 0 || tower[level] > later) return false;
    later = tower[level];
  }
  return true;
}

// Rows that were changed may add up to more than an amount can be.
struct HeldTotal {
  Int128 in = 0;
  Int128 out = 0;
};

std::unordered_map<AccountNumber, HeldTotal> held_by_account(const State& state) {
  std::unordered_map<AccountNumber, HeldTotal> held;
  for (const auto& [seq, hold] : state.holds()) {
    held[hold.from].out += hold.left;
    held[hold.to].in += hold.left;
  }
  return held;
}

}  // namespace

std::expected<Recovered, std::string> recover(const SQLite::Database& db, State& state,
                                              const RecoveryUses& uses) {
  load_currencies(db, state);
  load_nodes(db, state);
  Velocities velocities = load_velocities(db);
  std::vector<Seq> as_of = load_accounts(db, velocities, state, uses.newest);
  const Seq swept = read_meta(db, "swept_seq").value_or(0);
  if (uses.newest != nullptr) load_marks(db, as_of.size(), swept, *uses.newest);
  const Seq latest = as_of.empty() ? 0 : std::ranges::max(as_of);
  CatchUp catch_up(db, state, std::move(as_of), velocities, swept, uses);
  const Seq after = std::min(swept, uses.keys_after);
  if (auto caught_up = catch_up.run(after); !caught_up) {
    return std::unexpected(std::move(caught_up).error());
  }
  const JournalReader::Head head = JournalReader(db).head();
  if (swept > head.seq || latest > head.seq) {
    return std::unexpected("swept_seq or the row of an account is past the journal's end");
  }
  const auto swept_accounts = read_meta(db, "swept_accounts");
  if (swept_accounts && *swept_accounts + catch_up.opened_after_swept() != state.account_count()) {
    return std::unexpected("there are " + std::to_string(state.account_count()) +
                           " rows of accounts, and the journal opened " +
                           std::to_string(*swept_accounts + catch_up.opened_after_swept()));
  }
  load_holds(db, state);
  load_books(db, state);
  load_schedules(db, state);
  state.restore_position(head.seq, head.at);
  Recovered recovered;
  if (const auto swept_entries = read_meta(db, "swept_entries")) {
    recovered.entries = *swept_entries + catch_up.entries_after_swept();
  }
  return recovered;
}

std::expected<std::uint64_t, std::string> check_accounts(const State& state,
                                                         const NewestMarks& newest,
                                                         const Recovered& recovered) {
  std::vector<Int128> sums(state.currencies().size());
  std::uint64_t versions = 0;
  std::unordered_map<AccountNumber, HeldTotal> held = held_by_account(state);
  for (AccountNumber number = 1; number <= state.account_count(); ++number) {
    const Account& account = state.account(number);
    const auto wrong = [&](std::string_view what) {
      return std::unexpected("the row of account " + std::string(state.name(number)) +
                             std::string(what));
    };
    if (account.last_seq > state.seq() || state.opened_seq(number) > state.seq()) {
      return wrong(" names an entry past the journal's end");
    }
    if (!are_marks_true(account, newest.of(number))) {
      return wrong(" and the marks of its history don't agree");
    }
    if (account.held != Held{} || held.contains(number)) {
      const HeldTotal& total = held[number];
      if (total.in != account.held.in || total.out != account.held.out) {
        return wrong(" and the open holds don't agree about what is held");
      }
    }
    sums[account.currency] += account.balance;
    versions += account.version;
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] == 0) continue;
    return std::unexpected("the balances of " + std::string(state.currencies()[i].code.view()) +
                           " don't sum to zero: the balance of an account is wrong");
  }
  if (!recovered.entries || versions == *recovered.entries) return versions;
  return std::unexpected("the accounts have " + std::to_string(versions) +
                         " entries by their rows and " + std::to_string(*recovered.entries) +
                         " by the journal: the row of an account is wrong");
}

}  // namespace giro::store
