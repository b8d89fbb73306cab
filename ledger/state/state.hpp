// The ledger's state in memory: accounts, their balances, and the order of decisions. It decides.
//
//   apply(command, resolved, now, uid)  decides one command and returns the entry for the journal.
//                        Every check comes before any change; no I/O, clock, thread or log in it. The
//                        same commands with the same times give the same entries, on any machine.
//   decide_due(now)      decides what falls due by itself: a hold whose time is over.
//   replay(entry)        takes over an entry that was decided before (start-up, verify).
//
// What always holds: posted in and out only grow, in 128 bits, which no number of payments fills; a
// balance, with what is held in added or what is held out taken off, lies between -kAmountMax and
// kAmountMax; the balances of a currency sum to zero; a payment of several legs changes all its accounts or
// none; what is held of an account is what its open holds have left.
// Thread: one at a time; in the daemon the commit thread's own.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/command/command.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/state/account.hpp"
#include "ledger/state/account_names.hpp"
#include "ledger/state/open_holds.hpp"

namespace giro {

// Of the two accounts that a leg names.
struct LegHashes {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
struct LegAccounts {
  AccountNumber from = 0;  // 0: unknown.
  AccountNumber to = 0;
};

// What was decided before and a command names.
struct Referred {
  Seq seq = 0;                    // 0: nothing was decided under that key or seq.
  const Entry* entry = nullptr;   // Null: none, or an open hold, of which the state knows all.
  const Entry* latest = nullptr;  // The latest that follows the entry; null: none.
};

// What a command refers to, looked up by the caller: deciding knows the accounts, and nothing of the past.
struct Resolved {
  // How the account that is to be opened was opened before, with other terms; null: there is none.
  const OpenedAccount* existing = nullptr;
  const LegHashes* hashes = nullptr;  // hashes_of(payment.leg()), where they are known already.
  Referred referred = {};             // By a command that has refers_to().
};

class State {
 public:
  // `secret` only spreads ids in memory: it never changes a decision.
  explicit State(const HashSecret& secret = {}) : names_(secret) {}

  // --- deciding ---
  // REQUIRES: no command of the same key decided anything before, but for an account's opening with
  // other terms: the caller looks it up, and answers a replay. A dry run leaves no trace and gets seq 0.
  [[nodiscard]] Entry apply(const Command& command, const Resolved& resolved, Timestamp now,
                            std::uint32_t uid);

  // What falls due first at or before `now`, decided; nothing: nothing is due. In the order of (when, seq).
  [[nodiscard]] std::optional<Entry> decide_due(Timestamp now);
  // When that is next; kNever: never, as things stand.
  [[nodiscard]] Timestamp next_due();
  // Whether decide_due() has more to decide than `count`; may say so where it hasn't quite.
  [[nodiscard]] bool are_more_due(Timestamp now, std::size_t count) const {
    return holds_.are_more_due(now, count);
  }

  // While a trial lives, whatever is applied is taken back at its end, unless it is kept: balances, accounts
  // that were opened, currencies, holds, the position. Trials may lie in each other.
  class Trial;

  // --- taking over what was decided ---
  // Errors: what doesn't fit this state (a gap, a wrong link, a wrong balance), for verify and
  // start-up; the state is then no longer of use.
  [[nodiscard]] std::expected<void, std::string> replay(const Entry& entry);

  // Start-up: the accounts table, in the order of numbers, then the position of the journal.
  CurrencyIndex restore_currency(const Currency& currency);
  LimitsIndex restore_limits(const AccountLimits& limits);
  void restore_account(std::string_view id, const Account& account, Seq opened_seq);
  void restore_hold(const OpenHold& hold) { holds_.add(hold); }
  // A posting that the accounts' rows may not have yet: takes over the sides that are newer than
  // their row. Errors: the balance that follows isn't the one that the journal says.
  [[nodiscard]] std::expected<void, std::string> restore_posting(const Posting& posting, Seq seq,
                                                                 bool from_newer, bool to_newer);
  void restore_position(Seq seq, Timestamp at) { seq_ = seq, at_ = at; }

