// One decision, as the journal keeps it for ever: what was asked, what was decided, and the
// balances that it left (applied) or saw (rejected).
//
// What always holds: seqs are gapless from 1, `at` rises strictly with seq. An applied posting
// knows the seq of each account's previous entry, so an account's history is a linked list through
// the journal. Values: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/codes.hpp"
#include "ledger/command/request.hpp"
#include "ledger/inline_text.hpp"
#include "ledger/money.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

using Seq = std::uint64_t;  // 0: none, the seq before the first.
using AccountNumber =
    std::uint32_t;  // 1, 2, ... in the order of opening; 0: none (unknown account).

enum class EntryKind : std::uint8_t {
  payment = 0,    // One leg.
  multi_leg = 1,  // Two legs or more.
  account = 2,    // An account was opened.
};

// One movement of money. In a rejected entry: the accounts it was about and the balances they had.
struct Posting {
  AccountNumber from = 0;
  AccountNumber to = 0;
  Amount amount = 0;
  Seq from_prev = 0;  // The seq of the account's entry before this one; the entry's own seq if an
  Seq to_prev = 0;    // earlier leg of the same payment touched it. 0: its first one, or rejected.
  Amount from_after = 0;
  Amount to_after = 0;

  friend bool operator==(const Posting&, const Posting&) = default;
};

// The account that an `account` entry opened, or refused to.
struct OpenedAccount {
  AccountId id;
  Currency currency;
  std::optional<Amount> floor;
  std::optional<Amount> ceiling;
  std::string metadata;

  friend bool operator==(const OpenedAccount&, const OpenedAccount&) = default;
};

// What a plain payment doesn't have.
struct EntryDetails {
  PaymentOptions options;
  std::optional<Amount> asked;  // up_to: the most that was to move; `posting.amount` is what moved.
  std::vector<Posting> postings;  // multi_leg, applied: every leg.
  std::vector<Leg> requested;     // payment or multi_leg, where the names must be kept: a rejected
                                  // one of several legs, or one that names an unknown account.
  std::uint16_t failed_leg = 0;   // leg_failed: its index, and why.
  Rejection leg_code = Rejection::none;
  std::optional<OpenedAccount> opened;  // account.

  friend bool operator==(const EntryDetails&, const EntryDetails&) = default;
};

struct Entry {
  Seq seq = 0;
  Timestamp at;
  EntryKind kind = EntryKind::payment;
  Rejection outcome = Rejection::none;
  std::uint32_t uid = 0;  // Who asked: the peer's user id, told by the kernel.
  PaymentKey key;         // account: the account's id.
  Posting posting;  // payment; a rejected multi_leg has the leg that failed, account its number.
  std::unique_ptr<EntryDetails> details;  // Null for a plain payment.

  [[nodiscard]] bool applied() const { return outcome == Rejection::none; }
  // Every movement of an applied payment, in order.
  [[nodiscard]] std::span<const Posting> postings() const {
    if (!applied() || kind == EntryKind::account) return {};
    return kind == EntryKind::multi_leg ? std::span<const Posting>(details->postings)
                                        : std::span(&posting, 1);
  }
};

[[nodiscard]] bool operator==(const Entry& a, const Entry& b);
// An entry isn't copied by the way: most of them are moved.
[[nodiscard]] Entry copy_of(const Entry& entry);

// The field in which an account that exists differs from one that is to be opened, as the code of the
// rejection; none: it is the same request again.
[[nodiscard]] Rejection difference(const OpenedAccount& existing, const CheckedOpenAccount& open);

// The field in which a request differs from the entry that its key already decided, or nothing when
// it is the same request. `request` names accounts; `state` tells the names and currencies of the
// entry's. Used to tell a replay from a key_conflict.
class State;
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedPayment& request,
                                                         const State& state);

}  // namespace giro
