#include "relay/address_rule.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/whole_number.hpp"

namespace giro::relay {
namespace {

namespace ip = boost::asio::ip;

constexpr std::array kSpecial{
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
// All that is everybody's in IPv6 lies in 2000::/3; of that, what isn't, or leads to an IPv4 address.
constexpr const char* kGlobalUnicast = "2000::/3";
constexpr std::array kSpecialWithin{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

std::vector<Network> networks_of(std::span<const char* const> texts) {
  std::vector<Network> networks;
  for (const char* text : texts) networks.push_back(parse_network(text).value());
  return networks;
}

bool lies_in_any(const ip::address& address, const std::vector<Network>& networks) {
  return std::ranges::any_of(networks,
                             [&](const Network& network) { return lies_in(address, network); });
}

template <std::size_t kSize>
bool same_beginning(const std::array<unsigned char, kSize>& a,
                    const std::array<unsigned char, kSize>& b, unsigned bits) {
  for (std::size_t byte = 0; byte < kSize && bits > 0; ++byte) {
    const unsigned of_byte = std::min(bits, 8U);
    const auto mask = static_cast<unsigned char>(0xFFU << (8U - of_byte));
    if (((a[byte] ^ b[byte]) & mask) != 0) return false;
    bits -= of_byte;
  }
  return true;
}

// ::ffff:127.0.0.1 is 127.0.0.1.
ip::address unmapped(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  const ip::address base = ip::make_address(std::string(text.substr(0, slash)), error);
  if (error) return std::nullopt;
  const unsigned short most = base.is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network{.base = base, .bits = most};
  const auto bits = protocol::whole_number<unsigned short>(text.substr(slash + 1));
  if (!bits || *bits > most) return std::nullopt;
  return Network{.base = base, .bits = *bits};
}

bool lies_in(const ip::address& address, const Network& network) {
  if (address.is_v4() != network.base.is_v4()) return false;
  if (address.is_v4()) {
    return same_beginning(address.to_v4().to_bytes(), network.base.to_v4().to_bytes(),
                          network.bits);
  }
  return same_beginning(address.to_v6().to_bytes(), network.base.to_v6().to_bytes(), network.bits);
}

bool is_public(const ip::address& address) {
  static const std::vector<Network> special = networks_of(kSpecial);
  static const std::vector<Network> special_within = networks_of(kSpecialWithin);
  static const Network global_unicast = parse_network(kGlobalUnicast).value();
  const ip::address plain = unmapped(address);
  if (plain.is_v4()) return !lies_in_any(plain, special);
  return lies_in(plain, global_unicast) && !lies_in_any(plain, special_within);
}

bool may_be_reached(const ip::address& address, bool tls, const std::vector<Network>& networks) {
  return lies_in_any(unmapped(address), networks) || (tls && is_public(address));
}

}  // namespace giro::relay
