#include "relay/url.hpp"

#include <algorithm>
#include <cstdint>

#include "protocol/whole_number.hpp"

namespace giro::relay {
namespace {

constexpr std::size_t kUrlBytesMax = 2'048;

std::unexpected<std::string> wrong(std::string what) {
  return std::unexpected(std::move(what));
}

// Bytes that end a line, or that no URL has: they would become part of the request's head.
bool is_url_byte(char byte) {
  return byte > ' ' && byte < '\x7f' && byte != '"' && byte != '<' && byte != '>' && byte != '\\';
}

bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_' || byte == ':';
  });
}

// "[::1]:8080", "example.org:8080" or without a port.
bool split_authority(std::string_view authority, Url& url) {
  std::string_view host = authority;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    rest = authority.substr(colon);
  }
  url.host = host;
  url.port = url.tls ? "443" : "80";
  if (!is_host(host)) return false;
  if (rest.empty()) return true;
  const auto port = protocol::whole_number<std::uint16_t>(rest.substr(1));
  if (!rest.starts_with(':') || !port || *port == 0) return false;
  url.port = rest.substr(1);
  return true;
}

}  // namespace

std::expected<Url, std::string> parse_url(std::string_view text) {
  if (text.size() > kUrlBytesMax) return wrong("is longer than 2,048 bytes");
  if (!std::ranges::all_of(text, is_url_byte)) {
    return wrong("has a byte that no URL has: write it as %XX");
  }
  Url url;
  constexpr std::string_view kTls = "https://";
  constexpr std::string_view kPlain = "http://";
  if (text.starts_with(kTls)) {
    text.remove_prefix(kTls.size());
  } else if (text.starts_with(kPlain)) {
    url.tls = false;
    text.remove_prefix(kPlain.size());
  } else {
    return wrong("must begin with https:// (or http://, to an address of `networks` alone)");
  }
  if (text.find('#') != std::string_view::npos)
    return wrong("has a #, which no server gets to see");
  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  url.authority = text.substr(0, path);
  url.target = text.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (url.authority.find('@') != std::string::npos) {
    return wrong(
        "has a user or password, which ends up in logs; the signature is what proves the sender");
  }
  if (!split_authority(url.authority, url)) return wrong("has no host, or a port that is none");
  return url;
}

}  // namespace giro::relay
