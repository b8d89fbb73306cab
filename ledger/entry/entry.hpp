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
#include <span>
#include <string>
#include <variant>
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

// The number in the journal and in the audit chain; an entry's kind is the kind of its body. The kind says
// why an entry is there: what it did to money stands in its postings.
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

// What a plain payment doesn't have.
struct PaymentDetails {
  PaymentOptions options;
  std::optional<Amount> asked;  // up_to: the most that was to move; `posting.amount` is what moved.
  std::optional<Leg>
      requested;  // Kept where the posting doesn't tell it: an account is unknown, or
                  // keeps another currency.

  friend bool operator==(const PaymentDetails&, const PaymentDetails&) = default;
};

// A payment of one leg.
struct PaymentBody {
  Posting posting;                          // What it moved, or saw.
  std::unique_ptr<PaymentDetails> details;  // Null for a plain payment.
};

// A payment of several legs, all of which moved, or none.
struct MultiLegBody {
  PaymentOptions options;
  std::vector<Posting> postings;  // Applied: every leg.
  std::vector<Leg> requested;     // Rejected: likewise.
  // Rejected: what the leg that failed saw, after the legs before it.
  Posting seen;
  std::uint16_t failed_leg = 0;  // leg_failed: its index, and why.
  Rejection leg_code = Rejection::none;

  friend bool operator==(const MultiLegBody&, const MultiLegBody&) = default;
};

// The account that was to be opened.
struct OpenedAccount {
  AccountId id;
  Currency currency;
  std::optional<Amount> floor;
  std::optional<Amount> ceiling;
  std::string metadata;

  friend bool operator==(const OpenedAccount&, const OpenedAccount&) = default;
};
struct OpeningBody {
  OpenedAccount opened;
  AccountNumber number = 0;  // Rejected: of the account that has the id already; 0: none has.

  friend bool operator==(const OpeningBody&, const OpeningBody&) = default;
};

// In the order of EntryKind. Most entries are plain payments: what is larger is kept outside.
using EntryBody =
    std::variant<PaymentBody, std::unique_ptr<MultiLegBody>, std::unique_ptr<OpeningBody>>;

struct Entry {
  Seq seq = 0;
  Timestamp at;
  Rejection outcome = Rejection::none;
  std::uint32_t uid = 0;  // Who asked: the peer's user id, told by the kernel.
  PaymentKey key;         // account: the account's id.
  EntryBody body;

  [[nodiscard]] EntryKind kind() const { return static_cast<EntryKind>(body.index()); }
  [[nodiscard]] bool applied() const { return outcome == Rejection::none; }
  // Every movement of an applied entry, in order.
  [[nodiscard]] std::span<const Posting> postings() const;
  // What its own row in the journal says beside its kind: what a payment of one leg moved or saw, what the
  // failed leg of several saw, the number of the account that was opened.
  [[nodiscard]] Posting row_posting() const;
  // Null: it has none.
  [[nodiscard]] const PaymentOptions* options() const;
  // Null: it is no opening of an account.
  [[nodiscard]] const OpenedAccount* opened() const;
};

// Whether an entry's key is one of the keys that decide once (the key index has them). The opening of an
// account decides once by the account's id.
[[nodiscard]] constexpr bool is_keyed(EntryKind kind) {
  return kind != EntryKind::account;
}
// Whether it adds an account, once it is applied.
[[nodiscard]] constexpr bool opens_account(EntryKind kind) {
  return kind == EntryKind::account;
}
// Whether it is one of the entries that are listed as payments.
[[nodiscard]] constexpr bool is_payment(EntryKind kind) {
  return kind != EntryKind::account;
}

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
