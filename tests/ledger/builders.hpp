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
inline constexpr auto dry = [](PaymentRequest& payment) { payment.dry_run = true; };
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

// All that a State keeps, to compare two of them.
struct Snapshot {
  Seq seq;
  Timestamp at;
  std::vector<std::string> names;
  std::vector<Account> accounts;
  std::vector<AccountLimits> limits;
  std::vector<Seq> opened_seqs;
  std::vector<Currency> currencies;

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

inline Snapshot snapshot(const State& state) {
  Snapshot taken{.seq = state.seq(),
                 .at = state.at(),
                 .names = {},
                 .accounts = {},
                 .limits = {},
                 .opened_seqs = {},
                 .currencies = state.currencies()};
  for (AccountNumber number = 1; number <= state.account_count(); ++number) {
    taken.names.emplace_back(state.name(number));
    taken.accounts.push_back(state.account(number));
    taken.limits.push_back(state.limits(state.account(number)));
    taken.opened_seqs.push_back(state.opened_seq(number));
  }
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
  const Entry& submit(const PaymentRequest& request) {
    return keep(state_.apply(checked(request), {}, now, kUid));
  }

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const Account& operator[](std::string_view id) const {
    return state_.account(state_.find(id));
  }
  [[nodiscard]] const AccountLimits& limits(std::string_view id) const {
    return state_.limits((*this)[id]);
  }
  [[nodiscard]] std::optional<Amount> available(std::string_view id) const {
    return limits(id).available(balance(id));
  }
  [[nodiscard]] Amount balance(std::string_view id) const { return (*this)[id].balance; }
  // By seq - 1.
  [[nodiscard]] const std::deque<Entry>& journal() const { return journal_; }

  Timestamp now{1'000'000};

 private:
  const Entry& keep(Entry entry) {
    return (entry.seq == 0 ? dry_runs_ : journal_).emplace_back(std::move(entry));
  }

  State state_;
  std::map<std::string, OpenedAccount> opened_;
  std::deque<Entry> journal_;
  std::deque<Entry> dry_runs_;
};

}  // namespace giro::test
