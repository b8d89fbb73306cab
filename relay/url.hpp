// The URL of an endpoint, in the parts that a request needs. Pure: any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace giro::relay {

struct Url {
  bool tls = true;
  std::string host;  // Without the brackets of an IPv6 address.
  std::string port;
  std::string target;     // Path and query, with its /.
  std::string authority;  // For the header Host.

  friend bool operator==(const Url&, const Url&) = default;
};

// Errors: what is wrong with it, to follow the setting's name.
[[nodiscard]] std::expected<Url, std::string> parse_url(std::string_view text);

}  // namespace giro::relay
