#include "protocol/account_params.hpp"

#include <array>
#include <vector>

namespace giro::protocol {
namespace {

struct OpenParams {
  OpenAccountRequest request;
  std::string metadata;
};
using OpenField = Field<OpenParams>;
using O = OpenParams;

constexpr std::array kOpenFields{
    OpenField{"id", true, [](const Value& v, O& o, Reading& r) { return r.text(v, o.request.id); }},
    OpenField{"currency", true,
              [](const Value& v, O& o, Reading& r) { return r.text(v, o.request.currency); }},
    OpenField{"scale", false,
              [](const Value& v, O& o, Reading& r) { return r.integer(v, o.request.scale); }},
    OpenField{
        "floor", false,
        [](const Value& v, O& o, Reading& r) { return r.integer_or_null(v, o.request.floor); },
        Null::is_a_value},
    OpenField{
        "ceiling", false,
        [](const Value& v, O& o, Reading& r) { return r.integer_or_null(v, o.request.ceiling); },
        Null::is_a_value},
    OpenField{"metadata", false,
              [](const Value& v, O& o, Reading& r) {
                return r.metadata(v, o.metadata, o.request.metadata);
              }},
};

using LimitField = Field<VelocityLimitRequest>;
constexpr std::array kLimitFields{
    LimitField{
        "window", true,
        [](const Value& v, VelocityLimitRequest& l, Reading& r) { return r.text(v, l.window); }},
    LimitField{
        "amount", false,
        [](const Value& v, VelocityLimitRequest& l, Reading& r) { return r.integer(v, l.amount); }},
    LimitField{
        "count", false,
        [](const Value& v, VelocityLimitRequest& l, Reading& r) { return r.integer(v, l.count); }},
};

bool read_limits(const Value& value, AccountChangeRequest& out, Reading& reading) {
  std::vector<VelocityLimitRequest>& limits = out.limits.emplace();
  if (value.is_null()) return true;
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return reading.wrong_type("an array or null");
  if (list.size() > kVelocityLimitsMax) {
    return reading.refuse(ErrorCode::invalid_value, "have at most 8 limits");
  }
  return read_elements(list, "limits", std::span<const LimitField>(kLimitFields), limits, reading);
}

using AlertField = Field<AlertLines>;
constexpr std::array kAlertFields{
    AlertField{"below", false,
               [](const Value& v, AlertLines& a, Reading& r) { return r.integer(v, a.below); }},
    AlertField{"above", false,
               [](const Value& v, AlertLines& a, Reading& r) { return r.integer(v, a.above); }},
};

bool read_alerts(const Value& value, AccountChangeRequest& out, Reading& reading) {
  AlertLines& alerts = out.alerts.emplace();
  return value.is_null() ||
         read_object(value, std::span<const AlertField>(kAlertFields), alerts, reading);
}

struct ChangeParams {
  AccountChangeRequest request;
  std::string metadata;
};
using ChangeField = Field<ChangeParams>;
using C = ChangeParams;

// The first four are those of closing and reopening.
constexpr std::array kChangeFields{
    ChangeField{"key", true,
                [](const Value& v, C& c, Reading& r) { return r.text(v, c.request.key); }},
    ChangeField{"id", true,
                [](const Value& v, C& c, Reading& r) { return r.text(v, c.request.id); }},
    ChangeField{
        "if_version", false,
        [](const Value& v, C& c, Reading& r) { return r.integer(v, c.request.if_version); }},
    ChangeField{"dry_run", false,
                [](const Value& v, C& c, Reading& r) { return r.flag(v, c.request.dry_run); }},
    ChangeField{"floor", false,
                [](const Value& v, C& c, Reading& r) {
                  return r.integer_or_null(v, c.request.floor.emplace());
                },
                Null::is_a_value},
    ChangeField{"ceiling", false,
                [](const Value& v, C& c, Reading& r) {
                  return r.integer_or_null(v, c.request.ceiling.emplace());
                },
                Null::is_a_value},
    ChangeField{"frozen", false,
                [](const Value& v, C& c, Reading& r) { return r.text(v, c.request.frozen); }},
    ChangeField{"metadata", false,
                [](const Value& v, C& c, Reading& r) {
                  if (!r.metadata(v, c.metadata, c.request.metadata)) return false;
                  if (!c.request.metadata) c.request.metadata.emplace();  // None from now on.
                  return true;
                }},
    ChangeField{"limits", false,
                [](const Value& v, C& c, Reading& r) { return read_limits(v, c.request, r); },
                Null::is_a_value},
    ChangeField{"alerts", false,
                [](const Value& v, C& c, Reading& r) { return read_alerts(v, c.request, r); },
                Null::is_a_value},
};
constexpr std::span<const ChangeField> kUpdateFields(kChangeFields);
constexpr std::span<const ChangeField> kCloseFields = kUpdateFields.first(4);

using BooksField = Field<BooksRequest>;
using B = BooksRequest;

// `until` is needed even where it may be null: what was forgotten must not open all books.
constexpr std::array kBooksFields{
    BooksField{"key", true, [](const Value& v, B& b, Reading& r) { return r.text(v, b.key); }},
    BooksField{"until", true,
               [](const Value& v, B& b, Reading& r) {
                 const bool none = v.is_null() && b.action == BooksAction::open;
                 return none || r.text(v, b.until);
               },
               Null::is_a_value},
    BooksField{"dry_run", false,
               [](const Value& v, B& b, Reading& r) { return r.flag(v, b.dry_run); }},
};

}  // namespace

std::expected<CheckedAccountChange, Refusal> read_account_change(
    AccountAction action, const std::optional<Value>& params) {
  ChangeParams change;
  change.request.action = action;
  const bool update = action == AccountAction::update;
  const auto seen = read_params(params, update ? kUpdateFields : kCloseFields, change);
  if (!seen) return std::unexpected(seen.error());
  return CheckedAccountChange::check(change.request);
}

std::expected<CheckedBooks, Refusal> read_books(BooksAction action,
                                                const std::optional<Value>& params) {
  BooksRequest request;
  request.action = action;
  const auto seen = read_params(params, std::span<const BooksField>(kBooksFields), request);
  if (!seen) return std::unexpected(seen.error());
  return CheckedBooks::check(request);
}

std::expected<CheckedOpenAccount, Refusal> read_open_account(const std::optional<Value>& params) {
  OpenParams open;
  const auto seen = read_params(params, std::span<const OpenField>(kOpenFields), open);
  if (!seen) return std::unexpected(seen.error());
  return CheckedOpenAccount::check(open.request);
}

}  // namespace giro::protocol
