#include "ledger/codes.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace giro {
namespace {

struct RejectionText {
  Rejection code;
  std::string_view name;
  std::string_view explanation;
};

constexpr std::array kRejections{
    RejectionText{Rejection::none, "none", "The payment was applied."},
    RejectionText{Rejection::deadline_passed, "deadline_passed",
                  "Its turn came after its deadline; no money moved. Send it again under a new key "
                  "with a later deadline."},
    RejectionText{Rejection::account_unknown, "account_unknown",
                  "One of its accounts doesn't exist; no money moved. Open the account, then send "
                  "the payment under a new key."},
    RejectionText{Rejection::account_exists_with_different_currency,
                  "account_exists_with_different_currency",
                  "The account was opened with another currency and stays as it is."},
    RejectionText{Rejection::account_exists_with_different_floor,
                  "account_exists_with_different_floor",
                  "The account was opened with another floor and stays as it is."},
    RejectionText{Rejection::account_exists_with_different_ceiling,
                  "account_exists_with_different_ceiling",
                  "The account was opened with another ceiling and stays as it is."},
    RejectionText{Rejection::account_exists_with_different_metadata,
                  "account_exists_with_different_metadata",
                  "The account was opened with other metadata and stays as it is."},
    RejectionText{
        Rejection::currency_mismatch, "currency_mismatch",
        "The account keeps another currency, or the ledger knows the currency with another "
        "scale; no money moved. Name the account's own currency, under a new key."},
    RejectionText{Rejection::hold_unknown, "hold_unknown",
                  "Nothing was ever decided under that key or seq; no money moved. Look for the "
                  "hold's key, then send the request under a new key."},
    RejectionText{Rejection::not_a_hold, "not_a_hold",
                  "What has that key or seq is no hold that was made, so there is nothing to "
                  "capture or void; no money moved."},
    RejectionText{Rejection::hold_captured, "hold_captured",
                  "The hold was captured before, and nothing of it is left; no money moved now."},
    RejectionText{Rejection::hold_voided, "hold_voided",
                  "The hold was voided before, and its money is free again; no money moved."},
    RejectionText{Rejection::hold_expired, "hold_expired",
                  "The hold's time was over, and its money is free again; no money moved. Make a "
                  "new hold, or pay at once."},
    RejectionText{Rejection::capture_exceeds_hold, "capture_exceeds_hold",
                  "Less is left of the hold than the amount; no money moved, and the hold stays. "
                  "Capture at most what is left, under a new key."},
    RejectionText{Rejection::original_unknown, "original_unknown",
                  "Nothing was ever decided under that key or seq; no money moved. Look for the "
                  "payment's key, then send the request under a new key."},
    RejectionText{Rejection::not_reversible, "not_reversible",
                  "What has that key or seq moved no money, or is a reversal itself; no money "
                  "moved. A payment that was reversed by mistake is made again as a new payment."},
    RejectionText{Rejection::reversal_not_divisible, "reversal_not_divisible",
                  "The payment has several legs, which are reversed together or not at all; no "
                  "money moved. Leave out the amount, or pay back by payments of your own."},
    RejectionText{Rejection::reversal_exceeds_original, "reversal_exceeds_original",
                  "Less of the payment is left to reverse than the amount; no money moved. Reverse "
                  "at most what is left, under a new key."},
    RejectionText{Rejection::schedule_unknown, "schedule_unknown",
                  "Nothing was ever decided under that key or seq; nothing was cancelled. Look for "
                  "the schedule's key, then send the request under a new key."},
    RejectionText{Rejection::not_a_schedule, "not_a_schedule",
                  "What has that key or seq is no payment that was scheduled, so there is nothing "
                  "to cancel. What was paid is paid back by a reversal."},
    RejectionText{Rejection::schedule_decided, "schedule_decided",
                  "The scheduled payment's time came before, so there is nothing left to cancel. "
                  "What it paid is paid back by a reversal."},
    RejectionText{Rejection::schedule_cancelled, "schedule_cancelled",
                  "The schedule was cancelled before; it pays nothing more."},
    RejectionText{Rejection::schedule_passed, "schedule_passed",
                  "The time that it was to be decided at is over; nothing was scheduled. Schedule "
                  "it for a later time, or pay at once, under a new key."},
    RejectionText{
        Rejection::books_closed, "books_closed",
        "The books of that day are closed; nothing was changed and no money moved. Name a "
        "day after the closed time, or have the books opened first, under a new key."},
    RejectionText{
        Rejection::books_not_over, "books_not_over",
        "That day isn't over in UTC, so its books stay open. Close them once it is, under "
        "a new key."},
    RejectionText{Rejection::books_not_closed, "books_not_closed",
                  "The books aren't closed past that day, so there is nothing to open; nothing was "
                  "changed."},
    RejectionText{Rejection::account_closed, "account_closed",
                  "One of the accounts is closed; no money moved. Reopen it, or use another one, "
                  "under a new key."},
    RejectionText{Rejection::account_not_closed, "account_not_closed",
                  "The account is open, so there is nothing to reopen; nothing was changed."},
    RejectionText{Rejection::account_frozen, "account_frozen",
                  "One of the accounts is frozen in this direction; no money moved. Once it is "
                  "unfrozen, send the request under a new key."},
    RejectionText{Rejection::account_not_empty, "account_not_empty",
                  "The account's balance isn't zero, so it stays open. Move its money first, then "
                  "close it under a new key."},
    RejectionText{Rejection::account_has_holds, "account_has_holds",
                  "Money is held on the account, so it stays open. Capture or void its holds "
                  "first, then close it under a new key."},
    RejectionText{
        Rejection::precondition_version, "precondition_version",
        "The paying account has moved on from the version asked for; no money moved. Look "
        "at the account again, then decide again under a new key."},
    RejectionText{
        Rejection::precondition_balance, "precondition_balance",
        "Less is available than the payment asked for as its precondition; no money moved."},
    RejectionText{
        Rejection::overflow, "overflow",
        "An account's balance would not fit 64 bits; no money moved. Use another account."},
    RejectionText{
        Rejection::insufficient_funds, "insufficient_funds",
        "The paying account has less available than the amount; no money moved. Once it has "
        "money, send the payment under a new key."},
    RejectionText{Rejection::ceiling_exceeded, "ceiling_exceeded",
                  "The receiving account would rise over its ceiling; no money moved."},
    RejectionText{
        Rejection::velocity_exceeded, "velocity_exceeded",
        "The paying account would pay more, or more often, than its limits allow within "
        "their windows; no money moved. Wait until earlier payments are past, or raise the "
        "limit, then send it under a new key."},
    RejectionText{Rejection::leg_failed, "leg_failed",
                  "One of its legs failed, so none was applied; no money moved."},
    RejectionText{Rejection::group_failed, "group_failed",
                  "Another member of its group failed, so none was applied; no money moved. See to "
                  "the one that failed, then send the group under new keys."},
};

constexpr std::array<std::string_view, 14> kErrors{
    "malformed",     "unknown_method",  "unknown_field",   "too_large", "unauthorized",
    "invalid",       "same_account",    "account_unknown", "busy",      "read_only",
    "shutting_down", "outcome_unknown", "key_conflict",    "internal"};

const RejectionText& text_of(Rejection code) {
  const auto* found = std::ranges::find(kRejections, code, &RejectionText::code);
  return found == kRejections.end() ? kRejections.front() : *found;
}

}  // namespace

std::string_view name(Rejection code) {
  return text_of(code).name;
}

std::string_view name(ErrorCode code) {
  return kErrors[static_cast<std::size_t>(code)];
}

std::string_view explain(Rejection code) {
  return text_of(code).explanation;
}

std::span<const Rejection> all_rejections() {
  static constexpr auto kAll = [] {
    std::array<Rejection, kRejections.size() - 1> all{};
    std::ranges::transform(kRejections | std::views::drop(1), all.begin(), &RejectionText::code);
    return all;
  }();
  static_assert(std::ranges::is_sorted(kAll));
  return kAll;
}

std::optional<Rejection> rejection_of(std::string_view name) {
  const auto* found = std::ranges::find(kRejections, name, &RejectionText::name);
  if (found == kRejections.end()) return std::nullopt;
  return found->code;
}

}  // namespace giro
