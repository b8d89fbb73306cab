// What can be asked of the ledger's past, checked. Questions own their text: they outlive the line that
// they came in. How they are written in JSON is protocol/query_params.hpp's. Values: any thread.
//
// `min_seq`: the answer must know all up to there; 0: whatever the ledger has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/moment.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/payment_filter.hpp"

namespace giro {

inline constexpr std::uint32_t kPageLimitMax = 1'000;
inline constexpr std::uint32_t kPageLimitDefault = 100;
inline constexpr std::uint32_t kDepthOfTotalsMax = 64;  // An id has no more parts.

struct AccountQuestion {
  AccountId id;
  std::optional<Moment> at;
  std::optional<Date>
      effective_at;  // By effective date. Neither: now, which the commit thread answers.
  Seq min_seq = 0;
};
struct AccountsQuestion {
  std::string prefix;
  std::string after;
  std::uint32_t limit = kPageLimitDefault;
  std::optional<Moment> at;  // Nothing: now.
  Seq min_seq = 0;
};
// The second half of that with a moment: the accounts of the page, and where each stands now.
struct AccountsAtQuestion {
  struct Pointed {
    AccountId id = {};
    AccountNumber number = 0;
    store::AccountPoint head = {};
  };
  std::vector<Pointed> accounts = {};
  std::optional<AccountId> next = {};
  Seq at = 0;
};
// Where a statement's next page begins, and the end of its range, which the first page fixed.
struct Cursor {
  Seq until_seq = 0;
  std::uint64_t position = 0;  // desc: the entry to go on with. asc: the entry shown last.
};
// Of a statement by effective date: its days, both included.
struct EffectiveRange {
  Date from = kFirstDate;
  Date to = kLastDate;
  std::optional<EffectiveCursor> cursor;
};
struct StatementQuestion {
  AccountId id;
  std::optional<Moment> from;
  std::optional<Moment> to;
  std::uint32_t limit = kPageLimitDefault;
  bool newest_first = true;
  std::optional<Cursor> cursor;
  std::optional<EffectiveRange> effective;  // Instead of `from`, `to` and `cursor`.
  Seq min_seq = 0;
};
struct PaymentQuestion {
  std::optional<PaymentKey> key;
  Seq seq = 0;  // Without a key.
  Seq min_seq = 0;
};
struct PaymentsQuestion {
  std::optional<AccountId> account = {};
  store::PaymentFilter filter = {};
  std::optional<std::string> reference = {};
  std::optional<std::string> reference_prefix = {};
  std::optional<Moment> from = {};
  std::optional<Moment> to = {};
  std::optional<Seq> after = {};
  std::uint32_t limit = kPageLimitDefault;
  bool newest_first = false;
  Seq min_seq = 0;
};
// What is open now.
struct HoldsQuestion {
  std::optional<AccountId> account = {};
  std::optional<Seq> after = {};
  std::uint32_t limit = kPageLimitDefault;
  bool newest_first = false;
  Seq min_seq = 0;
};
// What is scheduled and still to be decided.
struct SchedulesQuestion {
  std::optional<AccountId> account;  // Only those with a leg from or to it.
  Seq after = 0;
  std::uint32_t limit = kPageLimitDefault;
  Seq min_seq = 0;
};
struct TrialBalanceQuestion {
  std::optional<Moment> at;
  std::optional<Date> effective_at;
  Seq min_seq = 0;
};
// Where the next page of totals begins, and the moment that they are of, which the first page fixed.
struct TotalsCursor {
  Seq as_of_seq = 0;
  CurrencyCode currency = {};
  std::string branch = {};
};
struct TotalsQuestion {
  std::string prefix = {};
  std::uint32_t depth = 1;
  std::optional<Moment> at = {};
  std::uint32_t limit = kPageLimitDefault;
  std::optional<TotalsCursor> cursor = {};
  Seq min_seq = 0;
};
struct VerifyQuestion {};
// A piece of the event feed: entries from `from` on, not past `until`.
struct EventsQuestion {
  Seq from = 0;
  Seq until = 0;
};

using Question =
    std::variant<AccountQuestion, AccountsQuestion, AccountsAtQuestion, StatementQuestion,
                 PaymentQuestion, PaymentsQuestion, HoldsQuestion, SchedulesQuestion,
                 TrialBalanceQuestion, TotalsQuestion, VerifyQuestion, EventsQuestion>;

}  // namespace giro
