// One decision, as the journal keeps it for ever: what was asked, what was decided, and the
// balances that it left (applied) or saw (rejected).
//
// What always holds: seqs are gapless from 1, `at` rises strictly with seq. What an applied entry did stands
// in its postings, whatever its kind; a posting knows the seq of each account's previous entry, so an
// account's history is a linked list through the journal. Values: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ledger/author.hpp"
#include "ledger/boxed.hpp"
#include "ledger/codes.hpp"
#include "ledger/command/command.hpp"
#include "ledger/entry/kinds.hpp"
#include "ledger/entry/posting.hpp"
#include "ledger/inline_text.hpp"
#include "ledger/money.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

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
  Posting posting;                // What it moved, or saw.
  Boxed<PaymentDetails> details;  // Null for a plain payment.

  friend bool operator==(const PaymentBody&, const PaymentBody&) = default;
};

// Legs that moved together, or the one among them that didn't.
struct Legs {
  std::vector<Posting> postings;  // Applied: every leg.
  Posting seen;  // Rejected: what the leg that failed saw, after the legs before it.
  std::uint16_t failed_leg = 0;  // leg_failed: its index, and why.
  Rejection leg_code = Rejection::none;

  friend bool operator==(const Legs&, const Legs&) = default;
};

// A payment of several legs, all of which moved, or none.
struct MultiLegBody {
  PaymentOptions options;
  std::vector<Leg> requested;  // Rejected: every leg.
  Legs legs;

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

struct HoldBody {
  Posting posting;                // What it reserved, or saw.
  Boxed<PaymentDetails> details;  // Of the payment that is to come; null for a plain one.
  HoldTerms terms;                // As asked.
  std::optional<Timestamp> expires_at;

  friend bool operator==(const HoldBody&, const HoldBody&) = default;
};

struct CaptureBody {
  Reference named;  // The hold, as the request named it.
  Seq hold = 0;     // 0: unknown.
  std::optional<Amount> asked;
  bool final = false;
  Amount left = 0;  // Of the hold, after it.
  Posting posting;

  friend bool operator==(const CaptureBody&, const CaptureBody&) = default;
};

struct ReleaseBody {
  Reference named;  // As above.
  Seq hold = 0;
  Posting posting;

  friend bool operator==(const ReleaseBody&, const ReleaseBody&) = default;
};

struct ExpiryBody {
  Seq hold = 0;
  Posting posting;

  friend bool operator==(const ExpiryBody&, const ExpiryBody&) = default;
};

struct ReversalBody {
  Reference named;   // What is paid back, as the request named it.
  Seq original = 0;  // 0: unknown.
  std::optional<Amount> asked;
  Amount reversed =
      0;  // Of the original's first leg so far, by this reversal too once it is applied.
  PaymentOptions options;
  Legs legs;  // The original's, last one first, the other way.

  friend bool operator==(const ReversalBody&, const ReversalBody&) = default;
};

struct AccountChangeBody {
  AccountId id;
  AccountAction action = AccountAction::update;
  AccountTerms terms;
  std::optional<std::uint64_t> if_version;
  Posting posting;  // Of one side.

  // Floor, ceiling, frozen or closed: it says one of them anew.
  [[nodiscard]] bool sets_limits() const {
    return action != AccountAction::update || terms.floor || terms.ceiling || terms.frozen;
  }
  friend bool operator==(const AccountChangeBody&, const AccountChangeBody&) = default;
};

// It moves nothing and touches no account.
struct ScheduleBody {
  PaymentOptions options;
  std::vector<Leg> requested;
  ScheduleTerms terms;

  friend bool operator==(const ScheduleBody&, const ScheduleBody&) = default;
};

struct CancelBody {
  Reference named;   // The schedule, as the request named it.
  Seq schedule = 0;  // 0: unknown.

  friend bool operator==(const CancelBody&, const CancelBody&) = default;
};

// A payment whose time had come, of one leg or of several.
struct ScheduledBody {
  Seq schedule = 0;
  std::uint32_t occurrence = 0;  // Of the schedule, from 1.
  Timestamp due_at;
  PaymentOptions options;
  std::optional<Amount> asked;  // up_to: the most that was to move.
  std::vector<Leg> requested;   // Rejected: kept where the legs don't tell it.
  Legs legs;

