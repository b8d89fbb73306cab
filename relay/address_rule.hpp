// Which addresses an endpoint may be reached at. The operator writes the URL, but a name means what its DNS
// says at the moment, and a URL is often one that a customer gave: neither may lead the relay to the
// machine's own services, to the network behind it or to a cloud's metadata server.
//
// The rule: public addresses only, unless the endpoint's `networks` names the others. Plain http:// only to
// what `networks` names. It is asked for the very address that is connected to, after its name was
// resolved, so that a name can't be one address when asked for and another when used. Pure: any thread.
//
// Source: the special-purpose address registries of IANA (RFC 6890), as of 2024.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace giro::relay {

struct Network {
  boost::asio::ip::address base;
  unsigned short bits = 0;  // That are the network's.

  friend bool operator==(const Network&, const Network&) = default;
};

// "10.1.0.0/16", "fd00::/8", or an address alone.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

[[nodiscard]] bool lies_in(const boost::asio::ip::address& address, const Network& network);
// Everybody's: none of the special-purpose ranges.
[[nodiscard]] bool is_public(const boost::asio::ip::address& address);
[[nodiscard]] bool may_be_reached(const boost::asio::ip::address& address, bool tls,
                                  const std::vector<Network>& networks);

}  // namespace giro::relay
