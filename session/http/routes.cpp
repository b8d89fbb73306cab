#include "session/http/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "ledger/command/trace_context.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/whole_number.hpp"

namespace giro::http {
namespace {

constexpr auto kRoutes = std::to_array<Route>({
    {"POST", "/v1/payments", "payments.submit", true, true},
    {"POST", "/v1/payments/many", "payments.submit_many"},
    {"POST", "/v1/payments/{original}/reverse", "payments.reverse", true, true},
    {"GET", "/v1/payments", "payments.list"},
    {"GET", "/v1/payments/{key}", "payments.get"},
    {"GET", "/v1/entries/{seq}", "payments.get"},
    {"POST", "/v1/groups", "payments.submit_group"},
    {"POST", "/v1/holds", "payments.hold", true, true},
    {"POST", "/v1/holds/{hold}/capture", "payments.capture", true},
    {"POST", "/v1/holds/{hold}/void", "payments.void", true},
    {"GET", "/v1/holds", "holds.list"},
    {"POST", "/v1/captures", "payments.capture", true},
    {"POST", "/v1/voids", "payments.void", true},
    {"POST", "/v1/reversals", "payments.reverse", true, true},
    {"POST", "/v1/schedules", "payments.schedule", true, true},
    {"POST", "/v1/schedules/{schedule}/cancel", "payments.cancel", true},
    {"POST", "/v1/cancellations", "payments.cancel", true},
    {"GET", "/v1/schedules", "schedules.list"},
    {"POST", "/v1/accounts", "accounts.open"},
    {"GET", "/v1/accounts", "accounts.list"},
    {"GET", "/v1/accounts/{id}", "accounts.get"},
    {"PATCH", "/v1/accounts/{id}", "accounts.update", true},
    {"POST", "/v1/accounts/{id}/close", "accounts.close", true},
    {"POST", "/v1/accounts/{id}/reopen", "accounts.reopen", true},
    {"GET", "/v1/accounts/{id}/statement", "accounts.statement"},
    {"POST", "/v1/books/close", "ledger.close_books", true},
    {"POST", "/v1/books/open", "ledger.open_books", true},
    {"GET", "/v1/trial-balance", "ledger.trial_balance"},
    {"GET", "/v1/totals", "ledger.totals"},
    {"GET", "/v1/verification", "ledger.verify"},
    {"GET", "/v1/status", "ledger.status"},
    {"GET", "/v1/info", "server.info"},
    {"GET", "/v1/openrpc.json", "rpc.discover"},
    {"GET", "/v1/openapi.json", "openapi"},
    {"POST", "/v1/rpc", "rpc"},
    {"GET", "/v1/events", "events.subscribe"},
    {"GET", "/livez", "livez"},
    {"GET", "/readyz", "readyz"},
    {"GET", "/metrics", "metrics"},
});

// A query's value is text but for these.
constexpr std::array<std::string_view, 10> kNumbers{
    "seq",        "limit", "depth", "payment_code", "amount_gte",
    "amount_lte", "at",    "from",  "to",           "min_seq"};

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      unsigned value = 0;
      const char* first = text.data() + i + 1;
      if (i + 2 >= text.size() || std::from_chars(first, first + 2, value, 16).ptr != first + 2) {
        return std::nullopt;
      }
      out.push_back(static_cast<char>(value));
      i += 2;
    }
  }
  return out;
}

