#include "session/http/gate.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/core/string.hpp>
#include <sodium/utils.h>

#include "session/http/page.hpp"

namespace giro::http {
namespace {

bool same(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Whatever the port: a tunnel has its own.
bool names_this_machine(std::string_view host) {
  const std::size_t behind_address = host.starts_with('[') ? host.find(']') : 0;
  host = host.substr(0, host.find(':', std::min(behind_address, host.size())));
  constexpr std::array<std::string_view, 3> kNames{"localhost", "127.0.0.1", "[::1]"};
  return std::ranges::any_of(kNames, [host](std::string_view name) { return same(host, name); });
}

bool is_of_the_same_page(std::string_view origin, std::string_view host) {
  constexpr std::string_view kScheme = "http://";
  return origin.starts_with(kScheme) && same(origin.substr(kScheme.size()), host);
}

bool bears(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!same(authorization.substr(0, kScheme.size()), kScheme)) return false;
  const std::string_view given = authorization.substr(kScheme.size());
  return given.size() == token.size() &&
         sodium_memcmp(given.data(), token.data(), token.size()) == 0;
}

bool says_nothing_of_the_ledger(std::string_view target) {
  return target == "/livez" || target == "/readyz" || page_file(target) != nullptr;
}

}  // namespace

std::string_view explain(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kDetails{
      "",
      "the request's Host names another machine than this one; nothing was decided. Ask for "
      "localhost",
      "the request is sent for a page of another origin; nothing was decided. Only pages of girod "
      "itself may send some",
      "the request doesn't bear the token that girod keeps (http.token_file); nothing was decided. "
      "Send Authorization: Bearer TOKEN"};
  return kDetails.at(static_cast<std::size_t>(verdict));
}

Verdict Gate::judge(const Request& request) const {
  if (!names_this_machine(request.host)) return Verdict::other_host;
  if (!request.origin.empty() && !is_of_the_same_page(request.origin, request.host)) {
    return Verdict::other_origin;
  }
  const bool bears_it = !has_token() || bears(request.authorization, token_);
  if (bears_it || says_nothing_of_the_ledger(request.target)) return Verdict::let_in;
  return Verdict::no_token;
}

}  // namespace giro::http
