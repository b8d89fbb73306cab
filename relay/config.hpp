// The relay's settings: relay.toml.
//
//   socket = "/run/giro/giro.sock"    state = "/var/lib/giro-relay/relay.db"
//   source = "/giro"                  log_level = "info"
//   [unusual]     score, payments_min, hours_min
//   [[endpoint]]  name, url, secrets, secret_files, ca_file, networks, accounts, kinds, statuses,
//                 alerts, from, timeout, concurrency, retry_first, retry_max, attempts_max, give_up_after,
//                 pending_max, pending_bytes_max, dead_max
//
// What always holds: a setting that isn't known is an error that names its line, and so is a secret that can't
// be read: a typing error must not send what is paid to somebody, or unsigned. All of a file's errors are told at
// once. Thread: any.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "relay/address_rule.hpp"
#include "relay/filter.hpp"
#include "relay/outbox.hpp"
#include "relay/signature.hpp"
#include "relay/time.hpp"
#include "relay/unusual/detector.hpp"
#include "relay/url.hpp"

namespace giro::relay {

struct EndpointConfig {
  std::string name;
  std::string url_text;
  Url url;
  std::vector<Secret> secrets;    // All of them sign.
  std::filesystem::path ca_file;  // Empty: the system's.
  std::vector<Network> networks;
  Filter filter;
  std::optional<std::int64_t> from;  // Where it begins the first time; nothing: now.
  Millis timeout{15'000};            // Of a post, from the first byte to the last.
  OutboxPolicy outbox;

  friend bool operator==(const EndpointConfig&, const EndpointConfig&) = default;
};

struct RelayConfig {
  std::vector<std::string>
      sockets;  // Of one girod, or of a cluster's; none: those of the command line.
  std::filesystem::path state;
  std::string source = "/giro";
  std::string log_level = "info";
  UnusualPolicy unusual;
  std::vector<EndpointConfig> endpoints;
};

[[nodiscard]] std::expected<RelayConfig, std::string> read_relay_config(
    const std::filesystem::path& file);

}  // namespace giro::relay