  // --- asking ---
  [[nodiscard]] Seq seq() const { return seq_; }  // Of the last decision.
  [[nodiscard]] Timestamp at() const { return at_; }
  [[nodiscard]] std::size_t account_count() const { return accounts_.size(); }
  // 0: unknown.
  [[nodiscard]] AccountNumber find(std::string_view id) const { return names_.find(id); }
  [[nodiscard]] const Account& account(AccountNumber number) const { return accounts_[number - 1]; }
  [[nodiscard]] std::string_view name(AccountNumber number) const { return names_.name(number); }
  [[nodiscard]] Seq opened_seq(AccountNumber number) const { return opened_seqs_[number - 1]; }
  [[nodiscard]] const AccountLimits& limits(const Account& account) const {
    return limits_[account.limits & ~kNotFree];
  }
  [[nodiscard]] const OpenHolds& holds() const { return holds_; }
  [[nodiscard]] const Currency& currency(CurrencyIndex index) const { return currencies_[index]; }
  [[nodiscard]] const std::vector<Currency>& currencies() const { return currencies_; }

  // Hints to the processor, in this order and some requests ahead of apply(): each reads what the one
  // before it fetched. They change nothing.
  [[nodiscard]] LegHashes hashes_of(const Leg& leg) const {
    return {.from = names_.hash_of(leg.from.view()), .to = names_.hash_of(leg.to.view())};
  }
  void prefetch_slots(const LegHashes& hashes) const;
  [[nodiscard]] LegAccounts prefetch_accounts(const LegHashes& hashes) const;
  void prefetch_names(const LegAccounts& likely) const;

 private:
  struct Touched {
    AccountNumber number;
    Account before;
  };
  struct ChangedHold {
    Seq seq;
    std::optional<OpenHold> before;  // Nothing: it wasn't there.
  };
  // How far the state had got at some moment.
  struct Mark {
    std::size_t touched;
    std::size_t changed_holds;
    std::size_t accounts;
    std::size_t currencies;
    std::size_t limits;
    Seq seq;
    Timestamp at;
  };

  [[nodiscard]] Timestamp next_time(Timestamp now) const;
  [[nodiscard]] std::optional<CurrencyIndex> find_currency(std::string_view code) const;
  [[nodiscard]] bool keeps(const Account& account, const CurrencyCode& code) const {
    return currencies_[account.currency].code == code;
  }
  [[nodiscard]] LegAccounts find_accounts(const Leg& leg, const LegHashes& hashes) const {
    return {.from = names_.find(leg.from.view(), hashes.from),
            .to = names_.find(leg.to.view(), hashes.to)};
  }
  void open_account(const OpenedAccount& opened, Seq seq);

  // --- the rules of payments (payments.cpp) ---
  // What would become of one leg now; changes nothing. A deadline is judged by the clock, not by the
  // entry's time, which may lie ahead of it: a clock that was wrong once must not be wrong for ever.
  // `posting`: what would move, or what was seen.
  [[nodiscard]] Rejection judge(const Leg& leg, const LegAccounts& accounts,
                                const PaymentOptions* options, Timestamp now,
                                Posting& posting) const;
  // The same, once both accounts are known and keep the currency. `posting.amount` falls to what is
  // available where the options say so.
  [[nodiscard]] Rejection judge_movement(Posting& posting, const PaymentOptions* options) const;
  [[nodiscard]] Rejection check_standing(const Account& from, const Account& to) const {
    if (((from.limits | to.limits) & kNotFree) == 0) return Rejection::none;
    return check_bars(limits(from), limits(to));
  }
  [[nodiscard]] static Rejection check_bars(const AccountLimits& payer,
                                            const AccountLimits& receiver);
  [[nodiscard]] Rejection check_limits(const Account& from, const Account& to, Amount amount) const;
  // A posting between two accounts with what they have.
  [[nodiscard]] Posting seen_between(AccountNumber from, AccountNumber to, Amount amount) const {
    Posting posting{.from = from, .to = to, .amount = amount};
    if (from != 0) {
      posting.from_after = account(from).balance;
      posting.from_held = account(from).held;
    }
    if (to != 0) {
      posting.to_after = account(to).balance;
      posting.to_held = account(to).held;
    }
    return posting;
  }
  // Moves the money and what is held, and fills in links and what is left. Can't fail: the rules said yes.
  void post(Posting& posting, Seq seq);
  // The same, for a part of a trial or for what may be one.
  void post_within_trial(Posting& posting, Seq seq) {
    if (trials_ > 0) remember(posting);
    post(posting, seq);
  }
  void open_hold(const OpenHold& hold);
  void change_hold(Seq seq, Amount left);