  friend bool operator==(const ScheduledBody&, const ScheduledBody&) = default;
};

struct BooksBody {
  BooksAction action = BooksAction::close;
  std::optional<Date> until;   // The last day that was to be closed; nothing: none.
  std::optional<Date> before;  // The last one that was closed before it.

  // The last day that is closed after it.
  [[nodiscard]] std::optional<Date> after(bool applied) const { return applied ? until : before; }
  friend bool operator==(const BooksBody&, const BooksBody&) = default;
};

// In the order of EntryKind. Most entries are plain payments: what is larger is kept outside.
using EntryBody =
    std::variant<PaymentBody, std::unique_ptr<MultiLegBody>, std::unique_ptr<OpeningBody>,
                 std::unique_ptr<HoldBody>, std::unique_ptr<CaptureBody>,
                 std::unique_ptr<ReleaseBody>, std::unique_ptr<ExpiryBody>,
                 std::unique_ptr<ReversalBody>, std::unique_ptr<AccountChangeBody>,
                 std::unique_ptr<ScheduleBody>, std::unique_ptr<CancelBody>,
                 std::unique_ptr<ScheduledBody>, std::unique_ptr<BooksBody>>;
static_assert(std::variant_size_v<EntryBody> == kKinds.size(),
              "each body has its row in the table of kinds");

// Of what was decided together with others, all or none (payments.submit_group).
struct Membership {
  std::uint16_t count = 0;   // Members of the group; 0: it was decided by itself.
  std::uint16_t index = 0;   // In the request.
  std::uint16_t place = 0;   // Among the group's entries, whose seqs follow each other.
  std::uint16_t failed = 0;  // Rejected: the index of the member that failed.

  friend bool operator==(const Membership&, const Membership&) = default;
};

struct Entry {
  Seq seq = 0;
  Timestamp at;
  Membership group;
  Rejection outcome = Rejection::none;
  Author author;
  PaymentKey key;  // account: the account's id. expiry: the hold's. scheduled: the schedule's.
  EntryBody body;

  [[nodiscard]] EntryKind kind() const { return static_cast<EntryKind>(body.index()); }
  [[nodiscard]] bool applied() const { return outcome == Rejection::none; }
  // What an applied entry did, in order.
  [[nodiscard]] std::span<const Posting> postings() const {
    if (!applied()) return {};
    if (const auto* payment = std::get_if<PaymentBody>(&body)) return {&payment->posting, 1};
    return postings_of_others();
  }
  // What its own row in the journal says beside its kind: what it did where that is one posting; what a
  // rejected one saw; the number of the account that was opened.
  [[nodiscard]] Posting row_posting() const;
  // The applied entry that this one goes on with: a capture's hold, a reversal's original. 0: none, as where it
  // is rejected, but for a scheduled payment: a rejected one is what became of its schedule, too.
  [[nodiscard]] Seq follows() const;
  // Where its legs are, of a kind that may have several; null: it has one posting, or none.
  [[nodiscard]] const Legs* legs() const;
  [[nodiscard]] Legs* legs();
  // The legs of the request, where it keeps them: its postings don't tell them.
  [[nodiscard]] std::span<const Leg> requested() const;
  // Null: it has none.
  [[nodiscard]] const PaymentOptions* options() const;
  // Null: it is no opening of an account.
  [[nodiscard]] const OpenedAccount* opened() const;

 private:
  // Of what is no payment of one leg: most entries are.
  [[nodiscard]] std::span<const Posting> postings_of_others() const;
};

[[nodiscard]] bool operator==(const Entry& a, const Entry& b);
// An entry isn't copied by the way: most of them are moved.
[[nodiscard]] Entry copy_of(const Entry& entry);

// The field in which an account that exists differs from one that is to be opened, as the code of the
// rejection; none: it is the same request again.
[[nodiscard]] Rejection difference(const OpenedAccount& existing, const CheckedOpenAccount& open);

// The field in which a request differs from the entry that its key already decided ("method": it is of
// another kind), or nothing when it is the same request. `request` names accounts; `state` tells the names
// and currencies of the entry's. Used to tell a replay from a key_conflict.
class State;
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedPayment& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedHold& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedCapture& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedVoid& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedReversal& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedAccountChange& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedSchedule& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedCancel& request,
                                                         const State& state);
[[nodiscard]] std::optional<std::string> differing_field(const Entry& prior,
                                                         const CheckedBooks& request,
                                                         const State& state);

}  // namespace giro
