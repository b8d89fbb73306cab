#include "ledger/state/state.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "ledger/state/prefetch.hpp"

namespace giro {
namespace {

OpenedAccount opened_by(const CheckedOpenAccount& open) {
  return {.id = open.id(),
          .currency = open.currency(),
          .floor = open.floor(),
          .ceiling = open.ceiling(),
          .metadata = open.metadata()};
}

}  // namespace

Entry State::apply(const Command& command, const Resolved& resolved, Timestamp now,
                   std::uint32_t uid) {
  Entry entry;
  entry.seq = seq_ + 1;
  entry.at = next_time(now);
  deciding_ = {.seq = entry.seq, .at = entry.at};
  const auto decide_it = [&] {
    entry.author = asked_at_.number == 0 ? Author{.uid = uid, .node = 0} : author_of(uid);
    visit_command([&](const auto& kind) { decide(kind, resolved, now, entry); }, command);
  };
  if (is_dry_run(command)) {
    const Trial trial(*this);
    decide_it();
    entry.seq = 0;
    entry.at = Timestamp{};
    return entry;
  }
  decide_it();
  seq_ = entry.seq;
  at_ = entry.at;
  return entry;
}

Entry State::reject(const Command& command, const Resolved& resolved, Timestamp now,
                    std::uint32_t uid, const Entry* failed) {
  denies_ = true;
  Entry entry = apply(command, resolved, now, uid);
  denies_ = false;
  entry.outcome = failed == nullptr ? Rejection::group_failed : failed->outcome;
  if (const Legs* legs = failed == nullptr ? nullptr : failed->legs()) {
    entry.legs()->failed_leg = legs->failed_leg;
    entry.legs()->leg_code = legs->leg_code;
  }
  return entry;
}

Timestamp State::next_due() {
  const OpenHold* hold = holds_.next_to_expire();
  const OpenSchedule* schedule = schedules_.next();
  return std::min(hold == nullptr ? kNever : hold->expires_at,
                  schedule == nullptr ? kNever : schedule->next_at);
}

Seq State::due_schedule(Timestamp now) {
  const OpenSchedule* schedule = schedules_.next();
  if (schedule == nullptr || schedule->next_at > now) return 0;
  const OpenHold* hold = holds_.next_to_expire();
  const bool is_first = hold == nullptr || std::pair(schedule->next_at, schedule->seq) <
                                               std::pair(hold->expires_at, hold->seq);
  return is_first ? schedule->seq : 0;
}

std::optional<Entry> State::decide_due(Timestamp now, const Entry* schedule) {
  if (next_due() > now) return std::nullopt;
  Entry entry;
  entry.seq = seq_ + 1;
  entry.at = next_time(now);
  deciding_ = {.seq = entry.seq, .at = entry.at};
  if (const Seq due = due_schedule(now); due != 0) {
    assert(schedule != nullptr && schedule->seq == due);
    decide_scheduled(*schedules_.find(due), *schedule, now, entry);
  } else {
    expire(*holds_.next_to_expire(), entry);
  }
  seq_ = entry.seq;
  at_ = entry.at;
  return entry;
}

void State::decide(const CheckedOpenAccount& open, const Resolved& resolved, Timestamp /*now*/,
                   Entry& entry) {
  entry.key = PaymentKey(open.id().view());
  auto& body = entry.body.emplace<std::unique_ptr<OpeningBody>>(
      std::make_unique<OpeningBody>(OpeningBody{.opened = opened_by(open), .number = 0}));

  const auto known = find_currency(open.currency().code.view());
  if (resolved.existing != nullptr) {
    entry.outcome = difference(*resolved.existing, open);
    assert(entry.outcome != Rejection::none);
    body->number = find(open.id().view());
  } else if (known && currencies_[*known].scale != open.currency().scale) {
    entry.outcome = Rejection::currency_mismatch;
  } else if (denies_) {
    entry.outcome = verdict(Rejection::none);
  } else {
    open_account(body->opened, entry.seq);
    body->number = static_cast<AccountNumber>(accounts_.size());
  }
}

CurrencyIndex State::restore_currency(const Currency& currency) {
  if (const auto known = find_currency(currency.code.view())) return *known;
  const auto index = static_cast<CurrencyIndex>(currencies_.size());
  currencies_.push_back(currency);
  currency_index_.emplace(currency.code.view(), index);
  return index;
}

NodeNumber State::node_number(std::string_view name) const {
  if (name.empty()) return 0;
  const auto known = std::ranges::find(nodes_, name);
  return static_cast<NodeNumber>(known - nodes_.begin()) + 1;
}

void State::ask_at(std::string_view node) {
  assert(node.size() <= kNodeNameMax);
  asked_at_ = {.number = node_number(node), .name = std::string(node)};
}

// The node is known from its first entry on.
Author State::author_of(std::uint32_t uid) {
  if (asked_at_.number > nodes_.size()) nodes_.push_back(asked_at_.name);
  return {.uid = uid, .node = asked_at_.number};
}

LimitsIndex State::restore_limits(const AccountLimits& limits) {
  const auto [known, is_new] = limits_index_.try_emplace(
      limits, static_cast<LimitsIndex>(limits_.size()) | (limits.is_free() ? 0 : kNotFree));
  if (is_new) limits_.push_back(limits);
  return known->second;
}

void State::restore_account(std::string_view id, const Account& account, Seq opened_seq) {
  names_.add(id);
  accounts_.push_back(account);
  opened_seqs_.push_back(opened_seq);
}

std::expected<void, std::string> State::restore_posting(const Posting& posting, Seq seq,
                                                        bool from_newer, bool to_newer) {
  const auto take_over = [&](AccountNumber number, Amount change, const Held& held_change, Seq prev,
                             Amount after, const Held& held) {
    if (number == 0 || number > accounts_.size()) return false;
    Account& account = accounts_[number - 1];
    if (account.last_seq != prev || checked_add(account.balance, change) != after ||
        checked_add(account.held.in, held_change.in) != held.in ||
        checked_add(account.held.out, held_change.out) != held.out) {
      return false;
    }
    account.balance = after;
    account.held = held;
    if (change > 0) account.posted_in += change;
    ++account.version;
    account.last_seq = seq;
    return true;
  };
  const bool fits =
      posting.amount >= 0 &&
      (!from_newer || take_over(posting.from, -posting.amount, {.in = 0, .out = posting.held},
                                posting.from_prev, posting.from_after, posting.from_held)) &&
      (!to_newer || take_over(posting.to, posting.amount, {.in = posting.held, .out = 0},
                              posting.to_prev, posting.to_after, posting.to_held));
  if (fits) return {};
  return std::unexpected("entry " + std::to_string(seq) + " doesn't fit the accounts' rows");
}

Timestamp State::next_time(Timestamp now) const {
  return std::max(now, Timestamp{at_.ns + 1});  // A clock that jumps back is clamped.
}

std::optional<CurrencyIndex> State::find_currency(std::string_view code) const {
  const auto found = currency_index_.find(code);
  if (found == currency_index_.end()) return std::nullopt;
  return found->second;
}

void State::open_account(const OpenedAccount& opened, Seq seq) {
  Account account;
  account.limits = restore_limits(
      {.floor = opened.floor.value_or(kNoFloor), .ceiling = opened.ceiling.value_or(kNoCeiling)});
  account.currency = restore_currency(opened.currency);
  restore_account(opened.id.view(), account, seq);
}

void State::prefetch_slots(const LegHashes& hashes) const {
  names_.prefetch_slot(hashes.from);
  names_.prefetch_slot(hashes.to);
}

LegAccounts State::prefetch_accounts(const LegHashes& hashes) const {
  const LegAccounts likely{.from = names_.prefetch_entry(hashes.from),
                           .to = names_.prefetch_entry(hashes.to)};
  if (likely.from != 0) prefetch(&accounts_[likely.from - 1]);
  if (likely.to != 0) prefetch(&accounts_[likely.to - 1]);
  return likely;
}

void State::prefetch_names(const LegAccounts& likely) const {
  names_.prefetch_text(likely.from);
  names_.prefetch_text(likely.to);
}

void State::remember(const Posting& posting) {
  touched_.push_back({posting.from, accounts_[posting.from - 1]});
  if (posting.to != 0) touched_.push_back({posting.to, accounts_[posting.to - 1]});
}

void State::undo(const Mark& mark) {
  for (; touched_.size() > mark.touched; touched_.pop_back()) {
    accounts_[touched_.back().number - 1] = touched_.back().before;
  }
  for (; changed_holds_.size() > mark.changed_holds; changed_holds_.pop_back()) {
    holds_.restore(changed_holds_.back().seq, changed_holds_.back().before);
  }
  watches_.undo_to(mark.watches);
  for (; changed_schedules_.size() > mark.changed_schedules; changed_schedules_.pop_back()) {
    schedules_.set(changed_schedules_.back().seq, changed_schedules_.back().before);
  }
  for (; accounts_.size() > mark.accounts; accounts_.pop_back()) {
    names_.remove_last();
    opened_seqs_.pop_back();
  }
  for (; currencies_.size() > mark.currencies; currencies_.pop_back()) {
    currency_index_.erase(std::string(currencies_.back().code.view()));
  }
  nodes_.resize(mark.nodes);
  for (; limits_.size() > mark.limits; limits_.pop_back()) limits_index_.erase(limits_.back());
  closed_until_ = mark.closed_until;
  seq_ = mark.seq;
  at_ = mark.at;
}

}  // namespace giro
