// What can be asked of the ledger's past, checked. Questions own their text: they outlive the line that
// they came in. How they are written in JSON is protocol/query_params.hpp's. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "ledger/entry/entry.hpp"
#include "ledger/moment.hpp"

namespace giro {

inline constexpr std::uint32_t kPageLimitMax = 1'000;
inline constexpr std::uint32_t kPageLimitDefault = 100;

struct AccountQuestion {
  AccountId id;
  std::optional<Moment> at;  // Nothing: now, which the commit thread answers.
};
struct AccountsQuestion {
  std::string prefix;
  std::string after;
  std::uint32_t limit = kPageLimitDefault;
};
// Where a statement's next page begins, and the end of its range, which the first page fixed.
struct Cursor {
  Seq until_seq = 0;
  std::uint64_t position = 0;  // desc: the entry to go on with. asc: the entry shown last.
};
struct StatementQuestion {
  AccountId id;
  std::optional<Moment> from;
  std::optional<Moment> to;
  std::uint32_t limit = kPageLimitDefault;
  bool newest_first = true;
  std::optional<Cursor> cursor;
};
struct PaymentQuestion {
  std::optional<PaymentKey> key;
  Seq seq = 0;  // Without a key.
};
struct PaymentsQuestion {
  std::optional<std::string> reference;
  Seq after = 0;
  std::uint32_t limit = kPageLimitDefault;
};
struct TrialBalanceQuestion {
  std::optional<Moment> at;
};
struct VerifyQuestion {};
// A piece of the event feed: entries from `from` on, not past `until`.
struct EventsQuestion {
  Seq from = 0;
  Seq until = 0;
};

using Question =
    std::variant<AccountQuestion, AccountsQuestion, StatementQuestion, PaymentQuestion,
                 PaymentsQuestion, TrialBalanceQuestion, VerifyQuestion, EventsQuestion>;

}  // namespace giro
