#include "protocol/account_params.hpp"

#include <array>

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
        [](const Value& v, O& o, Reading& r) { return r.integer_or_null(v, o.request.floor); }},
    OpenField{
        "ceiling", false,
        [](const Value& v, O& o, Reading& r) { return r.integer_or_null(v, o.request.ceiling); }},
    OpenField{"metadata", false,
              [](const Value& v, O& o, Reading& r) {
                return r.metadata(v, o.metadata, o.request.metadata);
              }},
};

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
                }},
    ChangeField{"ceiling", false,
                [](const Value& v, C& c, Reading& r) {
                  return r.integer_or_null(v, c.request.ceiling.emplace());
                }},
    ChangeField{"frozen", false,
                [](const Value& v, C& c, Reading& r) { return r.text(v, c.request.frozen); }},
    ChangeField{"metadata", false,
                [](const Value& v, C& c, Reading& r) {
                  if (!r.metadata(v, c.metadata, c.request.metadata)) return false;
                  if (!c.request.metadata) c.request.metadata.emplace();  // None from now on.
                  return true;
                }},
};
constexpr std::span<const ChangeField> kUpdateFields(kChangeFields);
constexpr std::span<const ChangeField> kCloseFields = kUpdateFields.first(4);

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

std::expected<CheckedOpenAccount, Refusal> read_open_account(const std::optional<Value>& params) {
  OpenParams open;
  const auto seen = read_params(params, std::span<const OpenField>(kOpenFields), open);
  if (!seen) return std::unexpected(seen.error());
  return CheckedOpenAccount::check(open.request);
}

}  // namespace giro::protocol
