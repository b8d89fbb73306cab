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

// Rules about the paying account that a client asked for itself.
Rejection check_preconditions(const PaymentOptions& options, const Account& from,
                              std::optional<Amount> available) {
  if (options.if_version && *options.if_version != from.version) {
    return Rejection::precondition_version;
  }
  if (options.if_available_gte && available && *available < *options.if_available_gte) {
    return Rejection::precondition_balance;
  }
  return Rejection::none;
}

}  // namespace

Entry State::apply(const Command& command, const Resolved& resolved, Timestamp now,
                   std::uint32_t uid) {
  Entry entry;
  entry.seq = seq_ + 1;
  entry.at = next_time(now);
  entry.uid = uid;
  const auto decide_it = [&] {
    std::visit([&](const auto& kind) { decide(kind, resolved, now, entry); }, command);
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

void State::decide(const CheckedPayment& payment, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = payment.key();
  if (payment.legs().size() > 1) return decide_legs(payment, now, entry);
  const Leg& leg = payment.leg();
  const LegHashes hashes = resolved.hashes == nullptr ? hashes_of(leg) : *resolved.hashes;
  decide_single(payment, find_accounts(leg, hashes), now, entry);
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
  } else {
    open_account(body->opened, entry.seq);
    body->number = static_cast<AccountNumber>(accounts_.size());
  }
}

std::expected<void, std::string> State::replay(const Entry& entry) {
  if (entry.seq != seq_ + 1) {
    return std::unexpected("seq " + std::to_string(seq_ + 1) + " is missing before it");
  }
  if (entry.at <= at_) return std::unexpected("its time isn't after the one before it");
  seq_ = entry.seq;
  at_ = entry.at;
  const auto replay_body = [&](const auto& body) { return replay_applied(body, entry); };
  std::optional<std::string> wrong =
      entry.applied() ? std::visit(replay_body, entry.body) : check_rejected(entry);
  if (wrong) return std::unexpected(std::move(*wrong));
  return {};
}

CurrencyIndex State::restore_currency(const Currency& currency) {
  if (const auto known = find_currency(currency.code.view())) return *known;
  currencies_.push_back(currency);
  return static_cast<CurrencyIndex>(currencies_.size() - 1);
}

LimitsIndex State::restore_limits(const AccountLimits& limits) {
  const auto [known, is_new] =
      limits_index_.try_emplace(limits, static_cast<LimitsIndex>(limits_.size()));
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
  const auto take_over = [&](AccountNumber number, Amount change, Seq prev, Amount after) {
    if (number == 0 || number > accounts_.size() || posting.amount <= 0) return false;
    Account& account = accounts_[number - 1];
    const std::optional<Amount> balance = checked_add(account.balance, change);
    if (account.last_seq != prev || balance != after) return false;
    account.balance = after;
    if (change > 0) account.posted_in += change;
    ++account.version;
    account.last_seq = seq;
    return true;
  };
  if ((from_newer &&
       !take_over(posting.from, -posting.amount, posting.from_prev, posting.from_after)) ||
      (to_newer && !take_over(posting.to, posting.amount, posting.to_prev, posting.to_after))) {
    return std::unexpected("entry " + std::to_string(seq) + " doesn't fit the accounts' rows");
  }
  return {};
}

Timestamp State::next_time(Timestamp now) const {
  return std::max(now, Timestamp{at_.ns + 1});  // A clock that jumps back is clamped.
}

std::optional<CurrencyIndex> State::find_currency(std::string_view code) const {
  const auto found = std::ranges::find_if(
      currencies_, [&](const Currency& currency) { return currency.code.view() == code; });
  if (found == currencies_.end()) return std::nullopt;
  return static_cast<CurrencyIndex>(found - currencies_.begin());
}

void State::open_account(const OpenedAccount& opened, Seq seq) {
  Account account;
  account.limits = restore_limits(
      {.floor = opened.floor.value_or(kNoFloor), .ceiling = opened.ceiling.value_or(kNoCeiling)});
  account.currency = restore_currency(opened.currency);
  restore_account(opened.id.view(), account, seq);
}

// The order of these checks is the published precedence (ledger/codes.hpp).
State::Verdict State::judge(const Leg& leg, const LegAccounts& accounts,
                            const PaymentOptions* options, Timestamp now) const {
  Verdict verdict;
  Posting& posting = verdict.posting;
  posting.from = accounts.from;
  posting.to = accounts.to;
  posting.amount = leg.amount;
  if (posting.from != 0) posting.from_after = account(posting.from).balance;
  if (posting.to != 0) posting.to_after = account(posting.to).balance;
  verdict.code = [&] {
    if (options != nullptr && options->deadline && now > *options->deadline) {
      return Rejection::deadline_passed;
    }
    if (posting.from == 0 || posting.to == 0) return Rejection::account_unknown;
    const Account& from = account(posting.from);
    const Account& to = account(posting.to);
    if (!keeps(from, leg.currency) || !keeps(to, leg.currency)) return Rejection::currency_mismatch;
    if (options != nullptr) {
      const std::optional<Amount> available = limits(from).available(from.balance);
      const Rejection failed = check_preconditions(*options, from, available);
      if (failed != Rejection::none) return failed;
      if (options->up_to) posting.amount = std::min(leg.amount, available.value_or(kAmountMax));
      if (posting.amount <= 0) return Rejection::insufficient_funds;
    }
    return check_limits(from, to, posting.amount);
  }();
  return verdict;
}

Rejection State::check_limits(const Account& from, const Account& to, Amount amount) const {
  // Written so that neither side can leave 64 bits: amounts are above 0.
  if (from.balance < -kAmountMax + amount || to.balance > kAmountMax - amount) {
    return Rejection::overflow;
  }
  const std::optional<Amount> available = limits(from).available(from.balance);
  if (available && *available < amount) return Rejection::insufficient_funds;
  if (to.balance + amount > limits(to).ceiling) return Rejection::ceiling_exceeded;
  return Rejection::none;
}

LegAccounts State::find_accounts(const Leg& leg, const LegHashes& hashes) const {
  return {.from = names_.find(leg.from.view(), hashes.from),
          .to = names_.find(leg.to.view(), hashes.to)};
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

bool State::keeps(const Account& account, const CurrencyCode& code) const {
  return currencies_[account.currency].code == code;
}

void State::post(Posting& posting, Seq seq) {
  Account& from = accounts_[posting.from - 1];
  Account& to = accounts_[posting.to - 1];
  posting.from_prev = std::exchange(from.last_seq, seq);
  posting.to_prev = std::exchange(to.last_seq, seq);
  from.balance -= posting.amount;
  to.balance += posting.amount;
  to.posted_in += posting.amount;
  ++from.version;
  ++to.version;
  posting.from_after = from.balance;
  posting.to_after = to.balance;
}

void State::remember(const Posting& posting) {
  touched_.push_back({posting.from, accounts_[posting.from - 1]});
  touched_.push_back({posting.to, accounts_[posting.to - 1]});
}

void State::undo(const Mark& mark) {
  for (; touched_.size() > mark.touched; touched_.pop_back()) {
    accounts_[touched_.back().number - 1] = touched_.back().before;
  }
  for (; accounts_.size() > mark.accounts; accounts_.pop_back()) {
    names_.remove_last();
    opened_seqs_.pop_back();
  }
  currencies_.resize(mark.currencies);
  seq_ = mark.seq;
  at_ = mark.at;
}

void State::decide_single(const CheckedPayment& payment, const LegAccounts& accounts, Timestamp now,
                          Entry& entry) {
  auto& body = std::get<PaymentBody>(entry.body);
  const Leg& leg = payment.leg();
  const PaymentOptions* options = payment.options();
  const auto details = [&body]() -> PaymentDetails& {
    if (body.details == nullptr) body.details = std::make_unique<PaymentDetails>();
    return *body.details;
  };
  if (options != nullptr) details().options = *options;
  Verdict verdict = judge(leg, accounts, options, now);
  entry.outcome = verdict.code;
  body.posting = verdict.posting;
  if (verdict.code == Rejection::none) {
    if (trials_ > 0) remember(body.posting);
    post(body.posting, entry.seq);
    if (options != nullptr && options->up_to) details().asked = leg.amount;
    return;
  }
  body.posting.amount = leg.amount;
  const Posting& posting = body.posting;
  const bool told_by_posting =
      posting.from != 0 && posting.to != 0 && keeps(account(posting.from), leg.currency);
  if (!told_by_posting) details().requested = leg;
}

void State::decide_legs(const CheckedPayment& payment, Timestamp now, Entry& entry) {
  auto& body = *entry.body.emplace<std::unique_ptr<MultiLegBody>>(std::make_unique<MultiLegBody>());
  if (payment.options() != nullptr) body.options = *payment.options();
  Trial trial(*this);
  for (const Leg& leg : payment.legs()) {
    Verdict verdict = judge(leg, find_accounts(leg, hashes_of(leg)), payment.options(), now);
    if (verdict.code != Rejection::none) {
      // A deadline is the whole payment's; everything else is about one leg.
      const bool whole = verdict.code == Rejection::deadline_passed;
      entry.outcome = whole ? verdict.code : Rejection::leg_failed;
      body.seen = verdict.posting;
      body.leg_code = whole ? Rejection::none : verdict.code;
      body.failed_leg = static_cast<std::uint16_t>(body.postings.size());
      body.postings.clear();
      body.requested.assign(payment.legs().begin(), payment.legs().end());
      return;
    }
    remember(verdict.posting);
    post(verdict.posting, entry.seq);
    body.postings.push_back(verdict.posting);
  }
  trial.keep();
}

std::optional<std::string> State::replay_applied(const PaymentBody& payment, const Entry& entry) {
  return replay_posting(payment.posting, entry.seq);
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<MultiLegBody>& payment,
                                                 const Entry& entry) {
  if (payment->postings.size() < 2) return "its legs are missing";
  for (const Posting& posting : payment->postings) {
    if (auto wrong = replay_posting(posting, entry.seq)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<OpeningBody>& opening,
                                                 const Entry& entry) {
  const OpenedAccount& opened = opening->opened;
  if (opened.id.view() != entry.key.view()) return "it opens another account than its key says";
  if (find(opened.id.view()) != 0) return "it opens an account that exists";
  const auto known = find_currency(opened.currency.code.view());
  if (known && currencies_[*known].scale != opened.currency.scale) {
    return "its currency has another scale in the entries before it";
  }
  open_account(opened, entry.seq);
  if (opening->number != accounts_.size()) {
    return "it opens an account out of the order of numbers";
  }
  return std::nullopt;
}

// A rejection moved nothing, but it is kept with what it saw.
std::optional<std::string> State::check_rejected(const Entry& entry) const {
  const Posting posting = entry.row_posting();
  if (posting.from > accounts_.size() || posting.to > accounts_.size()) {
    return "it names an account that doesn't exist";
  }
  if (posting.from_prev != 0 || posting.to_prev != 0) return "it is rejected and has a link";
  // A leg that failed saw what the legs before it would have left.
  if (!std::holds_alternative<PaymentBody>(entry.body)) return std::nullopt;
  const auto seen = [&](AccountNumber number) { return number == 0 ? 0 : account(number).balance; };
  if (posting.from_after != seen(posting.from) || posting.to_after != seen(posting.to)) {
    return "the balance that it saw is wrong";
  }
  return std::nullopt;
}

std::optional<std::string> State::replay_posting(const Posting& posting, Seq seq) {
  const auto exists = [&](AccountNumber number) {
    return number >= 1 && number <= accounts_.size();
  };
  if (!exists(posting.from) || !exists(posting.to)) return "it names an account that doesn't exist";
  if (posting.from == posting.to) return "it pays an account from itself";
  if (posting.amount <= 0) return "its amount isn't above 0";
  if (account(posting.from).currency != account(posting.to).currency) {
    return "its accounts keep two currencies";
  }
  const Rejection broken = check_limits(account(posting.from), account(posting.to), posting.amount);
  if (broken != Rejection::none) {
    return "it was applied against the limits of its accounts: " + std::string(giro::name(broken));
  }

  Posting expected{.from = posting.from, .to = posting.to, .amount = posting.amount};
  post(expected, seq);
  if (expected == posting) return std::nullopt;
  if (expected.from_prev != posting.from_prev || expected.to_prev != posting.to_prev) {
    return "its link to an account's previous entry is wrong";
  }
  return "the balance after it is wrong: " + std::to_string(expected.from_after) + " and " +
         std::to_string(expected.to_after) + " follow from the entries before it, it says " +
         std::to_string(posting.from_after) + " and " + std::to_string(posting.to_after);
}

}  // namespace giro
