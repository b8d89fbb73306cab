#include "ledger/store/journal/details.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ledger/store/journal/account_details.hpp"
#include "ledger/store/journal/detail_members.hpp"
#include "ledger/store/journal/held_text.hpp"
#include "ledger/store/journal/members.hpp"

namespace giro::store {

namespace json = boost::json;

namespace {

constexpr std::string_view kHeld = "held";

// What the postings say of holds, `row` where there is one: an array for the one, an array of such for several. Most say nothing.
void put_held(const Entry& entry, const Posting& row, Members& members, std::string& text) {
  const Legs* legs = entry.legs();
  if (legs == nullptr || legs->postings.size() < 2) {
    if (!row.is_about_holds()) return;
    members.begin(kHeld);
    return write_held(row, text);
  }
  if (std::ranges::none_of(legs->postings, &Posting::is_about_holds)) return;
  members.begin(kHeld);
  for (const Posting& posting : legs->postings) {
    text += &posting == &legs->postings.front() ? '[' : ',';
    write_held(posting, text);
  }
  text += ']';
}

constexpr std::string_view kCrossed = "crossed";

// Which alert lines they crossed, likewise: a number for the one posting, an array for several.
void put_crossed(const Entry& entry, const Posting& row, Members& members, std::string& text) {
  const Legs* legs = entry.legs();
  if (legs == nullptr || legs->postings.size() < 2) {
    if (row.crossed != 0) members.put(kCrossed, row.crossed);
    return;
  }
  if (std::ranges::all_of(legs->postings, [](auto& leg) { return leg.crossed == 0; })) return;
  members.begin(kCrossed);
  for (const Posting& posting : legs->postings) {
    text += &posting == &legs->postings.front() ? '[' : ',';
    text += std::to_string(posting.crossed);
  }
  text += ']';
}

std::uint8_t get_crossed(const json::value& crossed) {
  const auto bits = crossed.to_number<std::uint8_t>();
  if (bits > kCrossedMax) throw std::runtime_error("it crosses alert lines that don't exist");
  return bits;
}

constexpr std::string_view kGroup = "group";

// Its index in the group, how many members that has, its place among the entries; and of a rejected one the
// index of the member that failed.
void put_group(const Entry& entry, Members& members, std::string& text) {
  const Membership& group = entry.group;
  if (group.count == 0) return;
  members.begin(kGroup);
  const auto end = std::back_inserter(text);
  fmt::format_to(end, "[{},{},{}", group.index, group.count, group.place);
  if (!entry.applied()) fmt::format_to(end, ",{}", group.failed);
  text += ']';
}

Membership get_group(const json::value& group) {
  const json::array& numbers = group.as_array();
  const auto number = [&](std::size_t i) { return numbers.at(i).to_number<std::uint16_t>(); };
  Membership made{.count = number(1), .index = number(0), .place = number(2), .failed = 0};
  if (numbers.size() > 3) made.failed = number(3);
  if (numbers.size() > 4 || made.count == 0 || made.index >= made.count ||
      made.place > made.index || made.failed >= made.count) {
    throw std::runtime_error("it is of a group that can't be");
  }
  return made;
}

void put_details(const PaymentDetails& details, Members& members, std::string& text) {
  put_options(details.options, members);
  if (details.asked) members.put("asked", *details.asked);
  if (details.requested) put_requested(std::span(&*details.requested, 1), members, text);
}

PaymentDetails get_details(const json::object& in, std::string_view metadata) {
  PaymentDetails details{.options = get_options(in, metadata),
                         .asked = number_at<Amount>(in, "asked"),
                         .requested = {}};
  std::vector<Leg> requested = get_requested(in);
  if (requested.size() > 1) throw std::runtime_error("a payment of one leg has more of them");
  if (!requested.empty()) details.requested = requested.front();
  return details;
}

void put_body(const PaymentBody& payment, Members& members, std::string& text) {
  if (payment.details) put_details(*payment.details, members, text);
}

EntryBody get_payment(const json::object& in, const Posting& posting, std::string_view metadata) {
  std::size_t of_any_kind = 0;
  for (const std::string_view name : {kHeld, kCrossed, kGroup}) {
    of_any_kind += std::size_t{in.contains(view(name))};
  }
  const bool plain = metadata.empty() && in.size() == of_any_kind;
  if (plain) return PaymentBody{.posting = posting, .details = nullptr};
  return PaymentBody{.posting = posting,
                     .details = std::make_unique<PaymentDetails>(get_details(in, metadata))};
}

// The leg that failed, of an entry of several.
void put_failure(const Legs& legs, Members& members) {
  if (legs.leg_code == Rejection::none) return;
  members.put("leg", legs.failed_leg);
  members.put("leg_code", static_cast<int>(legs.leg_code));
}

Legs get_failure(const json::object& in, const Posting& posting) {
  Legs legs;
  legs.seen = posting;
  if (const auto code = number_at<int>(in, "leg_code")) {
    legs.failed_leg = in.at("leg").to_number<std::uint16_t>();
    legs.leg_code = static_cast<Rejection>(*code);
  }
  return legs;
}

void put_body(const std::unique_ptr<MultiLegBody>& payment, Members& members, std::string& text) {
  put_options(payment->options, members);
  if (!payment->requested.empty()) put_requested(payment->requested, members, text);
  put_failure(payment->legs, members);
}

EntryBody get_legs(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto payment = std::make_unique<MultiLegBody>();
  payment->options = get_options(in, metadata);
  payment->requested = get_requested(in);
  payment->legs = get_failure(in, posting);
  return payment;
}

constexpr std::string_view kHold = "hold";
constexpr std::string_view kHoldSeq = "hold_seq";
constexpr std::string_view kOriginal = "original";
constexpr std::string_view kOriginalSeq = "original_seq";

void put_body(const std::unique_ptr<HoldBody>& hold, Members& members, std::string& text) {
  if (hold->details) put_details(*hold->details, members, text);
  if (hold->terms.timeout_ns) members.put("timeout", *hold->terms.timeout_ns);
  if (hold->expires_at) members.put("expires_at", hold->expires_at->ns);
}

EntryBody get_hold(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto hold = std::make_unique<HoldBody>();
  hold->posting = posting;
  if (PaymentDetails details = get_details(in, metadata); details != PaymentDetails{}) {
    hold->details.make() = std::move(details);
  }
  hold->terms.timeout_ns = number_at<std::int64_t>(in, "timeout");
  if (const auto ns = number_at<std::int64_t>(in, "expires_at")) {
    hold->expires_at = Timestamp{*ns};
    if (!hold->terms.timeout_ns) hold->terms.expires_at = hold->expires_at;
  }
  return hold;
}

void put_body(const std::unique_ptr<CaptureBody>& capture, Members& members,
              std::string& /*text*/) {
  put_reference(kHold, kHoldSeq, capture->named, capture->hold, members);
  if (capture->asked) members.put("asked", *capture->asked);
  if (capture->final) members.put_true("final");
  members.put("left", capture->left);
}

EntryBody get_capture(const json::object& in, const Posting& posting) {
  auto capture = std::make_unique<CaptureBody>();
  capture->named = get_reference(in, kHold);
  capture->hold = number_at<Seq>(in, kHoldSeq).value_or(0);
  capture->asked = number_at<Amount>(in, "asked");
  capture->final = in.contains("final");
  capture->left = number_at<Amount>(in, "left").value_or(0);
  capture->posting = posting;
  return capture;
}

void put_body(const std::unique_ptr<ReleaseBody>& release, Members& members,
              std::string& /*text*/) {
  put_reference(kHold, kHoldSeq, release->named, release->hold, members);
}

EntryBody get_release(const json::object& in, const Posting& posting) {
  return std::make_unique<ReleaseBody>(ReleaseBody{.named = get_reference(in, kHold),
                                                   .hold = number_at<Seq>(in, kHoldSeq).value_or(0),
                                                   .posting = posting});
}

void put_body(const std::unique_ptr<ExpiryBody>& expiry, Members& members, std::string& /*text*/) {
  members.put(kHoldSeq, expiry->hold);
}

EntryBody get_expiry(const json::object& in, const Posting& posting) {
  return std::make_unique<ExpiryBody>(
      ExpiryBody{.hold = number_at<Seq>(in, kHoldSeq).value_or(0), .posting = posting});
}

void put_body(const std::unique_ptr<ReversalBody>& reversal, Members& members,
              std::string& /*text*/) {
  put_options(reversal->options, members);
  put_reference(kOriginal, kOriginalSeq, reversal->named, reversal->original, members);
  if (reversal->asked) members.put("asked", *reversal->asked);
  members.put("reversed", reversal->reversed);
  put_failure(reversal->legs, members);
}

EntryBody get_reversal(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto reversal = std::make_unique<ReversalBody>();
  reversal->options = get_options(in, metadata);
  reversal->named = get_reference(in, kOriginal);
  reversal->original = number_at<Seq>(in, kOriginalSeq).value_or(0);
  reversal->asked = number_at<Amount>(in, "asked");
  reversal->reversed = number_at<Amount>(in, "reversed").value_or(0);
  reversal->legs = get_failure(in, posting);
  return reversal;
}

constexpr std::string_view kSchedule = "schedule";
constexpr std::string_view kScheduleSeq = "schedule_seq";

void put_body(const std::unique_ptr<ScheduleBody>& schedule, Members& members, std::string& text) {
  put_options(schedule->options, members);
  put_requested(schedule->requested, members, text);
  put_terms(schedule->terms, members);
}

EntryBody get_schedule(const json::object& in, std::string_view metadata) {
  return std::make_unique<ScheduleBody>(ScheduleBody{.options = get_options(in, metadata),
                                                     .requested = get_requested(in),
                                                     .terms = get_terms(in)});
}

void put_body(const std::unique_ptr<CancelBody>& cancel, Members& members, std::string& /*text*/) {
  put_reference(kSchedule, kScheduleSeq, cancel->named, cancel->schedule, members);
}

EntryBody get_cancel(const json::object& in) {
  return std::make_unique<CancelBody>(
      CancelBody{.named = get_reference(in, kSchedule),
                 .schedule = number_at<Seq>(in, kScheduleSeq).value_or(0)});
}

void put_body(const std::unique_ptr<ScheduledBody>& scheduled, Members& members,
              std::string& text) {
  members.put(kScheduleSeq, scheduled->schedule);
  members.put("occurrence", scheduled->occurrence);
  members.put("due_at", scheduled->due_at.ns);
  put_options(scheduled->options, members);
  if (scheduled->asked) members.put("asked", *scheduled->asked);
  if (!scheduled->requested.empty()) put_requested(scheduled->requested, members, text);
  put_failure(scheduled->legs, members);
}

EntryBody get_scheduled(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto scheduled = std::make_unique<ScheduledBody>();
  scheduled->schedule = number_at<Seq>(in, kScheduleSeq).value_or(0);
  scheduled->occurrence = number_at<std::uint32_t>(in, "occurrence").value_or(0);
  scheduled->due_at = Timestamp{number_at<std::int64_t>(in, "due_at").value_or(0)};
  scheduled->options = get_options(in, metadata);
  scheduled->asked = number_at<Amount>(in, "asked");
  scheduled->requested = get_requested(in);
  scheduled->legs = get_failure(in, posting);
  return scheduled;
}

void put_body(const std::unique_ptr<BooksBody>& books, Members& members, std::string& /*text*/) {
  if (books->action != BooksAction::close) members.put("action", static_cast<int>(books->action));
  put_date("until", books->until, members);
  put_date("before", books->before, members);
}

EntryBody get_books(const json::object& in, const Posting& posting) {
  const auto action = number_at<std::uint8_t>(in, "action").value_or(0);
  if (posting != Posting{} || action > static_cast<std::uint8_t>(BooksAction::open)) {
    throw std::runtime_error("it closes the books in a way that doesn't exist");
  }
  return std::make_unique<BooksBody>(BooksBody{.action = static_cast<BooksAction>(action),
                                               .until = date_at(in, "until"),
                                               .before = date_at(in, "before")});
}

}  // namespace

void write_details(const Entry& entry, std::string& out) {
  out.clear();
  Members members(out);
  std::visit([&](const auto& body) { put_body(body, members, out); }, entry.body);
  const Posting row = entry.row_posting();
  put_held(entry, row, members, out);
  put_crossed(entry, row, members, out);
  put_group(entry, members, out);
  if (out == "{") return out.clear();
  members.end();
}

std::string_view metadata_of(const Entry& entry) {
  if (const OpenedAccount* opened = entry.opened()) return opened->metadata;
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    const auto& metadata = (*change)->terms.metadata;
    return metadata ? std::string_view(*metadata) : std::string_view();
  }
  const PaymentOptions* options = entry.options();
  return options == nullptr ? std::string_view() : std::string_view(options->metadata);
}

