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

}  // namespace

std::expected<CheckedOpenAccount, Refusal> read_open_account(const std::optional<Value>& params) {
  OpenParams open;
  const auto seen = read_params(params, std::span<const OpenField>(kOpenFields), open);
  if (!seen) return std::unexpected(seen.error());
  return CheckedOpenAccount::check(open.request);
}

}  // namespace giro::protocol
