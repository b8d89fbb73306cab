#include "relay/config.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <sstream>

#include "daemon/settings.hpp"
#include "ledger/command/request.hpp"
#include "ledger/entry/names.hpp"
#include "ledger/timestamp.hpp"

namespace giro::relay {
namespace {

using settings::did_you_mean;
using settings::Node;
using settings::Problems;
using settings::read_count;
using settings::read_path;
using settings::read_table;
using settings::read_text;
using settings::read_texts;
using settings::Setting;

constexpr std::size_t kEndpointsMax = 64;  // Each follows the feed by itself.
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kSecretFileBytesMax = 4'096;
constexpr std::int64_t kCountMax = 1'000'000;
constexpr std::int64_t kBytesMax = std::int64_t{1} << 30;

// "90s", "15m", "24h", "7d", from a second to a year.
Problems read_duration(const Node& node, Millis& out) {
  constexpr auto kMost = std::chrono::hours(24 * 366);
  const auto* text = node.as_string();
  const auto ns = text == nullptr ? std::nullopt : parse_duration(text->get());
  if (!ns || std::chrono::nanoseconds(*ns) > kMost) {
    return R"(must be a time such as "90s", "15m", "24h" or "7d", a year at most)";
  }
  out = std::chrono::duration_cast<Millis>(std::chrono::nanoseconds(*ns));
  return {};
}

Problems read_name(const Node& node, EndpointConfig& endpoint) {
  if (Problems problems = read_text(node, endpoint.name)) return problems;
  const bool is_name = endpoint.name.size() <= kNameBytesMax && is_account_id(endpoint.name);
  if (!is_name) return "must be 1 to 64 of A-Za-z0-9._:/@-";
  return {};
}

Problems read_url(const Node& node, EndpointConfig& endpoint) {
  if (Problems problems = read_text(node, endpoint.url_text)) return problems;
  auto url = parse_url(endpoint.url_text);
  if (!url) return url.error();
  endpoint.url = std::move(*url);
  return {};
}

// Never shows the secret.
Problems add_secret(EndpointConfig& endpoint, std::string_view text) {
  auto secret = parse_secret(text);
  if (!secret) {
    return "holds what is no secret: whsec_ and base64 of 24 to 64 bytes, as from "
           "`echo whsec_$(openssl rand -base64 32)`";
  }
  endpoint.secrets.push_back(std::move(*secret));
  return {};
}

Problems read_secrets(const Node& node, EndpointConfig& endpoint) {
  return read_texts(node, [&](const std::string& text) { return add_secret(endpoint, text); });
}

// One secret a line; what begins with # is a comment.
Problems add_secret_file(EndpointConfig& endpoint, const std::string& path) {
  if (!path.starts_with('/')) return "must be paths that start with /";
  std::ifstream file(path);
  std::string text(kSecretFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (file.bad() || text.empty())
    return fmt::format("names {}, which can't be read or is empty", path);
  std::istringstream lines(text);
  Problems problems;
  const std::size_t before = endpoint.secrets.size();
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    if (Problems of_line = add_secret(endpoint, line)) problems.add(std::move(of_line));
  }
  if (!problems && endpoint.secrets.size() == before)
    return fmt::format("names {}, which has no secret", path);
  return problems;
}

Problems read_secret_files(const Node& node, EndpointConfig& endpoint) {
  return read_texts(node, [&](const std::string& path) { return add_secret_file(endpoint, path); });
}

Problems read_networks(const Node& node, EndpointConfig& endpoint) {
  return read_texts(node, [&](const std::string& text) -> Problems {
    const auto network = parse_network(text);
    if (!network)
      return fmt::format("has {}, which is no network such as 10.1.0.0/16 or ::1", text);
    endpoint.networks.push_back(*network);
    return {};
  });
}

Problems read_accounts(const Node& node, EndpointConfig& endpoint) {
  return read_texts(node, [&](const std::string& prefix) -> Problems {
    if (!is_account_id(prefix)) return "must be accounts, or beginnings of their ids";
    endpoint.filter.accounts.push_back(prefix);
    return {};
  });
}

Problems read_words(const Node& node, const std::vector<std::string_view>& known,
                    std::vector<std::string>& out) {
  return read_texts(node, [&](const std::string& word) -> Problems {
    if (std::ranges::find(known, word) == known.end()) {
      return fmt::format("names {}, which there isn't{}", word, did_you_mean(word, known));
    }
    out.push_back(word);
    return {};
  });
}

Problems read_alerts(const Node& node, EndpointConfig& endpoint) {
  std::vector<std::string> words;
  if (Problems problems = read_words(node, {"below", "above", "unusual"}, words)) return problems;
  if (words.empty()) return "must name below, above or unusual";
  const auto has = [&words](std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  Filter& filter = endpoint.filter;
  filter.only_alerts = true;
  filter.below = has("below");
  filter.above = has("above");
  filter.unusual = has("unusual");
  return {};
}

Problems read_from(const Node& node, EndpointConfig& endpoint) {
  const auto* seq = node.as_integer();
  if (seq == nullptr || seq->get() < 1) return "must be a seq, from 1 on";
  endpoint.from = seq->get();
  return {};
}

using EndpointSetting = Setting<EndpointConfig>;
constexpr std::array kEndpointSettings{
    EndpointSetting{"name", read_name},
    EndpointSetting{"url", read_url},
    EndpointSetting{"secrets", read_secrets},
    EndpointSetting{"secret_files", read_secret_files},
    EndpointSetting{"ca_file",
                    [](const Node& n, EndpointConfig& e) { return read_path(n, e.ca_file); }},
    EndpointSetting{"networks", read_networks},
    EndpointSetting{"accounts", read_accounts},
    EndpointSetting{"kinds",
                    [](const Node& n, EndpointConfig& e) {
                      return read_words(n, all_types(), e.filter.kinds);
                    }},
    EndpointSetting{"statuses",
                    [](const Node& n, EndpointConfig& e) {
                      return read_words(n, all_statuses(), e.filter.statuses);
                    }},
    EndpointSetting{"alerts", read_alerts},
    EndpointSetting{"from", read_from},
    EndpointSetting{"timeout",
                    [](const Node& n, EndpointConfig& e) { return read_duration(n, e.timeout); }},
    EndpointSetting{
        "concurrency",
        [](const Node& n, EndpointConfig& e) { return read_count(n, 256, e.outbox.concurrency); }},
    EndpointSetting{
        "retry_first",
        [](const Node& n, EndpointConfig& e) { return read_duration(n, e.outbox.backoff.first); }},
    EndpointSetting{
        "retry_max",
        [](const Node& n, EndpointConfig& e) { return read_duration(n, e.outbox.backoff.most); }},
    EndpointSetting{"attempts_max",
                    [](const Node& n, EndpointConfig& e) {
                      return read_count(n, kCountMax, e.outbox.attempts_max);
                    }},
    EndpointSetting{
        "give_up_after",
        [](const Node& n, EndpointConfig& e) { return read_duration(n, e.outbox.give_up_after); }},
    EndpointSetting{"pending_max",
                    [](const Node& n, EndpointConfig& e) {
                      return read_count(n, kCountMax, e.outbox.deliveries_max);
                    }},
    EndpointSetting{"pending_bytes_max",
                    [](const Node& n, EndpointConfig& e) {
                      return read_count(n, kBytesMax, e.outbox.bytes_max);
                    }},
    EndpointSetting{"dead_max",
                    [](const Node& n, EndpointConfig& e) {
                      return read_count(n, kCountMax, e.outbox.dead_max);
                    }},
};

// What is missing says something only where nothing is misspelt.
Problems what_is_missing(const EndpointConfig& endpoint, std::span<const EndpointConfig> others) {
  if (endpoint.name.empty()) return "needs a name";
  if (endpoint.url_text.empty()) return "needs a url";
  if (endpoint.secrets.empty())
    return "needs secrets or secret_files: what isn't signed can be anybody's";
  if (!endpoint.url.tls && endpoint.networks.empty()) {
    return "has a url without TLS: write https://, or name the `networks` where http:// is right";
  }
  if (std::ranges::find(others, endpoint.name, &EndpointConfig::name) != others.end()) {
    return fmt::format(
        "has the name {} of another one: an endpoint's place in the feed goes by its name",
        endpoint.name);
  }
  return {};
}

Problems read_endpoints(const Node& node, RelayConfig& config) {
  const auto* endpoints = node.as_array();
  if (endpoints == nullptr) return "must be written as [[endpoint]]";
  if (endpoints->size() > kEndpointsMax) return fmt::format("are more than {}", kEndpointsMax);
  Problems problems;
  for (const Node& element : *endpoints) {
    const auto* table = element.as_table();
    if (table == nullptr) return "must be written as [[endpoint]]";
    EndpointConfig endpoint;
    Problems of_endpoint =
        read_table(*table, std::span<const EndpointSetting>(kEndpointSettings), endpoint);
    if (!of_endpoint) of_endpoint.add(what_is_missing(endpoint, config.endpoints));
    of_endpoint.locate("endpoint", element.source().begin.line);
    problems.add(std::move(of_endpoint));
    config.endpoints.push_back(std::move(endpoint));
  }
  return problems;
}

// What CloudEvents call a URI reference: of that, that it has no blanks is what matters to a receiver.
Problems read_source(const Node& node, RelayConfig& config) {
  if (Problems problems = read_text(node, config.source)) return problems;
  const bool has_blanks =
      std::ranges::any_of(config.source, [](char byte) { return byte <= ' ' || byte == '\x7f'; });
  if (has_blanks) return "must be a URI, such as /giro or https://bank.example/giro";
  return {};
}

Problems read_score(const Node& node, UnusualPolicy& policy) {
  const auto score = node.value<double>();
  const bool is_score = score && *score >= 1 && *score <= 1'000;  // NaN is none.
  if (!is_score) return "must be a number from 1 to 1000";
  policy.score = *score;
  return {};
}

using UnusualSetting = Setting<UnusualPolicy>;
constexpr std::array kUnusualSettings{
    UnusualSetting{"score", read_score},
    UnusualSetting{"payments_min",
                   [](const Node& n, UnusualPolicy& p) {
                     return read_count(n, History::kAmountsMax, p.payments_min);
                   }},
    UnusualSetting{"hours_min",
                   [](const Node& n, UnusualPolicy& p) {
                     return read_count(n, History::kHoursMax, p.hours_min);
                   }},
};

Problems read_unusual(const Node& node, RelayConfig& config) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table, [unusual]";
  return read_table(*table, std::span<const UnusualSetting>(kUnusualSettings), config.unusual);
}

// One, or several.
Problems read_sockets(const Node& node, RelayConfig& config) {
  const auto add = [&](const std::string& path) -> Problems {
    if (!path.starts_with('/')) return "must be paths that start with /";
    config.sockets.push_back(path);
    return {};
  };
  if (node.is_array() && node.as_array()->empty()) return "must name a socket";
  if (node.is_array()) return read_texts(node, add);
  std::filesystem::path path;
  if (Problems problems = read_path(node, path)) return problems;
  return add(path.string());
}

using RelaySetting = Setting<RelayConfig>;
constexpr std::array kSettings{
    RelaySetting{"socket", read_sockets},
    RelaySetting{"state", [](const Node& n, RelayConfig& c) { return read_path(n, c.state); }},
    RelaySetting{"source", read_source},
    RelaySetting{"log_level", [](const Node& n,
                                 RelayConfig& c) { return settings::read_level(n, c.log_level); }},
    RelaySetting{"unusual", read_unusual},
    RelaySetting{"endpoint", read_endpoints},
};

}  // namespace

std::expected<RelayConfig, std::string> read_relay_config(const std::filesystem::path& file) {
  constexpr std::string_view kCheck = "giro relay check";
  RelayConfig config;
  const auto read =
      settings::read_file(file, std::span<const RelaySetting>(kSettings), config, kCheck);
  if (!read) return std::unexpected(read.error());
  const auto missing = [&](std::string_view what) {
    return std::unexpected(settings::unusable(file, kCheck, what));
  };
  if (config.state.empty())
    return missing(" it has no `state`, the file that the relay keeps its place in.");
  if (config.endpoints.empty())
    return missing(" it has no [[endpoint]], so there is nobody to post to.");
  return config;
}

}  // namespace giro::relay
