// Requests in one line, and a ledger that keeps the journal of what it decided.
//
//   Book book;
//   book.open("world", without_floor);
//   book.pay(eur("world", "ada", 100), [](auto& p) { p.up_to = true; });
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/codes.hpp"
#include "ledger/command/request.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"

namespace giro {

// How GoogleTest shows them.
inline void PrintTo(Date date, std::ostream* out) {
  *out << format_date(date);
}
inline void PrintTo(Rejection code, std::ostream* out) {
  *out << name(code);
}
inline void PrintTo(Timestamp time, std::ostream* out) {
  *out << format_rfc3339(time);
}

}  // namespace giro

namespace giro::test {

// NOLINTBEGIN(readability-identifier-naming): they are functions, and are named like them.
inline constexpr auto unchanged = [](auto&) {};
inline constexpr auto without_floor = [](OpenAccountRequest& open) { open.floor.reset(); };
inline constexpr auto in_dollars = [](OpenAccountRequest& open) { open.currency = "USD"; };
inline constexpr auto up_to = [](PaymentRequest& payment) { payment.up_to = true; };
inline constexpr auto dry = [](auto& request) {
  if constexpr (requires { request.payment; }) {
    request.payment.dry_run = true;
  } else {
    request.dry_run = true;
  }
};
inline constexpr auto final_one = [](CaptureRequest& capture) { capture.final = true; };
// NOLINTEND(readability-identifier-naming)

inline LegRequest eur(std::string_view from, std::string_view to, Amount amount) {
  return {.from = from, .to = to, .amount = amount, .currency = "EUR"};
}

inline LegRequest usd(std::string_view from, std::string_view to, Amount amount) {
  return {.from = from, .to = to, .amount = amount, .currency = "USD"};
}

template <class Change = decltype(unchanged)>
PaymentRequest payment(const LegRequest& leg, const Change& change = {}) {
  PaymentRequest request;
  request.key = "key";
  request.leg = leg;
  change(request);
  return request;
}

// `legs` must outlive the request.
template <class Change = decltype(unchanged)>
PaymentRequest payment(const std::vector<LegRequest>& legs, const Change& change = {}) {
  PaymentRequest request;
  request.key = "key";
  request.legs = legs;
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
OpenAccountRequest account(std::string_view id, const Change& change = {}) {
  OpenAccountRequest request;
  request.id = id;
  request.currency = "EUR";
  change(request);
  return request;
}

inline ReferenceRequest by_key(std::string_view key) {
  return {.key = key, .seq = {}};
}

inline ReferenceRequest by_seq(Seq seq) {
  return {.key = {}, .seq = static_cast<std::int64_t>(seq)};
}

template <class Change = decltype(unchanged)>
HoldRequest hold(const LegRequest& leg, const Change& change = {}) {
  HoldRequest request{.payment = payment(leg), .timeout = {}, .expires_at = {}};
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
CaptureRequest capture(const ReferenceRequest& hold, const Change& change = {}) {
  CaptureRequest request;
  request.key = "key";
  request.hold = hold;
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
VoidRequest release(const ReferenceRequest& hold, const Change& change = {}) {
  VoidRequest request;
  request.key = "key";
  request.hold = hold;
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
ReversalRequest reversal(const ReferenceRequest& original, const Change& change = {}) {
  ReversalRequest request;
  request.key = "key";
  request.original = original;
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
ScheduleRequest schedule(const PaymentRequest& payment, std::string_view at,
                         const Change& change = {}) {
  ScheduleRequest request{.payment = payment, .at = at, .every = {}, .until = {}, .count = {}};
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
CancelRequest cancel(const ReferenceRequest& schedule, const Change& change = {}) {
  CancelRequest request;
  request.key = "key";
  request.schedule = schedule;
  change(request);
  return request;
}

template <class Change = decltype(unchanged)>
AccountChangeRequest account_change(AccountAction action, std::string_view id,
                                    const Change& change = {}) {
  AccountChangeRequest request;
  request.action = action;
  request.key = "key";
  request.id = id;
  change(request);
  return request;
}

inline BooksRequest close_books(std::string_view until) {
  return {.action = BooksAction::close, .key = "key", .until = until, .dry_run = false};
}

inline BooksRequest open_books(std::optional<std::string_view> until = {}) {
  return {.action = BooksAction::open, .key = "key", .until = until, .dry_run = false};
}

template <class Checked>
Checked must(std::expected<Checked, Refusal> checked) {
  if (!checked) throw std::invalid_argument(checked.error().message);
  return std::move(*checked);
}

inline CheckedPayment checked(const PaymentRequest& request) {
  return must(CheckedPayment::check(request));
}

inline CheckedOpenAccount checked(const OpenAccountRequest& request) {
  return must(CheckedOpenAccount::check(request));
}

inline CheckedHold checked(const HoldRequest& request) {
  return must(CheckedHold::check(request));
}

inline CheckedCapture checked(const CaptureRequest& request) {
  return must(CheckedCapture::check(request));
}

inline CheckedVoid checked(const VoidRequest& request) {
  return must(CheckedVoid::check(request));
}

inline CheckedReversal checked(const ReversalRequest& request) {
  return must(CheckedReversal::check(request));
}

inline CheckedSchedule checked(const ScheduleRequest& request) {
  return must(CheckedSchedule::check(request));
}

inline CheckedCancel checked(const CancelRequest& request) {
  return must(CheckedCancel::check(request));
}

inline CheckedAccountChange checked(const AccountChangeRequest& request) {
  return must(CheckedAccountChange::check(request));
}

// What is watched of an account, as text: its lines, its limits, and what was counted of each.
inline std::string text_of(const Watch& watch) {
  const auto number = [](auto maybe) { return maybe ? std::to_string(*maybe) : std::string("-"); };
  std::string text = "below " + number(watch.alerts.below) + " above " + number(watch.alerts.above);
  for (const Velocity& velocity : watch.velocities) {
    const VelocityLimit& limit = velocity.limit();
    text += "; " + std::to_string(limit.window_ns) + " " + number(limit.amount) + " " +
            number(limit.count) + " since " + std::to_string(velocity.since().ns);
    for (const Velocity::Piece& piece : velocity.pieces()) {
      if (piece.paid == Outflow{}) continue;
      text += " [" + std::to_string(piece.start.ns) + " " + std::to_string(piece.paid.amount) +
              " " + std::to_string(piece.paid.count) + "]";
    }
  }
  return text;
}

inline CheckedBooks checked(const BooksRequest& request) {
  return must(CheckedBooks::check(request));
}

// All that a State keeps, to compare two of them.
struct Snapshot {
  Seq seq;
  Timestamp at;
  std::vector<std::string> names;
  std::vector<Account> accounts;
  std::vector<AccountLimits> limits;
  std::vector<Seq> opened_seqs;
  std::vector<Currency> currencies;
  std::vector<std::string> nodes;
  std::map<Seq, OpenHold> holds;
  std::map<AccountNumber, std::string> watches;
  std::optional<Date> closed_until;
  std::map<Seq, OpenSchedule> schedules;

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

inline Snapshot snapshot(const State& state) {
  Snapshot taken{.seq = state.seq(),
                 .at = state.at(),
                 .names = {},
                 .accounts = {},
                 .limits = {},
                 .opened_seqs = {},
                 .currencies = state.currencies(),
                 .nodes = state.nodes(),
                 .holds = {state.holds().begin(), state.holds().end()},
                 .watches = {},
                 .closed_until = state.closed_until(),
                 .schedules = {state.schedules().begin(), state.schedules().end()}};
  for (const auto& [number, watch] : state.watches()) taken.watches[number] = text_of(watch);
  for (AccountNumber number = 1; number <= state.account_count(); ++number) {
    taken.names.emplace_back(state.name(number));
    taken.accounts.push_back(state.account(number));
    taken.limits.push_back(state.limits(state.account(number)));
    taken.accounts.back().limits = 0;  // Where they are in the state's table says nothing.
    taken.opened_seqs.push_back(state.opened_seq(number));
  }
  return taken;
}

// The same, but for the position: what a rejection leaves as it is.
inline Snapshot standing(const State& state) {
  Snapshot taken = snapshot(state);
  taken.seq = 0;
  taken.at = Timestamp{};
  return taken;
}

class Book {
 public:
  static constexpr std::uint32_t kUid = 1000;

  explicit Book(const HashSecret& secret = {}) : state_(secret) {}

  template <class Change = decltype(unchanged)>
  const Entry& open(std::string_view id, const Change& change = {}) {
    const auto known = opened_.find(std::string(id));
    const OpenedAccount* existing = known == opened_.end() ? nullptr : &known->second;
    const Entry& entry =
        keep(state_.apply(checked(account(id, change)), {.existing = existing}, now, kUid));
    if (entry.applied()) opened_.emplace(id, *entry.opened());
    return entry;
  }
  // All of it from then on.
  void ask_at(std::string_view node) { state_.ask_at(node); }
  // An account without a floor to pay from, and one that has `balance`.
  void open_with(std::string_view id, Amount balance) {
    if (state_.find("world") == 0) open("world", without_floor);
    open(id);
    pay(eur("world", id, balance));
  }
  template <class Change = decltype(unchanged)>
  const Entry& pay(const LegRequest& leg, const Change& change = {}) {
    return submit(payment(leg, change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& pay_all(const std::vector<LegRequest>& legs, const Change& change = {}) {
    return submit(payment(legs, change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& hold(const LegRequest& leg, const Change& change = {}) {
    return submit(test::hold(leg, change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& capture(Seq hold, const Change& change = {}) {
    return submit(test::capture(by_seq(hold), change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& release(Seq hold, const Change& change = {}) {
    return submit(test::release(by_seq(hold), change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& reverse(Seq original, const Change& change = {}) {
    return submit(test::reversal(by_seq(original), change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& schedule(const LegRequest& leg, std::string_view at, const Change& change = {}) {
    return submit(test::schedule(payment(leg), at, change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& cancel(Seq schedule, const Change& change = {}) {
    return submit(test::cancel(by_seq(schedule), change));
  }
  template <class Change>
  const Entry& update(std::string_view id, const Change& change) {
    return submit(account_change(AccountAction::update, id, change));
  }
  const Entry& freeze(std::string_view id, std::string_view frozen) {
    return update(id, [frozen](auto& u) { u.frozen = frozen; });
  }
  template <class Change = decltype(unchanged)>
  const Entry& close(std::string_view id, const Change& change = {}) {
    return submit(account_change(AccountAction::close, id, change));
  }
  template <class Change = decltype(unchanged)>
  const Entry& reopen(std::string_view id, const Change& change = {}) {
    return submit(account_change(AccountAction::reopen, id, change));
  }
  // Anything but the opening of an account.
  template <class Request>
  const Entry& submit(const Request& request) {
    auto command = checked(request);
    Resolved resolved;
    if constexpr (requires { command.refers_to(); }) resolved.referred = find(command.refers_to());
    return keep(state_.apply(std::move(command), resolved, now, kUid));
  }
  // What falls due first by now; null: nothing.
  const Entry* decide_due() {
    const Seq schedule = state_.due_schedule(now);
    auto entry = state_.decide_due(now, schedule == 0 ? nullptr : &journal_[schedule - 1]);
    return entry ? &keep(std::move(*entry)) : nullptr;
  }
  Timestamp next_due() { return state_.next_due(); }
  // As verify does it, with an entry of this book or one that was changed.
  [[nodiscard]] std::expected<void, std::string> replay_into(State& state,
                                                             const Entry& entry) const {
    const Seq schedule = entry.kind() == EntryKind::scheduled ? entry.follows() : 0;
    const bool exists = schedule > 0 && schedule <= journal_.size();
    return state.replay(entry, exists ? &journal_[schedule - 1] : nullptr,
                        state_.node(entry.author.node));
  }

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const Account& operator[](std::string_view id) const {
    return state_.account(state_.find(id));
  }
  [[nodiscard]] const AccountLimits& limits(std::string_view id) const {
    return state_.limits((*this)[id]);
  }
  [[nodiscard]] std::optional<Amount> available(std::string_view id) const {
    return limits(id).available(balance(id), (*this)[id].held.out);
  }
  [[nodiscard]] Amount balance(std::string_view id) const { return (*this)[id].balance; }
  // By seq - 1.
  [[nodiscard]] const std::deque<Entry>& journal() const { return journal_; }

  Timestamp now{1'000'000};

 private:
  const Entry& keep(Entry entry) {
    if (entry.seq != 0 && facts_of(entry.kind()).keyed) keys_.emplace(entry.key.view(), entry.seq);
    return (entry.seq == 0 ? dry_runs_ : journal_).emplace_back(std::move(entry));
  }

  // As engine/ledger.cpp looks it up. Of a key that was used more than once: the first.
  [[nodiscard]] Referred find(const Reference& reference) const {
    Referred found{.seq = reference.seq <= state_.seq() ? reference.seq : 0};
    if (!reference.key.empty()) {
      const auto known = keys_.find(std::string(reference.key.view()));
      found.seq = known == keys_.end() ? 0 : known->second;
    }
    if (found.seq == 0 || state_.holds().find(found.seq) != nullptr ||
        state_.schedules().find(found.seq) != nullptr) {
      return found;
    }
    found.entry = &journal_[found.seq - 1];
    for (const Entry& entry : journal_) {
      if (entry.follows() == found.seq) found.latest = &entry;
    }
    return found;
  }

  State state_;
  std::map<std::string, OpenedAccount> opened_;
  std::map<std::string, Seq> keys_;
  std::deque<Entry> journal_;
  std::deque<Entry> dry_runs_;
};

}  // namespace giro::test
