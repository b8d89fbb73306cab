#include "tests/whole/operation.hpp"

#include <string_view>

#include <fmt/format.h>

#include "tests/ledger/builders.hpp"
#include "tests/whole/request_text.hpp"

namespace giro::test {
namespace {

// Owns the texts that a request has views of.
class Requests {
 public:
  explicit Requests(const Operation& operation) : operation_(operation) {
    for (const OperationLeg& leg : operation.legs) {
      legs_.push_back({leg.from, leg.to, leg.amount, leg.currency});
    }
    if (operation.effective_date) date_ = format_date(*operation.effective_date);
    if (operation.deadline) deadline_ = format_rfc3339(*operation.deadline);
  }

  [[nodiscard]] PaymentRequest payment() const {
    PaymentRequest request;
    request.key = operation_.key;
    if (legs_.size() == 1) request.leg = legs_.front();
    if (legs_.size() > 1) request.legs = legs_;
    request.code = operation_.code;
    if (!operation_.reference.empty()) request.reference = operation_.reference;
    if (operation_.effective_date) request.effective_date = date_;
    if (operation_.deadline) request.deadline = deadline_;
    if (operation_.if_version)
      request.if_version = static_cast<std::int64_t>(*operation_.if_version);
    request.if_available_gte = operation_.if_available_gte;
    request.up_to = operation_.up_to;
    request.dry_run = operation_.dry_run;
    return request;
  }
  [[nodiscard]] ReferenceRequest named() const {
    return operation_.names_key.empty() ? by_seq(operation_.names_seq)
                                        : by_key(operation_.names_key);
  }

 private:
  const Operation& operation_;
  std::vector<LegRequest> legs_;
  std::string date_;
  std::string deadline_;
};

Command opening_of(const Operation& it) {
  OpenAccountRequest request;
  request.id = it.id;
  request.currency = it.currency;
  request.scale = it.scale;
  request.floor = *it.floor;
  request.ceiling = *it.ceiling;
  if (it.metadata) request.metadata = *it.metadata;
  return checked(request);
}

Command payment_of(const Operation& it) {
  const Requests texts(it);
  return checked(texts.payment());
}

Command hold_of(const Operation& it) {
  const Requests texts(it);
  HoldRequest request{.payment = texts.payment(), .timeout = {}, .expires_at = {}};
  const std::string timeout = it.timeout_ns ? format_duration(*it.timeout_ns) : "";
  const std::string end = it.expires_at ? format_rfc3339(*it.expires_at) : "";
  if (it.timeout_ns) request.timeout = timeout;
  if (it.expires_at) request.expires_at = end;
  return checked(request);
}

Command schedule_of(const Operation& it) {
  const Requests texts(it);
  const std::string at = format_rfc3339(it.at);
  const std::string every = it.every ? format_interval(*it.every) : "";
  const std::string until = it.until ? format_rfc3339(*it.until) : "";
  ScheduleRequest request = schedule(texts.payment(), at);
  if (it.every) request.every = every;
  if (it.until) request.until = until;
  if (it.count) request.count = *it.count;
  return checked(request);
}

Command change_of(const Operation& it, AccountAction action) {
  AccountChangeRequest request = account_change(action, it.id);
  request.key = it.key;
  request.floor = it.floor;
  request.ceiling = it.ceiling;
  if (it.frozen) request.frozen = name(*it.frozen);
  if (it.metadata) request.metadata = *it.metadata;
  std::vector<std::string> windows;
  if (it.limits) {
    request.limits.emplace();
    windows.reserve(it.limits->size());
    for (const VelocityLimit& limit : *it.limits) {
      VelocityLimitRequest& asked = request.limits->emplace_back();
      asked.window = windows.emplace_back(format_duration(limit.window_ns));
      asked.amount = limit.amount;
      if (limit.count) asked.count = *limit.count;
    }
  }
  request.alerts = it.alerts;
  if (it.if_version) request.if_version = static_cast<std::int64_t>(*it.if_version);
  request.dry_run = it.dry_run;
  return checked(request);
}

Command reversal_of(const Operation& it) {
  const Requests texts(it);
  ReversalRequest request = reversal(texts.named());
  request.options = texts.payment();
  request.key = it.key;
  request.amount = it.amount;
  request.dry_run = it.dry_run;
  return checked(request);
}

template <class Request>
Command with_key(Request request, const Operation& it) {
  request.key = it.key;
  request.dry_run = it.dry_run;
  return checked(request);
}

Command books_of(const Operation& it) {
  const std::string day = it.day ? format_date(*it.day) : "";
  return it.method == Method::close_books
             ? with_key(close_books(day), it)
             : with_key(open_books(it.day ? std::optional<std::string_view>(day) : std::nullopt),
                        it);
}

}  // namespace

Command command_of(const Operation& it) {
  const ReferenceRequest named = Requests(it).named();
  switch (it.method) {
    case Method::open:
      return opening_of(it);
    case Method::pay:
      return payment_of(it);
    case Method::hold:
      return hold_of(it);
    case Method::capture:
      return with_key(capture(named,
                              [&](CaptureRequest& request) {
                                request.amount = it.amount;
                                request.final = it.final;
                              }),
                      it);
    case Method::release:
      return with_key(release(named), it);
    case Method::reverse:
      return reversal_of(it);
    case Method::update:
      return change_of(it, AccountAction::update);
    case Method::close:
      return change_of(it, AccountAction::close);
    case Method::reopen:
      return change_of(it, AccountAction::reopen);
    case Method::schedule:
      return schedule_of(it);
    case Method::cancel:
      return with_key(cancel(named), it);
    case Method::close_books:
    case Method::open_books:
      break;
  }
  return books_of(it);
}

std::string text_of(const Operation& it) {
  std::string text = fmt::format("{} key '{}'", method_name(it.method), it.key);
  const auto add = [&](std::string_view what, const auto& value) {
    text += fmt::format(" {} {}", what, value);
  };
  for (const OperationLeg& leg : it.legs) {
    text += fmt::format(" [{} -> {} {} {}]", leg.from, leg.to, leg.amount, leg.currency);
  }
  if (!it.id.empty()) add("id", it.id);
  if (!it.names_key.empty()) add("names", it.names_key);
  if (it.names_seq != 0) add("names seq", it.names_seq);
  if (it.amount) add("amount", *it.amount);
  if (it.final) text += " final";
  if (it.up_to) text += " up_to";
  if (it.effective_date) add("effective", format_date(*it.effective_date));
  if (it.deadline) add("deadline", it.deadline->ns);
  if (it.if_version) add("if_version", *it.if_version);
  if (it.if_available_gte) add("if_available_gte", *it.if_available_gte);
  if (it.timeout_ns) add("timeout", *it.timeout_ns);
  if (it.expires_at) add("expires_at", it.expires_at->ns);
  if (it.at.ns != 0) add("at", it.at.ns);
  if (it.every) add("every", format_interval(*it.every));
  if (it.day) add("day", format_date(*it.day));
  if (it.limits) {
    for (const VelocityLimit& limit : *it.limits) {
      text += fmt::format(" limit {} {} {}", limit.window_ns, limit.amount.value_or(0),
                          limit.count.value_or(0));
    }
  }
  if (it.uid != kUsualUid) add("uid", it.uid);
  if (!it.node.empty()) add("node", it.node);
  if (it.dry_run) text += " dry";
  return text;
}

}  // namespace giro::test
