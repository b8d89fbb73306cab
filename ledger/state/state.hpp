// The ledger's state in memory: accounts, their balances, and the order of decisions. It decides.
//
//   apply(command, resolved, now, uid)  decides one command and returns the entry for the journal.
//                        Every check comes before any change; no I/O, clock, thread or log in it. The
//                        same commands with the same times give the same entries, on any machine.
//   replay(entry)        takes over an entry that was decided before (start-up, verify).
//
// What always holds: posted in and out only grow, in 128 bits, which no number of payments fills; a
// balance lies between -kAmountMax and kAmountMax; the balances of a currency sum to zero; a payment of
// several legs changes all its accounts or none.
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
#include "ledger/state/account_names.hpp"

namespace giro {

using CurrencyIndex = std::uint32_t;  // Not less: clients declare currencies.

// No floor and no ceiling are the ends of the range, so that one comparison serves all accounts.
inline constexpr Amount kNoFloor = std::numeric_limits<Amount>::min();
inline constexpr Amount kNoCeiling = std::numeric_limits<Amount>::max();

// How far accounts may go. Many accounts share few of them, so that an account has the index of its own in
// the state's table.
struct AccountLimits {
  Amount floor = 0;
  Amount ceiling = kNoCeiling;

  // What an account of that balance can still pay; nothing without a floor. Negative where the balance is
  // below the floor.
  [[nodiscard]] std::optional<Amount> available(Amount balance) const {
    if (floor == kNoFloor) return std::nullopt;
    // A floor far from zero can take this past 64 bits; then the end of the range says enough.
    return checked_add(balance, -floor).value_or(floor < 0 ? kAmountMax : -kAmountMax);
  }

  friend auto operator<=>(const AccountLimits&, const AccountLimits&) = default;
};
using LimitsIndex = std::uint32_t;

struct alignas(64) Account {
  Int128 posted_in = 0;  // All that it ever received.
  Amount balance = 0;
  Seq last_seq = 0;           // Its latest entry; 0: no payment yet.
  std::uint64_t version = 0;  // How many postings touched it.
  CurrencyIndex currency = 0;
  LimitsIndex limits = 0;  // A floor of zero, and no ceiling.

  [[nodiscard]] Int128 posted_out() const { return posted_in - balance; }

  friend bool operator==(const Account&, const Account&) = default;
};
static_assert(sizeof(Account) == 64, "an account is a cache line: a payment touches two at random");

// Of the two accounts that a leg names.
struct LegHashes {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
struct LegAccounts {
  AccountNumber from = 0;  // 0: unknown.
  AccountNumber to = 0;
};

// What a command refers to, looked up by the caller: deciding knows the accounts, and nothing of the past.
struct Resolved {
  // How the account that is to be opened was opened before, with other terms; null: there is none.
  const OpenedAccount* existing = nullptr;
  const LegHashes* hashes = nullptr;  // hashes_of(payment.leg()), where they are known already.
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

  // While a trial lives, whatever is applied is taken back at its end, unless it is kept: balances, accounts
  // that were opened, currencies, the position. Trials may lie in each other.
  class Trial;

  // --- taking over what was decided ---
  // Errors: what doesn't fit this state (a gap, a wrong link, a wrong balance), for verify and
  // start-up; the state is then no longer of use.
  [[nodiscard]] std::expected<void, std::string> replay(const Entry& entry);

  // Start-up: the accounts table, in the order of numbers, then the position of the journal.
  CurrencyIndex restore_currency(const Currency& currency);
  LimitsIndex restore_limits(const AccountLimits& limits);
  void restore_account(std::string_view id, const Account& account, Seq opened_seq);
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
    return limits_[account.limits];
  }
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
  // How far the state had got at some moment.
  struct Mark {
    std::size_t touched;
    std::size_t accounts;
    std::size_t currencies;
    Seq seq;
    Timestamp at;
  };
  struct Verdict {
    Rejection code = Rejection::none;
    Posting posting;
  };

  [[nodiscard]] Timestamp next_time(Timestamp now) const;
  [[nodiscard]] std::optional<CurrencyIndex> find_currency(std::string_view code) const;
  [[nodiscard]] bool keeps(const Account& account, const CurrencyCode& code) const;
  // What would become of one leg now; changes nothing. A deadline is judged by the clock, not by the
  // entry's time, which may lie ahead of it: a clock that was wrong once must not be wrong for ever.
  [[nodiscard]] Verdict judge(const Leg& leg, const LegAccounts& accounts,
                              const PaymentOptions* options, Timestamp now) const;
  [[nodiscard]] LegAccounts find_accounts(const Leg& leg, const LegHashes& hashes) const;
  [[nodiscard]] Rejection check_limits(const Account& from, const Account& to, Amount amount) const;
  // Moves the money and fills in links and balances. Can't fail: judge() said yes.
  void post(Posting& posting, Seq seq);
  void remember(const Posting& posting);
  [[nodiscard]] Mark mark() const {
    return {.touched = touched_.size(),
            .accounts = accounts_.size(),
            .currencies = currencies_.size(),
            .seq = seq_,
            .at = at_};
  }
  void undo(const Mark& mark);
  // Fills in what of the entry is the command's own.
  void decide(const CheckedPayment& payment, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide(const CheckedOpenAccount& open, const Resolved& resolved, Timestamp now,
              Entry& entry);
  void decide_single(const CheckedPayment& payment, const LegAccounts& accounts, Timestamp now,
                     Entry& entry);
  void decide_legs(const CheckedPayment& payment, Timestamp now, Entry& entry);
  // What is wrong with an applied entry, or nothing; the state has taken it over then.
  [[nodiscard]] std::optional<std::string> replay_applied(const PaymentBody& payment,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<MultiLegBody>& payment, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<OpeningBody>& opening, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_posting(const Posting& posting, Seq seq);
  [[nodiscard]] std::optional<std::string> check_rejected(const Entry& entry) const;
  void open_account(const OpenedAccount& opened, Seq seq);

  std::vector<Account> accounts_;
  std::vector<Seq> opened_seqs_;  // Of the same accounts; no payment asks for them.
  AccountNames names_;
  std::vector<Currency> currencies_;
  std::vector<AccountLimits> limits_{AccountLimits{}};
  std::map<AccountLimits, LimitsIndex> limits_index_{{AccountLimits{}, 0}};
  Seq seq_ = 0;
  Timestamp at_;
  std::vector<Touched> touched_;  // While trials are open: the accounts as they were.
  int trials_ = 0;
};

class State::Trial {
 public:
  explicit Trial(State& state) : state_(state), before_(state.mark()) { ++state_.trials_; }
  ~Trial() {
    if (!kept_) state_.undo(before_);
    if (--state_.trials_ == 0) state_.touched_.clear();
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