std::pair<std::string_view, std::string_view> split(std::string_view text, char at) {
  const std::size_t end = std::min(text.find(at), text.size());
  return {text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

struct Variable {
  std::string_view name;
  std::string_view text;
};

// Path and query of a target, which may be a whole address (RFC 9112, section 3.2.2). Empty: it is no path.
std::string_view origin_form(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    target.remove_prefix(kScheme.size());
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  return target.starts_with('/') ? target : std::string_view();
}

// Whether a path is of this pattern.
bool matches(std::string_view pattern, std::string_view path, Variable& variable) {
  variable = {};
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = split(pattern.substr(1), '/').first;
    const std::string_view segment = split(path.substr(1), '/').first;
    if (expected.starts_with('{')) {
      if (segment.empty()) return false;
      variable = {.name = expected.substr(1, expected.size() - 2), .text = segment};
    } else if (expected != segment) {
      return false;
    }
    pattern.remove_prefix(1 + expected.size());
    path.remove_prefix(1 + segment.size());
  }
  return pattern.empty() && path.empty();
}

// As JSON's reader takes it: of at most 19 digits.
bool is_number(std::string_view text) {
  const std::size_t most = text.starts_with('-') ? 20 : 19;
  return text.size() <= most && protocol::is_whole_number(text);
}

// Members of a JSON object.
class Members {
 public:
  void add(std::string_view name, std::string_view text) {
    protocol::JsonWriter json(text_);
    // A name is the client's too, and may need escapes.
    if (text_.empty()) text_ = "{";
    json.value(name);
    text_.push_back(':');
    if (std::ranges::find(kNumbers, name) != kNumbers.end() && is_number(text)) {
      text_.append(text);
    } else {
      json.value(text);
    }
  }
  // `object`: JSON text of an object; its members come behind.
  [[nodiscard]] std::string before(std::string_view object) const {
    if (object.find_first_not_of(" \t\r\n") == std::string_view::npos) object = "{}";
    const std::size_t open = object.find('{');
    // What isn't an object is refused as what it is.
    if (text_.empty() || object.find_first_not_of(" \t\r\n") != open) return std::string(object);
    const std::string_view rest = object.substr(open + 1);
    const std::size_t first = std::min(rest.find_first_not_of(" \t\r\n"), rest.size());
    std::string out = text_;
    if (!rest.substr(first).starts_with('}')) out.push_back(',');
    return out.append(rest);
  }

 private:
  std::string text_;
};

std::string_view without_quotes(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// Without the member `but`. False: the query can't be decoded.
bool add_query(std::string_view query, std::string_view but, Members& members) {
  while (!query.empty()) {
    const auto [pair, rest] = split(query, '&');
    const auto [name, value] = split(pair, '=');
    const auto plain_name = decoded(name, true);
    const auto plain_value = decoded(value, true);
    if (!plain_name || !plain_value) return false;
    if (!pair.empty() && *plain_name != but) members.add(*plain_name, *plain_value);
    query = rest;
  }
  return true;
}

Routed call_of(const Route& route, const Variable& variable, std::string_view query,
               const Request& request) {
  BadTarget bad{"the address has a % that no two hexadecimal digits follow"};
  Members members;
  if (!variable.name.empty()) {
    const auto text = decoded(variable.text, false);
    if (!text) return bad;
    members.add(variable.name, *text);
  }
  const bool is_feed = route.method == "events.subscribe";
  // A browser that comes again sends the address as it was: where it left off counts.
  const auto last =
      is_feed ? protocol::whole_number<std::uint64_t>(request.last_event_id) : std::nullopt;
  if (!add_query(query, last ? "from" : "", members)) return bad;
  if (last) members.add("from", std::to_string(*last + 1));
  if (route.keyed && !request.idempotency_key.empty()) {
    members.add("key", without_quotes(request.idempotency_key));
  }
  // One that isn't right is ignored, as its standard says.
  if (route.traced && is_traceparent(request.traceparent)) {
    members.add("traceparent", request.traceparent);
  }
  std::string params = members.before(*request.body);
  if (is_feed) return Events{std::move(params)};
  return Call{.method = route.method, .params = std::move(params)};
}

}  // namespace

std::span<const Route> all_routes() {
  return kRoutes;
}

Routed route(const Request& request) {
  const auto [path, query] = split(origin_form(request.target), '?');
  Variable variable;
  NoRoute none;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, path, variable)) continue;
    const bool is_head =
        request.method == "HEAD" && route.verb == "GET" && route.method != "events.subscribe";
    if (route.verb != request.method && !is_head) {
      none.allowed.append(none.allowed.empty() ? "" : ", ").append(route.verb);
      continue;
    }
    if (route.method == "rpc") return Lines{};
    if (route.method == "livez") return Liveness{};
    if (route.method == "readyz") return Readiness{};
    if (route.method == "metrics") return Metrics{};
    if (route.method == "openapi") return OpenApi{};
    return call_of(route, variable, query, request);
  }
  if (const PageFile* file = page_file(path)) {
    if (request.method == "GET" || request.method == "HEAD") return StaticFile{file};
    none.allowed = "GET";
  }
  return none;
}

}  // namespace giro::http
