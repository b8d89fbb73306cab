#include "cli/session.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "protocol/paths.hpp"

namespace giro::cli {

namespace json = boost::json;

Session::Session(Globals globals)
    : globals_(std::move(globals)), colours_(!globals_.no_color && terminal_has_colours()) {
  // Not CLI11's way of reading the environment, which would overrule the option of a command.
  const char* named = std::getenv("GIRO_SOCKET");
  if (globals_.socket_path.empty() && named != nullptr) globals_.socket_path = named;
  if (globals_.socket_path.empty()) globals_.socket_path = default_socket_path().value_or("");
}

Result<client::Connection*> Session::connection() {
  if (!connection_) {
    if (auto named = socket_is_named(); !named) return std::unexpected(named.error());
    auto opened = client::Connection::open(globals_.socket_path);
    if (!opened) return std::unexpected(explain(opened.error(), false));
    connection_.emplace(std::move(*opened));
  }
  return &*connection_;
}

Result<void> Session::socket_is_named() const {
  if (!globals_.socket_path.empty()) return {};
  return usage_failure(
      "this user has neither a home nor XDG_RUNTIME_DIR, so there is no default for the socket",
      "Name the socket with --socket or GIRO_SOCKET.");
}

Result<json::object> Session::call(std::string_view method, const json::object& params) {
  auto answer = call_with_text(method, request_text(params));
  if (!answer) return std::unexpected(std::move(answer).error());
  if (!answer->is_object()) {
    const client::TransportError nonsense{client::TransportError::Kind::nonsense, 0,
                                          json::serialize(*answer)};
    return std::unexpected(explain(nonsense, changes_ledger(method)));
  }
  return std::move(answer->get_object());
}

Result<json::value> Session::call_with_text(std::string_view method, std::string_view params) {
  if (!simdjson::validate_utf8(params.data(), params.size())) {
    return usage_failure("the request has bytes that aren't UTF-8 text", "Write it in UTF-8.");
  }
  auto daemon = connection();
  if (!daemon) return std::unexpected(std::move(daemon).error());
  auto answer = (*daemon)->call(method, params);
  if (!answer) return std::unexpected(explain(answer.error(), changes_ledger(method)));
  return std::move(*answer);
}

Result<int> Session::scale_of(std::string_view currency) {
  if (const auto iso = iso_scale(currency)) return *iso;
  if (auto learned = learn_currencies(); !learned) return std::unexpected(learned.error());
  const auto declared = declared_scales_->find(currency);
  if (declared == declared_scales_->end()) {
    return usage_failure(
        fmt::format("currency {} is known neither to ISO 4217 nor to this ledger", currency),
        "The first account of a currency declares it: `giro account open ID --currency CODE "
        "--scale N`.");
  }
  return declared->second;
}

Result<void> Session::learn_currencies() {
  if (declared_scales_) return {};
  auto status = call("ledger.status", {});
  if (!status) return std::unexpected(std::move(status).error());
  declared_scales_.emplace();
  for (const json::value& known : array_field(*status, "currencies")) {
    if (!known.is_object()) continue;
    const json::object& currency = known.get_object();
    declared_scales_->emplace(text_field(currency, "currency"), scale_field(currency));
  }
  return {};
}

Result<Amount> Session::parse_amount(std::string_view decimal, std::string_view currency) {
  const auto scale = scale_of(currency);
  if (!scale) return std::unexpected(scale.error());
  const auto amount = parse_decimal(decimal, *scale);
  if (amount) return *amount;
  switch (amount.error()) {
    case DecimalError::malformed:
      return usage_failure(fmt::format("amount `{}` isn't a decimal such as {}", decimal,
                                       format_decimal(1250, *scale)));
    case DecimalError::too_precise:
      return usage_failure(fmt::format("amount `{}` has more than the {} decimals of {}", decimal,
                                       *scale, currency));
    default:
      return usage_failure(fmt::format("amount `{}` is larger than the ledger can keep", decimal));
  }
}

Failure Session::explain(const client::CallError& error, bool changes) const {
  return std::visit(
      [&](const auto& cause) { return cli::explain(cause, globals_.socket_path, changes); }, error);
}

bool changes_ledger(std::string_view method) {
  constexpr std::array<std::string_view, 5> kQuestions{
      "accounts.get", "accounts.list", "accounts.statement", "payments.get", "payments.list"};
  for (const std::string_view question : kQuestions) {
    if (method == question) return false;
  }
  return method.starts_with("accounts.") || method.starts_with("payments.") ||
         method.ends_with("_books");
}

}  // namespace giro::cli
