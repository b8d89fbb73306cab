// The rules that need no state, of payments that are decided later.
#include <string>
#include <utility>

#include "ledger/command/rules.hpp"
#include "ledger/command/schedule_requests.hpp"

namespace giro {

using namespace rules;

namespace {

constexpr std::string_view kTimeRule = "be a time as in RFC 3339, such as 2026-11-23T09:00:00Z";

Problem check_repetition(const ScheduleRequest& request) {
  if (request.every && !parse_interval(*request.every)) {
    return invalid("every", "be an interval of one unit, such as P1D, P2W, P1M or P1Y");
  }
  if (!request.every && request.until) return invalid("until", "be left out without every");
  if (!request.every && request.count) return invalid("count", "be left out without every");
  if (request.until && request.count) {
    return invalid("count", "be left out where there is an until");
  }
  if (request.count && (*request.count < 1 || *request.count > kOccurrencesMax)) {
    return invalid("count", "be 1 to 1,000,000");
  }
  return std::nullopt;
}

Problem check_schedule(const ScheduleRequest& request) {
  const auto at = parse_rfc3339(request.at);
  if (!at) return invalid("at", kTimeRule);
  if (auto problem = check_repetition(request)) return problem;
  if (!request.until) return std::nullopt;
  const auto until = parse_rfc3339(*request.until);
  if (!until) return invalid("until", kTimeRule);
  if (*until < *at) return invalid("until", "not be before at");
  return std::nullopt;
}

// REQUIRES: check_schedule() found nothing.
ScheduleTerms terms_of(const ScheduleRequest& request) {
  ScheduleTerms terms{.at = *parse_rfc3339(request.at), .every = {}, .until = {}, .count = {}};
  if (request.every) terms.every = parse_interval(*request.every);
  if (request.until) terms.until = parse_rfc3339(*request.until);
  if (request.count) terms.count = static_cast<std::uint32_t>(*request.count);
  return terms;
}

}  // namespace

CheckedSchedule::CheckedSchedule(CheckedPayment payment, const ScheduleTerms& terms)
    : payment_(std::move(payment)) {
  if (payment_.more_ == nullptr) payment_.more_ = std::make_unique<CheckedPayment::More>();
  payment_.more_->schedule = terms;
}

std::expected<CheckedSchedule, Refusal> CheckedSchedule::check(const ScheduleRequest& request) {
  auto payment = CheckedPayment::check(request.payment);
  if (!payment) return std::unexpected(std::move(payment.error()));
  if (auto problem = check_schedule(request)) return std::unexpected(std::move(*problem));
  return CheckedSchedule(std::move(*payment), terms_of(request));
}

std::expected<CheckedCancel, Refusal> CheckedCancel::check(const CancelRequest& request) {
  if (auto problem = check_key(request.key)) return std::unexpected(std::move(*problem));
  auto schedule = Reference::check(request.schedule, "schedule");
  if (!schedule) return std::unexpected(std::move(schedule.error()));
  CheckedCancel made;
  made.key_ = PaymentKey(request.key);
  made.schedule_ = std::move(*schedule);
  made.dry_run_ = request.dry_run;
  return made;
}

}  // namespace giro
