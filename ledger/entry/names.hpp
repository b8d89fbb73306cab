// What kinds of entries, and what was decided by them, are called: in answers, lists, events and views alike.
// Published: never reused, never renamed. Pure functions: any thread.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "ledger/entry/entry.hpp"

namespace giro {

struct KindNames {
  EntryKind kind;
  std::string_view type;
  std::string_view status;  // Of one that was applied.
};

// In the order of EntryKind. A change of an account, or of the books, is also called by what it
// does: kChangeTypes, kBooksTypes.
inline constexpr auto kKindNames = std::to_array<KindNames>({
    {EntryKind::payment, "payment", "applied"},
    {EntryKind::multi_leg, "payment", "applied"},
    {EntryKind::account, "account", "applied"},
    {EntryKind::hold, "hold", "held"},
    {EntryKind::capture, "capture", "captured"},
    {EntryKind::release, "void", "voided"},
    {EntryKind::expiry, "expiry", "expired"},
    {EntryKind::reversal, "reversal", "reversed"},
    {EntryKind::account_change, "account_update", "applied"},
    {EntryKind::schedule, "schedule", "scheduled"},
    {EntryKind::cancel, "cancel", "cancelled"},
    {EntryKind::scheduled, "scheduled_payment", "applied"},
    {EntryKind::books, "books_close", "applied"},
});
static_assert(kKindNames.size() == std::variant_size_v<EntryBody>, "each kind has its names");

// In the order of AccountAction.
inline constexpr std::array<std::string_view, 3> kChangeTypes{"account_update", "account_close",
                                                              "account_reopen"};
// In the order of BooksAction.
inline constexpr std::array<std::string_view, 2> kBooksTypes{"books_close", "books_open"};
// Of all that was decided against.
inline constexpr std::string_view kRejectedStatus = "rejected";

[[nodiscard]] constexpr const KindNames& names_of(EntryKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}
[[nodiscard]] std::string_view type_of(const Entry& entry);
[[nodiscard]] std::string_view status_of(const Entry& entry);
// Whether entries have such a type, or status.
[[nodiscard]] bool is_type(std::string_view name);
[[nodiscard]] bool is_status(std::string_view name);

}  // namespace giro
