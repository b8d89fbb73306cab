#include "tests/whole/beside.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "engine/atomic_group.hpp"
#include "tests/whole/history.hpp"

namespace giro::test {
namespace {

store::StoreOptions options_in(const std::filesystem::path& directory) {
  store::StoreOptions options;
  options.directory = directory;
  options.keys_in_run = 1'024;  // Most keys are found in runs.
  return options;
}

Seq seq_of(const Outcome& outcome) {
  const auto* replayed = std::get_if<Replayed>(&outcome);
  return replayed == nullptr ? 0 : replayed->entry->seq;
}

}  // namespace

void Coverage::add(const Coverage& other) {
  for (const auto& [code, count] : other.codes) codes[code] += count;
  for (const auto& [kind, count] : other.applied) applied[kind] += count;
  replays += other.replays;
  conflicts += other.conflicts;
  rehearsals += other.rehearsals;
  groups_applied += other.groups_applied;
  groups_rejected += other.groups_rejected;
  groups_replayed += other.groups_replayed;
  groups_in_conflict += other.groups_in_conflict;
  crossed += other.crossed;
  restarts += other.restarts;
  crashes += other.crashes;
  questions += other.questions;
}

Beside::Beside(std::uint64_t seed)
    : seed_(seed),
      ledger_(std::make_unique<TestLedger>(options_in(folder_.path() / "0"))),
      random_(seed, model_) {
  for (const Operation& opening : random_.beginnings()) decide(opening);
  commit();
}

void Beside::fail(const std::string& what) {
  if (!wrong_.empty()) return;
  wrong_ = fmt::format("seed {}, operation {}, at {}: {}", seed_, operation_, now_.ns, what);
}

void Beside::run(std::uint64_t operations) {
  while (operation_ < operations && wrong_.empty()) one_operation();
  commit();
  if (!wrong_.empty()) return;
  compare_accounts();
  ledger_->settle();
  compare_past();
  const store::VerifyReport report = store::verify(ledger_->file(), [] { return false; });
  digest_ = report.head_digest;
  if (!report.problems.empty()) fail(problems_in(report));
}

void Beside::one_operation() {
  now_.ns += random_.next_step();
  if (!random_.one_in(8)) decide_due();
  if (random_.one_in(16)) {
    const std::vector<Operation> members = random_.next_group(now_);
    operation_ += members.size();
    decide_group(members, random_.one_in(20));
  } else {
    ++operation_;
    decide(random_.next(now_));
  }
  if (random_.one_in(8)) compare_accounts();
  if (random_.one_in(12)) commit();
  if (random_.one_in(400)) compare_past();
  if (random_.one_in(1'500)) restart();
  if (random_.one_in(1'500)) crash();
}

void Beside::decide(const Operation& operation) {
  const Command command = command_of(operation);
  const Outcome outcome = ledger_->ledger().decide(command, now_, TestLedger::kUid);
  const Answer answer = model_.decide(operation, now_);
  const std::string what = text_of(operation);
  compare(outcome, answer, what);
  compare_new_entries(what);
  coverage_.replays += answer.how == Answer::How::replayed ? 1 : 0;
  coverage_.conflicts += answer.how == Answer::How::conflict ? 1 : 0;
  coverage_.rehearsals += answer.how == Answer::How::rehearsed ? 1 : 0;
}

void Beside::decide_group(const std::vector<Operation>& members, bool dry_run) {
  std::vector<Command> commands;
  std::string what = dry_run ? "group, dry:" : "group:";
  for (const Operation& member : members) {
    commands.push_back(command_of(member));
    what += "\n    " + text_of(member);
  }
  AtomicGroup group(ledger_->ledger(), commands, TestLedger::kUid);
  std::optional<GroupOutcome> outcomes = group.find_decision();
  const bool is_known = outcomes.has_value();
  if (!is_known) outcomes = dry_run ? group.rehearse(now_) : group.decide(now_);
  const std::vector<Answer> answers = model_.decide_group(members, now_, dry_run);
  if (answers.front().how == Answer::How::conflict) {
    ++coverage_.groups_in_conflict;
    if (outcomes->has_value()) return fail("no conflict of " + what);
    if (outcomes->error().refusal.code != ErrorCode::key_conflict)
      fail("another refusal of " + what);
    return;
  }
  if (!outcomes->has_value()) return fail(outcomes->error().refusal.message + " of " + what);
  for (std::size_t i = 0; i < members.size(); ++i) {
    compare((**outcomes)[i], answers[i], fmt::format("member {} of {}", i, what));
  }
  compare_new_entries(what);
  const bool rejected = std::ranges::any_of(
      answers, [](const Answer& answer) { return answer.record.code != Rejection::none; });
  ++(is_known   ? coverage_.groups_replayed
     : rejected ? coverage_.groups_rejected
                : coverage_.groups_applied);
}

void Beside::decide_due() {
  while (ledger_->ledger().decide_due(now_, 1 + random_.below(9))) {
  }
  while (model_.decide_due(now_)) {
  }
  compare_new_entries("what fell due");
}

void Beside::compare(const Outcome& outcome, const Answer& answer, const std::string& what) {
  const auto* refused = std::get_if<Refused>(&outcome);
  if (answer.how == Answer::How::conflict) {
    if (refused == nullptr || refused->refusal.code != ErrorCode::key_conflict ||
        refused->conflict_seq != answer.record.seq ||
        (refused->refusal.field == "method") != answer.is_other_kind) {
      fail("no such conflict of " + what);
    }
    return;
  }
  if (refused != nullptr) return fail(refused->refusal.message + " of " + what);
  if (answer.how == Answer::How::replayed) {
    if (seq_of(outcome) != answer.record.seq) {
      return fail(fmt::format("replayed seq {} instead of {}: {}", seq_of(outcome),
                              answer.record.seq, what));
    }
  }
  const bool rehearsed = answer.how == Answer::How::rehearsed;
  if (rehearsed != std::holds_alternative<Rehearsed>(outcome)) fail("not rehearsed: " + what);
  const Entry& entry = entry_of(outcome, ledger_->store().group());
  const std::string difference = difference_of(entry, answer.record, rehearsed);
  if (!difference.empty()) fail(difference + ": " + what);
}

void Beside::compare_new_entries(const std::string& what) {
  const auto& journal = model_.journal();
  if (ledger_->state().seq() != journal.size()) {
    return fail(
        fmt::format("seq {} instead of {} after {}", ledger_->state().seq(), journal.size(), what));
  }
  const std::vector<Entry>& group = ledger_->store().group();
  for (; compared_ < journal.size(); ++compared_) {
    const Record& record = journal[compared_];
    const Entry& entry = group[record.seq - group.front().seq];
    const std::string difference = difference_of(entry, record, false);
    if (!difference.empty()) {
      return fail(
          fmt::format("seq {}: {}: {}; {}", record.seq, difference, what, text_of(record.asked)));
    }
    if (record.code == Rejection::none) ++coverage_.applied[record.kind];
    ++coverage_.codes[record.code];
    for (const Posting& posting : record.moved) coverage_.crossed += posting.crossed != 0 ? 1 : 0;
  }
}

void Beside::compare_accounts() {
  const State& state = ledger_->state();
  const Standing& standing = model_.standing();
  if (state.account_count() != standing.accounts.size()) return fail("another number of accounts");
  if (state.closed_until() != standing.closed_until) fail("other books");
  if (state.holds().size() != standing.holds.size()) fail("another number of open holds");
  if (state.schedules().size() != standing.schedules.size()) fail("another number of schedules");
  for (AccountNumber number = 1; number <= standing.accounts.size(); ++number) {
    compare_account(number);
  }
}

void Beside::compare_account(AccountNumber number) {
  const State& state = ledger_->state();
  const Account& real = state.account(number);
  const AccountLimits& limits = state.limits(real);
  const WholeAccount& account = model_.standing().accounts[number - 1];
  const auto expect = [&](bool holds, std::string_view what) {
    if (!holds) fail(fmt::format("another {} of account {}", what, account.opened.id));
  };
  const std::optional<Amount> available = limits.available(real.balance, real.held.out);
  const Timestamp at = std::max(now_, state.at());
  expect(state.name(number) == account.opened.id, "name");
  expect(real.balance == account.balance(), "balance");
  expect(real.posted_in == account.in, "sum of what came in");
  expect(real.held.in == account.held_in && real.held.out == account.held_out, "sum of holds");
  expect(real.version == account.version, "version");
  expect(real.last_seq == account.last_seq, "last seq");
  expect(limits.floor_or_none() == account.floor, "floor");
  expect(limits.ceiling_or_none() == account.ceiling, "ceiling");
  expect(limits.frozen == account.frozen && limits.closed == account.closed, "standing");
  expect(available.has_value() == account.available().has_value() &&
             (!available || *available == *account.available()),
         "available");
  const Watch* watch = state.watches().find(number);
  const std::size_t watched = watch == nullptr ? 0 : watch->velocities.size();
  expect((watch == nullptr ? AlertLines{} : watch->alerts) == account.alerts, "alerts");
  expect(watched == account.limits.size(), "number of limits");
  if (watched != account.limits.size()) return;
  for (std::size_t i = 0; i < watched; ++i) {
    const Velocity& velocity = watch->velocities[i];
    const ModelUse use = WholeModel::used(account, account.limits[i], at);
    const Outflow used = velocity.used(at);
    expect(velocity.limit() == account.limits[i].terms, "limit");
    expect(used.count == use.count, "use of a limit, in payments");
    expect(!velocity.limit().amount || used.amount == use.amount, "use of a limit");
  }
}

void Beside::commit() {
  if (!wrong_.empty()) return;
  ledger_->commit();
  committed_ = model_.mark();
  if (random_.one_in(4)) (void)ledger_->store().idle_step();
}

void Beside::restart() {
  commit();
  if (!wrong_.empty()) return;
  ledger_->close_and_reopen();
  ++coverage_.restarts;
  compare_accounts();
}

void Beside::crash() {
  if (!wrong_.empty()) return;
  const std::filesystem::path copy = folder_.path() / std::to_string(++lives_);
  const std::filesystem::path before = ledger_->directory();
  copy_folder(before, copy);
  ledger_.reset();
  std::filesystem::remove_all(before);
  ledger_ = std::make_unique<TestLedger>(options_in(copy));
  model_.go_back(committed_);
  compared_ = model_.journal().size();
  ++coverage_.crashes;
  if (ledger_->state().seq() != compared_) return fail("a crash lost what was committed");
  compare_accounts();
}

void Beside::compare_past() {
  commit();
  if (!wrong_.empty()) return;
  ++coverage_.questions;
  const auto reader = ledger_->reader();
  const auto& journal = model_.journal();
  const std::size_t accounts = model_.standing().accounts.size();
  const Seq seq = 1 + random_.below(journal.size());
  const std::optional<Entry> entry = reader->entry(seq);
  const std::string difference =
      entry ? difference_of(*entry, journal[seq - 1], false) : "it isn't there";
  if (!difference.empty()) fail(fmt::format("seq {} in the file: {}", seq, difference));

  const std::vector<Int128> balances = balances_at(journal, accounts, seq);
  Int128 credit = 0;
  for (const Int128 balance : balances) credit += std::max(balance, Int128{0});
  Int128 real_credit = 0;
  for (const auto& line : reader->trial_balance(seq).lines) {
    real_credit += line.sums.credit;
    if (line.sums.credit != line.sums.debit) fail("a trial balance that isn't balanced");
  }
  if (real_credit != credit) fail(fmt::format("another trial balance at seq {}", seq));

  const auto account = static_cast<AccountNumber>(1 + random_.below(accounts));
  const store::AccountPoint point = ledger_->point(account);
  const auto back = static_cast<std::int32_t>(random_.below(12));
  const Date day{date_of(now_).days + 2 - back};
  const store::AccountPoint then = reader->account_at(account, point, seq);
  if (then.balance != balances[account - 1]) {
    fail(fmt::format("another balance of account {} at seq {}", account, seq));
  }
  if (then.version != lines_of(journal, account, seq).size()) {
    fail(fmt::format("another version of account {} at seq {}", account, seq));
  }
  if (reader->effective_balance(account, point, journal.size(), day) !=
      balance_by_day(journal, account, day)) {
    fail(fmt::format("another balance of account {} on {}", account, format_date(day)));
  }
  compare_statement(*reader, account);
  compare_open(*reader);
  compare_totals(*reader, seq);
  compare_payments(*reader);
}

// A part of it, from some line on.
void Beside::compare_statement(store::Reader& reader, AccountNumber account) {
  const std::vector<HistoryLine> lines =
      lines_of(model_.journal(), account, model_.journal().size());
  store::StatementQuery query{.account = account, .head = ledger_->point(account)};
  query.after_entry = random_.below(lines.size() + 1);
  query.until_entry = query.after_entry + random_.below(lines.size() - query.after_entry + 1);
  query.newest_first = random_.one_in(2);
  query.limit = static_cast<std::uint32_t>(1 + random_.below(100));
  std::vector<HistoryLine> expected(lines.begin() + static_cast<std::ptrdiff_t>(query.after_entry),
                                    lines.begin() + static_cast<std::ptrdiff_t>(query.until_entry));
  if (query.newest_first) std::ranges::reverse(expected);
  expected.resize(std::min<std::size_t>(expected.size(), query.limit));
  std::vector<HistoryLine> real;
  for (const store::StatementLine& line : reader.statement(query)) {
    real.push_back({.seq = line.seq,
                    .amount = line.amount,
                    .balance = line.balance,
                    .held = line.held,
                    .counterparty = line.counterparty});
  }
  if (real != expected) {
    fail(fmt::format("another statement of account {}, lines {} to {}", account,
                     query.after_entry + 1, query.until_entry));
  }
}

// The whole tree, page by page.
void Beside::compare_totals(store::Reader& reader, Seq seq) {
  constexpr std::uint32_t kAllLevels = 64;
  store::TotalsQuery query{.depth = kAllLevels, .at = seq};
  query.limit = static_cast<std::uint32_t>(1 + random_.below(20));
  std::map<std::pair<std::string, std::string>, BranchBalance> real;
  for (bool more = true; more;) {
    const store::Totals page = reader.totals(query);
    for (const store::BranchSums& row : page.rows) {
      const BranchBalance sums{row.sums.accounts, row.sums.debit, row.sums.credit};
      real.emplace(std::pair(row.branch, std::string(row.currency.code.view())), sums);
      query.after = {.branch = row.branch, .currency = row.currency.code};
    }
    more = page.more;
  }
  if (real != totals_at(model_, seq)) fail(fmt::format("other totals at seq {}", seq));
}

// Applied payments, by account, amount and time, page by page in both directions.
void Beside::compare_payments(store::Reader& reader) {
  const std::size_t entries = model_.journal().size();
  store::PaymentsQuery query;
  query.filter.type = "payment";
  query.filter.status = "applied";
  if (random_.one_in(2)) {
    query.filter.account =
        static_cast<AccountNumber>(1 + random_.below(model_.standing().accounts.size()));
    query.head = ledger_->point(query.filter.account);
  }
  if (random_.one_in(2)) query.filter.amount_gte = static_cast<Amount>(1 + random_.below(100));
  query.first = 1 + random_.below(entries);
  query.last = query.first + random_.below(entries);
  query.limit = static_cast<std::uint32_t>(1 + random_.below(50));
  query.newest_first = random_.one_in(2);
  std::vector<Seq> real;
  do {
    const auto page = reader.payments(query);
    if (!page) return fail("a list of payments that can't go on");
    for (const Entry& entry : page->payments) real.push_back(entry.seq);
    query.after = page->next;
  } while (query.after);
  if (query.newest_first) std::ranges::reverse(real);
  if (real != payments_of(model_.journal(), query)) {
    fail(fmt::format("another list of payments from {} to {}", query.first, query.last));
  }
}

void Beside::compare_open(store::Reader& reader) {
  constexpr std::uint32_t kMany = 1'000;
  const auto holds = reader.open_holds({.limit = kMany}).holds;
  const auto& open = model_.standing().holds;
  for (std::size_t i = 0; i < holds.size(); ++i) {
    if (holds[i].entry.seq != open[i].seq || holds[i].left != open[i].left) {
      return fail(fmt::format("another open hold than {}", open[i].seq));
    }
  }
  if (holds.size() != std::min<std::size_t>(open.size(), kMany)) fail("not all open holds");
  const auto schedules = reader.schedules({}, 0, kMany).schedules;
  const auto& planned = model_.standing().schedules;
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    if (schedules[i].schedule.seq != planned[i].seq || schedules[i].next_at != planned[i].next_at ||
        schedules[i].occurrence != planned[i].occurrence) {
      return fail(fmt::format("another schedule than {}", planned[i].seq));
    }
  }
  if (schedules.size() != std::min<std::size_t>(planned.size(), kMany)) fail("not all schedules");
}

}  // namespace giro::test
