// The kinds of entries, and what is true of every entry of a kind: a table, a row a kind. Whoever asks
// something of a kind asks this table, so that a new kind is a new row, and nothing else needs to know of it.
// Pure values: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

namespace giro {

// The number in the journal and in the audit chain; an entry's kind is the kind of its body. The kind says
// why an entry is there: what it did to money stands in its postings.
enum class EntryKind : std::uint8_t {
  payment = 0,         // One leg.
  multi_leg = 1,       // Two legs or more.
  account = 2,         // An account was opened.
  hold = 3,            // Money was reserved for a payment to come,
  capture = 4,         // and paid,
  release = 5,         // or let go of because somebody asked for it,
  expiry = 6,          // or because its time was over.
  reversal = 7,        // A payment was paid back.
  account_change = 8,  // An account was updated, closed or reopened.
  schedule = 9,        // A payment is to be decided later,
  cancel = 10,         // or not any more,
  scheduled = 11,      // and was decided, because its time had come.
  books = 12,          // The books were closed up to a day, or opened again.
};

// Names are published, in answers, lists, events and views: never reused, never renamed.
struct KindFacts {
  EntryKind kind;
  std::string_view type;
  std::string_view status;  // Of one that was applied.
  // Where its body has an `action`: the type by that, instead of `type`, which is the first of them.
  std::span<const std::string_view> types_by_action = {};
  // Whether its key is one of the keys that decide once (the key index has them). The opening of an account
  // decides once by the account's id; an expiry has its hold's key, a scheduled payment its schedule's.
  bool keyed = true;
  // Whether it is listed as a payment: it isn't about an account by itself, or the books.
  bool payment = true;
  // Whether what it moved, once it is applied, can be reversed.
  bool reversible = false;
  // Whether the accounts of a rejected one are those that its request named, as `from` and `to`.
  bool names_accounts = false;
  // Whether a hold has less, or nothing, left by it, once it is applied.
  bool draws_on_hold = false;
};

inline constexpr std::array<std::string_view, 3> kAccountChangeTypes{
    "account_update", "account_close", "account_reopen"};  // In the order of AccountAction.
inline constexpr std::array<std::string_view, 2> kBooksTypes{
    "books_close", "books_open"};  // In the order of BooksAction.

// In the order of EntryKind.
inline constexpr auto kKinds = std::to_array<KindFacts>({
    {.kind = EntryKind::payment,
     .type = "payment",
     .status = "applied",
     .reversible = true,
     .names_accounts = true},
    {.kind = EntryKind::multi_leg,
     .type = "payment",
     .status = "applied",
     .reversible = true,
     .names_accounts = true},
    {.kind = EntryKind::account,
     .type = "account",
     .status = "applied",
     .keyed = false,
     .payment = false},
    {.kind = EntryKind::hold, .type = "hold", .status = "held", .names_accounts = true},
    {.kind = EntryKind::capture,
     .type = "capture",
     .status = "captured",
     .reversible = true,
     .draws_on_hold = true},
    {.kind = EntryKind::release, .type = "void", .status = "voided", .draws_on_hold = true},
    {.kind = EntryKind::expiry,
     .type = "expiry",
     .status = "expired",
     .keyed = false,
     .draws_on_hold = true},
    {.kind = EntryKind::reversal, .type = "reversal", .status = "reversed"},
    {.kind = EntryKind::account_change,
     .type = kAccountChangeTypes.front(),
     .status = "applied",
     .types_by_action = kAccountChangeTypes,
     .payment = false},
    {.kind = EntryKind::schedule, .type = "schedule", .status = "scheduled"},
    {.kind = EntryKind::cancel, .type = "cancel", .status = "cancelled"},
    {.kind = EntryKind::scheduled,
     .type = "scheduled_payment",
     .status = "applied",
     .keyed = false,
     .reversible = true,
     .names_accounts = true},
    {.kind = EntryKind::books,
     .type = kBooksTypes.front(),
     .status = "applied",
     .types_by_action = kBooksTypes,
     .payment = false},
});

// Throws std::runtime_error for a number that is no kind's: a damaged row's.
[[nodiscard]] constexpr const KindFacts& facts_of(EntryKind kind) {
  const auto place = static_cast<std::size_t>(kind);
  if (place >= kKinds.size()) throw std::runtime_error("a kind that doesn't exist");
  return kKinds[place];
}

// The types that entries of a kind may have.
[[nodiscard]] constexpr std::span<const std::string_view> types_of(const KindFacts& facts) {
  return facts.types_by_action.empty() ? std::span(&facts.type, 1) : facts.types_by_action;
}

// Whether it adds an account, once it is applied.
[[nodiscard]] constexpr bool opens_account(EntryKind kind) {
  return kind == EntryKind::account;
}

}  // namespace giro
