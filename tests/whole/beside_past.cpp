// Of Beside: what the file says of the past, asked at random and read through the model's journal a second time.
#include <algorithm>

#include <fmt/format.h>

#include "tests/whole/beside.hpp"
#include "tests/whole/history.hpp"

namespace giro::test {

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
  compare_effective_statement(*reader, account);
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

// Of some days around now, page by page.
void Beside::compare_effective_statement(store::Reader& reader, AccountNumber account) {
  const std::int32_t today = date_of(now_).days;
  store::EffectiveQuery query;
  query.account = account;
  query.head = ledger_->point(account);
  query.head_seq = model_.journal().size();
  query.from = {today - static_cast<std::int32_t>(random_.below(20))};
  query.to = {today + 3 - static_cast<std::int32_t>(random_.below(6))};
  if (query.to < query.from) std::swap(query.from, query.to);
  query.newest_first = random_.one_in(2);
  query.limit = static_cast<std::uint32_t>(1 + random_.below(50));
  std::vector<DatedLine> real;
  do {
    const store::EffectivePage page = reader.effective_statement(query);
    for (const store::EffectiveLine& line : page.lines) {
      real.push_back({.day = line.day,
                      .seq = line.line.seq,
                      .leg = line.leg,
                      .amount = line.line.amount,
                      .balance = line.balance});
    }
    query.after = page.next;
  } while (query.after);
  if (query.newest_first) std::ranges::reverse(real);
  std::vector<DatedLine> expected = dated_lines_of(model_.journal(), account);
  std::erase_if(expected, [&](const DatedLine& line) {
    return line.day < query.from || line.day > query.to;
  });
  if (real != expected) {
    fail(fmt::format("another statement of account {} by effective date, {} to {}", account,
                     format_date(query.from), format_date(query.to)));
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
