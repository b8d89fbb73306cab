// The ledger's state in memory: accounts, their balances, and the order of decisions. It decides.
//
//   apply(command, resolved, now, uid)  decides one command and returns the entry for the journal.
//                        Every check comes before any change; no I/O, clock, thread or log in it. The
//                        same commands with the same times give the same entries, on any machine.
//   ask_at(node)         tells the node of a cluster at which everything is asked from then on.
//   decide_due(now)      decides what falls due by itself: a hold whose time is over, a scheduled payment.
//   replay(entry)        takes over an entry that was decided before (start-up, verify).
//
// What always holds: posted in and out only grow, in 128 bits, which no number of payments fills; a
// balance, with what is held in added or what is held out taken off, lies between -kAmountMax and
// kAmountMax; the balances of a currency sum to zero; a payment of several legs changes all its accounts or
// none; what is held of an account is what its open holds have left; only days that are over are closed, and
// nothing is applied with an effective date in them; a node has its number from its first entry on, and none before it.
// Thread: one at a time; in the daemon the commit thread's own.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
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
#include "ledger/state/open_schedules.hpp"
#include "ledger/state/watches.hpp"

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
  const Entry* entry = nullptr;   // Null: none, or an open hold or schedule, which the state knows.
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
  // Empty, as at first: at none. REQUIRES: at most kNodeNameMax bytes.
  void ask_at(std::string_view node);
  // REQUIRES: no command of the same key decided anything before, but for an account's opening with
  // other terms: the caller looks it up, and answers a replay. A dry run leaves no trace and gets seq 0.
  [[nodiscard]] Entry apply(const Command& command, const Resolved& resolved, Timestamp now,
                            std::uint32_t uid);

  // The same, of a member of a group that failed: it is rejected, and kept with what it sees now that nothing of
  // the group was applied. `failed`: how it failed itself; null: another one did, and its code is group_failed.
  [[nodiscard]] Entry reject(const Command& command, const Resolved& resolved, Timestamp now,
                             std::uint32_t uid, const Entry* failed);

  // What falls due first at or before `now`, decided; nothing: nothing is due. In the order of (when, seq).
  // REQUIRES: `schedule` is the entry that due_schedule() names, if it names one.
  [[nodiscard]] std::optional<Entry> decide_due(Timestamp now, const Entry* schedule = nullptr);
  // The schedule that is first then; 0: what is first is none.
  [[nodiscard]] Seq due_schedule(Timestamp now);
  // When that is next; kNever: never, as things stand.
  [[nodiscard]] Timestamp next_due();
  // Whether decide_due() has more to decide than `count`, in legs; may say so where it hasn't quite.
  [[nodiscard]] bool are_more_due(Timestamp now, std::size_t count) const {
    const std::size_t holds = holds_.count_due(now, count + 1);
    return holds + schedules_.legs_due(now, count + 1) > count;
  }

  // While a trial lives, whatever is applied is taken back at its end, unless it is kept: balances, accounts
  // that were opened, currencies, nodes, holds, schedules, the position. Trials may lie in each other.
  class Trial;

  // --- taking over what was decided ---
  // Errors: what doesn't fit this state (a gap, a wrong link, a wrong balance), for verify and
  // start-up; the state is then no longer of use.
  // `schedule`: of a scheduled payment, the entry that it says it was scheduled by; null: there is none.
  // `node`: the name of the author's; empty: he has none.
  [[nodiscard]] std::expected<void, std::string> replay(const Entry& entry,
                                                        const Entry* schedule = nullptr,
                                                        std::string_view node = {});

  // Start-up: the accounts table, in the order of numbers, then the position of the journal.
  CurrencyIndex restore_currency(const Currency& currency);
  void restore_node(std::string_view name) { nodes_.emplace_back(name); }
  LimitsIndex restore_limits(const AccountLimits& limits);
  void restore_account(std::string_view id, const Account& account, Seq opened_seq);
  void restore_hold(const OpenHold& hold) { holds_.add(hold); }
  void restore_watch(AccountNumber number, Watch watch) { watches_.set(number, std::move(watch)); }
  // What an account with limits paid after its rows were written: a posting's, or, of a hold, what it let
  // go of.
  void restore_outflow(AccountNumber number, Amount amount, Timestamp at, Seq seq) {
    watches_.pay(number, amount, at, seq);
  }
  void restore_let_go(const OpenHold& hold, const Posting& posting, Seq seq) {
    count_no_more(hold, posting, seq);
  }
  void restore_books(std::optional<Date> closed_until) { closed_until_ = closed_until; }
  void restore_schedule(const OpenSchedule& schedule) { schedules_.set(schedule.seq, schedule); }
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
  [[nodiscard]] const Watches& watches() const { return watches_; }
  // The last day whose books are closed; nothing: none are.
  [[nodiscard]] std::optional<Date> closed_until() const { return closed_until_; }
  [[nodiscard]] const OpenSchedules& schedules() const { return schedules_; }
  [[nodiscard]] const Currency& currency(CurrencyIndex index) const { return currencies_[index]; }
  [[nodiscard]] const std::vector<Currency>& currencies() const { return currencies_; }
  // The nodes at which entries were asked, by number - 1.
  [[nodiscard]] const std::vector<std::string>& nodes() const { return nodes_; }
  // Of 0: empty.
  [[nodiscard]] std::string_view node(NodeNumber number) const {
    return number == 0 ? std::string_view() : nodes_[number - 1];
  }
  // The node's number, or what it gets with its first entry. Of an empty name: 0.
  [[nodiscard]] NodeNumber node_number(std::string_view name) const;

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
  struct ChangedSchedule {
    Seq seq;
    std::optional<OpenSchedule> before;  // Nothing: it wasn't open.
  };
  // How far the state had got at some moment.
  struct Mark {
    std::size_t touched;
    std::size_t changed_holds;
    std::size_t watches;
    std::size_t changed_schedules;
    std::size_t accounts;
    std::size_t currencies;
    std::size_t nodes;
    std::size_t limits;
    std::optional<Date> closed_until;
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
  [[nodiscard]] Author author_of(std::uint32_t uid);
  // What a rule says, or the rejection of whatever is decided now.
  [[nodiscard]] Rejection verdict(Rejection rule) const {
    return denies_ ? Rejection::group_failed : rule;
  }

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
  // What of several legs is judged before any of them, because it is the whole payment's.
  [[nodiscard]] Rejection judge_whole(const PaymentOptions* options, Timestamp now) const {
    if (is_late(options, now)) return Rejection::deadline_passed;
    return is_in_closed_time(options) ? Rejection::books_closed : Rejection::none;
  }
  [[nodiscard]] static bool is_late(const PaymentOptions* options, Timestamp now) {
    return options != nullptr && options->deadline && now > *options->deadline;
  }
  // What has no effective date counts on the day that it is decided on, which is never over.
  [[nodiscard]] bool is_in_closed_time(const PaymentOptions* options) const {
    return options != nullptr && options->effective_date &&
           *options->effective_date <= closed_until_;
  }
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
  void close_hold(Seq seq, Posting& posting, Seq by);

  // --- what only some accounts have (watches.cpp) ---
  [[nodiscard]] Rejection check_velocity(AccountNumber payer, Amount amount) const {
    const Account& from = account(payer);
    if ((from.limits & kNotFree) == 0 || !limits(from).is_limited) return Rejection::none;
    return check_velocity(*watches_.find(payer), amount);
  }
  [[nodiscard]] Rejection check_velocity(const Watch& payer, Amount amount) const;
  void note_watched(Posting& posting, Seq seq);
  void count_no_more(const OpenHold& hold, const Posting& posting, Seq seq);
  void set_watch(AccountNumber number, const AccountTerms& terms);
  void set_schedule(Seq seq, const std::optional<OpenSchedule>& schedule);

  void remember(const Posting& posting);
  [[nodiscard]] Mark mark() const {
    return {.touched = touched_.size(),
            .changed_holds = changed_holds_.size(),
            .watches = watches_.log_size(),
            .changed_schedules = changed_schedules_.size(),
            .accounts = accounts_.size(),
            .currencies = currencies_.size(),
            .nodes = nodes_.size(),
            .limits = limits_.size(),
            .closed_until = closed_until_,
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
  void decide(const CheckedBooks& books, const Resolved& resolved, Timestamp now, Entry& entry);
  void decide_single(const CheckedPayment& payment, const LegAccounts& accounts, Timestamp now,
                     Entry& entry);
  void decide_legs(const CheckedPayment& payment, Timestamp now, Entry& entry);
  void decide(const CheckedSchedule& schedule, const Resolved& resolved, Timestamp now,
              Entry& entry);
  void decide(const CheckedCancel& cancel, const Resolved& resolved, Timestamp now, Entry& entry);
  void expire(const OpenHold& hold, Entry& entry);
  void decide_scheduled(const OpenSchedule& open, const Entry& schedule, Timestamp now,
                        Entry& entry);
  // Moves all of the legs, in order, or none of them: why not, and `moved` says what the one that failed saw.
  [[nodiscard]] Rejection move_legs(std::span<const Leg> legs, const PaymentOptions* options,
                                    Timestamp now, Seq seq, Legs& moved);
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
  [[nodiscard]] Rejection check_schedule(const Referred& referred, Timestamp now) const;
  // What is left of a schedule from that occurrence on; nothing: it was the last one.
  [[nodiscard]] static std::optional<OpenSchedule> schedule_from(const Entry& entry,
                                                                 const ScheduleBody& schedule,
                                                                 std::uint32_t occurrence);
  [[nodiscard]] Rejection check_change(const CheckedAccountChange& change,
                                       AccountNumber number) const;
  void set_limits(AccountNumber number, AccountAction action, const AccountTerms& terms);
  // Of an entry at this time.
  [[nodiscard]] Rejection check_books(const BooksBody& books, Timestamp at) const;

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
  [[nodiscard]] std::optional<std::string> replay_applied(const std::unique_ptr<BooksBody>& books,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<ScheduleBody>& schedule, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(const std::unique_ptr<CancelBody>& cancel,
                                                          const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_applied(
      const std::unique_ptr<ScheduledBody>& scheduled, const Entry& entry);
  [[nodiscard]] std::optional<std::string> replay_occurrence(const ScheduledBody& scheduled,
                                                             const Entry& entry,
                                                             const Entry* schedule);
  [[nodiscard]] std::optional<std::string> check_legs(const ScheduledBody& scheduled,
                                                      const ScheduleBody& asked,
                                                      bool applied) const;
  [[nodiscard]] std::optional<std::string> replay_node(NodeNumber number, std::string_view name);
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
  std::map<std::string, CurrencyIndex, std::less<>> currency_index_;
  std::vector<std::string> nodes_;
  struct {
    NodeNumber number = 0;
    std::string name;
  } asked_at_;
  std::vector<AccountLimits> limits_{AccountLimits{}};
  std::map<AccountLimits, LimitsIndex> limits_index_{{AccountLimits{}, 0}};
  OpenHolds holds_;
  Watches watches_;
  OpenSchedules schedules_;
  std::optional<Date> closed_until_;
  Seq seq_ = 0;
  Timestamp at_;
  // The entry that is being decided, or taken over.
  struct {
    Seq seq = 0;
    Timestamp at;
  } deciding_;
  bool denies_ = false;  // Nothing is applied.
  // While trials are open: accounts, holds and schedules as they were.
  std::vector<Touched> touched_;
  std::vector<ChangedHold> changed_holds_;
  std::vector<ChangedSchedule> changed_schedules_;
  int trials_ = 0;
};

class State::Trial {
 public:
  explicit Trial(State& state) : state_(state), before_(state.mark()) {
    if (state_.trials_++ == 0) state_.watches_.begin_log();
  }
  ~Trial() {
    if (!kept_) state_.undo(before_);
    if (--state_.trials_ > 0) return;
    state_.touched_.clear();
    state_.changed_holds_.clear();
    state_.changed_schedules_.clear();
    state_.holds_.tidy();
    state_.watches_.end_log(state_.at_);
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