void read_rest_of_legs(std::string_view details, std::span<Posting> legs) {
  // A text may say so too; then it isn't found below.
  if (!details.contains("\"held\"") && !details.contains("\"crossed\"")) return;
  const json::value parsed = json::parse(view(details));
  const auto each = [&](std::string_view name, auto read) {
    const json::value* all = parsed.as_object().if_contains(view(name));
    if (all == nullptr) return;
    const json::array& values = all->as_array();
    if (values.size() != legs.size()) {
      throw std::runtime_error("it says more of holds or alerts than of its legs");
    }
    for (std::size_t i = 0; i < legs.size(); ++i) read(values[i], legs[i]);
  };
  each(kHeld, [](const json::value& held, Posting& leg) { read_held(held, leg); });
  each(kCrossed,
       [](const json::value& crossed, Posting& leg) { leg.crossed = get_crossed(crossed); });
}

EntryBody read_body(EntryKind kind, const Posting& row_posting, std::string_view text,
                    std::string_view metadata, Membership& group) {
  if (kind == EntryKind::payment && text.empty() && metadata.empty()) {
    return PaymentBody{.posting = row_posting, .details = nullptr};
  }
  const json::value parsed = text.empty() ? json::value(json::object()) : json::parse(view(text));
  const json::object& object = parsed.as_object();
  if (const json::value* value = object.if_contains(view(kGroup))) group = get_group(*value);
  Posting posting = row_posting;
  const json::value* held = object.if_contains(view(kHeld));
  if (held != nullptr && (posting.sides() > 0 || kind == EntryKind::account)) {
    read_held(*held, posting);
  }
  const json::value* crossed = object.if_contains(view(kCrossed));
  if (crossed != nullptr && posting.sides() > 0) posting.crossed = get_crossed(*crossed);
  switch (kind) {
    case EntryKind::payment:
      return get_payment(object, posting, metadata);
    case EntryKind::multi_leg:
      return get_legs(object, posting, metadata);
    case EntryKind::account:
      return get_opening(object, posting, metadata);
    case EntryKind::hold:
      return get_hold(object, posting, metadata);
    case EntryKind::capture:
      return get_capture(object, posting);
    case EntryKind::release:
      return get_release(object, posting);
    case EntryKind::expiry:
      return get_expiry(object, posting);
    case EntryKind::reversal:
      return get_reversal(object, posting, metadata);
    case EntryKind::account_change:
      return get_account_change(object, posting, metadata);
    case EntryKind::schedule:
      return get_schedule(object, metadata);
    case EntryKind::cancel:
      return get_cancel(object);
    case EntryKind::scheduled:
      return get_scheduled(object, posting, metadata);
    case EntryKind::books:
      return get_books(object, posting);
  }
  throw std::runtime_error("a kind that doesn't exist");
}

}  // namespace giro::store