  void remember(const Posting& posting);
  [[nodiscard]] Mark mark() const {
    return {.touched = touched_.size(),
            .changed_holds = changed_holds_.size(),
            .accounts = accounts_.size(),
            .currencies = currencies_.size(),
            .limits = limits_.size(),
            .seq = seq_,
            .at = at_};
  }
  void undo(const Mark& mark);

  // --- deciding: each fills in what of the entry is the command's own ---
  void decide(const CheckedPayment& payment, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide(const CheckedOpenAccount& open, const Resolved& resolved, Timestamp now,
              Entry& entry);
  void decide(const CheckedHold& hold, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide(const CheckedCapture& capture, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide(const CheckedVoid& release, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide(const CheckedReversal& reversal, const Resolved& resolved, Timestamp now,
              Entry& entry);
  void decide(const CheckedAccountChange& change, const Resolved& resolved, Timestamp now,
              Entry& entry);
  void decide_single(const CheckedPayment& payment, const LegAccounts& accounts, Timestamp now,
                     Entry& entry);
  void decide_legs(const CheckedPayment& payment, Timestamp now, Entry& entry);
  [[nodiscard]] Rejection reverse(std::span<const Posting> postings, const Entry* latest, Seq seq,
                                  ReversalBody& body);
  // Whether the posting tells all of the leg, so that it needn't be kept beside it.
  [[nodiscard]] bool is_told_by(const Posting& posting, const Leg& leg) const;
  // When a hold of these terms ends that is made at `at`.
  [[nodiscard]] static std::optional<Timestamp> end_of(const HoldTerms& terms, Timestamp at);
  [[nodiscard]] static OpenHold hold_made_by(const Entry& entry, const HoldBody& body);
  // Whether so much more can be held between them: what is held of an account is an amount itself.
  [[nodiscard]] bool has_room(AccountNumber from, AccountNumber to, Amount amount) const {
    return account(from).held.out <= kAmountMax - amount &&
           account(to).held.in <= kAmountMax - amount;
  }
  [[nodiscard]] Rejection check_hold(const Referred& referred, Timestamp now) const;
  [[nodiscard]] Rejection check_change(const CheckedAccountChange& change,
                                       AccountNumber number) const;
  void set_limits(Account& account, AccountAction action, const AccountTerms& terms);

  // --- taking over (replay.cpp): what is wrong with an applied entry, or nothing; the state has taken it
  // over then ---
  [[nodiscard]] std::optional<std::string> replay_applied(const PaymentBody& payment,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<MultiLegBody>& payment, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<OpeningBody>& opening, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(const std::unique_ptr<HoldBody>& hold,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<CaptureBody>& capture, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<ReleaseBody>& release, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(const std::unique_ptr<ExpiryBody>& expiry,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<ReversalBody>& reversal, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<AccountChangeBody>& change, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_movement(const Posting& posting, Seq seq);
  [[nodiscard]] std::optional<std::string> check_movement(const Posting& posting,
                                                          Amount amount) const;
  [[nodiscard]] std::optional<std::string> check_closing(Seq hold, const Posting& posting) const;
  [[nodiscard]] std::optional<std::string> replay_closing(Seq hold, const Posting& posting,
                                                          Seq seq);
  [[nodiscard]] std::optional<std::string> replay_posting(const Posting& posting, Seq seq);
  [[nodiscard]] std::optional<std::string> check_rejected(const Entry& entry) const;

  std::vector<Account> accounts_;
  std::vector<Seq> opened_seqs_;  // Of the same accounts; no payment asks for them.
  AccountNames names_;
  std::vector<Currency> currencies_;
  std::vector<AccountLimits> limits_{AccountLimits{}};
  std::map<AccountLimits, LimitsIndex> limits_index_{{AccountLimits{}, 0}};
  OpenHolds holds_;
  Seq seq_ = 0;
  Timestamp at_;
  // While trials are open: accounts and holds as they were.
  std::vector<Touched> touched_;
  std::vector<ChangedHold> changed_holds_;
  int trials_ = 0;
};

class State::Trial {
 public:
  explicit Trial(State& state) : state_(state), before_(state.mark()) { ++state_.trials_; }
  ~Trial() {
    if (!kept_) state_.undo(before_);
    if (--state_.trials_ > 0) return;
    state_.touched_.clear();
    state_.changed_holds_.clear();
    state_.holds_.tidy();
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void keep() { kept_ = true; }

 private:
  State& state_;
  const Mark before_;
  bool kept_ = false;
};

}  // namespace giro
