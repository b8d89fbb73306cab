#include "daemon/config.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include "daemon/byte_size.hpp"
#include "daemon/settings.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/whole_number.hpp"

namespace giro {
namespace {

using settings::did_you_mean;
using settings::Node;
using settings::Problems;
using settings::read_count;
using settings::read_level;
using settings::read_path;
using settings::read_table;
using settings::read_text;
using settings::read_texts;
using settings::Setting;

// A number of bytes, or a size such as "64 MiB".
Problems read_bytes(const Node& node, std::size_t& out) {
  constexpr std::int64_t kMax = std::int64_t{1} << 40;
  const auto* text = node.as_string();
  const auto size = text == nullptr ? node.value<std::int64_t>() : parse_byte_size(text->get());
  if ((text == nullptr && !node.is_integer()) || !size || *size < 1 || *size > kMax) {
    return R"(must be a size such as "64 MiB", or a number of bytes, of at most 1 TiB)";
  }
  out = static_cast<std::size_t>(*size);
  return {};
}

// As text, because TOML would read 0660 as an error and 660 as decimal.
Problems read_mode(const Node& node, mode_t& out) {
  std::string text;
  if (Problems problems = read_text(node, text)) return problems;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out, 8);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || out > 0777) {
    return "must be a mode in octal, such as \"0660\"";
  }
  return {};
}

// Names, or numbers for what this machine has no name for. `find(name)`: the number of a name.
template <class Id, class Find>
Problems read_ids(const Node& node, std::string_view kind, std::vector<Id>& ids, Find find) {
  if (const auto* array = node.as_array();
      array != nullptr && array->is_homogeneous<std::int64_t>()) {
    for (const Node& element : *array) {
      const std::int64_t id = element.as_integer()->get();
      if (!std::in_range<Id>(id)) return fmt::format("must be names or numbers of {}s", kind);
      ids.push_back(static_cast<Id>(id));
    }
    return {};
  }
  return read_texts(node, [&](const std::string& name) -> Problems {
    const std::optional<Id> id = find(name);
    if (!id) return fmt::format("names {}, and there is no such {}", name, kind);
    ids.push_back(*id);
    return {};
  });
}

std::optional<uid_t> find_user(const std::string& name) {
  const passwd* user = ::getpwnam(name.c_str());
  if (user == nullptr) return {};
  return user->pw_uid;
}

Problems read_users(const Node& node, Rule& rule) {
  return read_ids(node, "user", rule.users, find_user);
}

Problems read_groups(const Node& node, Rule& rule) {
  return read_ids(node, "group", rule.groups, find_group);
}

Problems read_methods(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& pattern) -> Problems {
    const MethodSet methods = methods_matching(pattern);
    if (methods == 0) {
      return fmt::format("names {}, and there is no such method{}", pattern,
                         did_you_mean(pattern, method_names()));
    }
    rule.methods |= methods;
    return {};
  });
}

Problems read_debit(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& prefix) -> Problems {
    if (!is_account_id(prefix)) return "must be beginnings of account ids";
    rule.debit.push_back(prefix);
    return {};
  });
}

// A key has no parts, so that the prefix must end one by itself: shop-1 would be the beginning of
// another shop's shop-10, too.
Problems read_keys(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& prefix) -> Problems {
    if (!is_payment_key(prefix)) return "must be beginnings of payments' keys";
    if (std::ispunct(static_cast<unsigned char>(prefix.back())) == 0) {
      return fmt::format("has {}, which doesn't end with a mark: write {}- or {}:", prefix, prefix,
                         prefix);
    }
    rule.keys.push_back(prefix);
    return {};
  });
}

// By currency, because 1,000 minor units are 10 EUR and 1,000 JPY.
Problems read_max_amount(const Node& node, Rule& rule) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table of minor units by currency, { EUR = 100000 }";
  Problems problems;
  for (const auto& [currency, value] : *table) {
    std::size_t amount = 0;
    if (!is_currency_code(currency.str())) {
      problems.add(fmt::format("names {}, which is no currency code", currency.str()));
      continue;
    }
    if (Problems of_amount = read_count(value, kAmountMax, amount)) {
      problems.add(std::move(of_amount));
      continue;
    }
    rule.max_amount.emplace_back(CurrencyCode(currency.str()), static_cast<Amount>(amount));
  }
  return problems;
}

constexpr std::array kRuleSettings{
    Setting<Rule>{"users", read_users},           Setting<Rule>{"groups", read_groups},
    Setting<Rule>{"methods", read_methods},       Setting<Rule>{"debit", read_debit},
    Setting<Rule>{"max_amount", read_max_amount}, Setting<Rule>{"keys", read_keys},
};

Problems read_rules(const Node& node, Config& config) {
  const auto* rules = node.as_array();
  if (rules == nullptr) return "must be written as [[rule]]";
  config.rules.clear();
  Problems problems;
  for (const Node& element : *rules) {
    const auto* table = element.as_table();
    if (table == nullptr) return "must be written as [[rule]]";
    Rule& rule = config.rules.emplace_back();
    Problems of_rule = read_table(*table, std::span<const Setting<Rule>>(kRuleSettings), rule);
    // What is missing says something only where nothing is misspelt.
    if (!of_rule && rule.users.empty() && rule.groups.empty()) {
      of_rule.add(Problems("must name users or groups"));
    }
    if (!of_rule && rule.methods == 0) of_rule.add(Problems("must name methods"));
    of_rule.locate("rule", element.source().begin.line);
    problems.add(std::move(of_rule));
  }
  return problems;
}

// "127.0.0.1:8480", "[::1]:8480", "localhost:8480".
Problems read_loopback(const Node& node, HttpConfig& http) {
  constexpr const char* kMust =
      "must be an address of this machine alone and a port, such as \"127.0.0.1:8480\" or "
      "\"[::1]:8480\"";
  std::string text;
  if (Problems problems = read_text(node, text)) return problems;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return kMust;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  const auto port = protocol::whole_number<std::uint16_t>(text.substr(colon + 1));
  if (error || !port || !address.is_loopback()) return kMust;
  http.listen.emplace(address, *port);
  return {};
}

Problems read_http_user(const Node& node, HttpConfig& http) {
  const auto* number = node.as_integer();
  if (number != nullptr && std::in_range<uid_t>(number->get())) {
    http.user = static_cast<uid_t>(number->get());
    return {};
  }
  std::string name;
  if (Problems problems = read_text(node, name)) return problems;
  http.user = find_user(name);
  if (!http.user) return fmt::format("names {}, and there is no such user", name);
  return {};
}

constexpr std::array kHttpSettings{
    Setting<HttpConfig>{"listen", read_loopback},
    Setting<HttpConfig>{"token_file",
                        [](const Node& n, HttpConfig& h) { return read_path(n, h.token_file); }},
    Setting<HttpConfig>{"user", read_http_user},
};

Problems read_http(const Node& node, Config& config) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table, [http]";
  return read_table(*table, std::span<const Setting<HttpConfig>>(kHttpSettings), config.http);
}

constexpr std::int64_t kCountMax = 100'000'000;
constexpr std::array kLimitSettings{
    Setting<Limits>{
        "queue_items",
        [](const Node& n, Limits& l) { return read_count(n, kCountMax, l.queue.items_max); }},
    Setting<Limits>{"queue_bytes",
                    [](const Node& n, Limits& l) { return read_bytes(n, l.queue.bytes_max); }},
    Setting<Limits>{
        "connections",
        [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.connections); }},
    Setting<Limits>{"window",
                    [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.window); }},
    Setting<Limits>{"questions",
                    [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.questions); }},
    Setting<Limits>{"audits",
                    [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.audits); }},
    Setting<Limits>{"scrub_hours",
                    [](const Node& n, Limits& l) { return read_count(n, 8'784, l.scrub_hours); }},
    Setting<Limits>{"scrub_bytes",
                    [](const Node& n, Limits& l) { return read_bytes(n, l.scrub_bytes); }},
    Setting<Limits>{"unfinished_bytes",
                    [](const Node& n, Limits& l) { return read_bytes(n, l.unfinished_bytes); }},
    Setting<Limits>{"line_seconds",
                    [](const Node& n, Limits& l) { return read_count(n, 86'400, l.line_seconds); }},
    Setting<Limits>{"reply_bytes",
                    [](const Node& n, Limits& l) { return read_bytes(n, l.reply_bytes); }},
};

Problems read_limits(const Node& node, Config& config) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table, [limits]";
  return read_table(*table, std::span<const Setting<Limits>>(kLimitSettings), config.limits);
}

Problems read_group_name(const Node& node, Config& config) {
  if (Problems problems = read_text(node, config.socket_group)) return problems;
  if (find_group(config.socket_group)) return {};
  return fmt::format("names {}, and there is no such group", config.socket_group);
}

constexpr std::array kSettings{
    Setting<Config>{"data", [](const Node& n, Config& c) { return read_path(n, c.data); }},
    Setting<Config>{"socket", [](const Node& n, Config& c) { return read_path(n, c.socket); }},
    Setting<Config>{"socket_mode",
                    [](const Node& n, Config& c) { return read_mode(n, c.socket_mode); }},
    Setting<Config>{"socket_group", read_group_name},
    Setting<Config>{"log_level",
                    [](const Node& n, Config& c) { return read_level(n, c.log_level); }},
    Setting<Config>{"http", read_http},
    Setting<Config>{"cluster", [](const Node& n, Config& c) { return read_cluster(n, c.cluster); }},
    Setting<Config>{"limits", read_limits},
    Setting<Config>{"rule", read_rules},
};

// Where each setting of the file stands: "limits.window" in "/etc/giro/girod.toml:7".
void note_origins(const toml::table& table, const std::string& file, const std::string& before,
                  std::map<std::string, std::string>& origins) {
  for (const auto& [key, node] : table) {
    const std::string name = before + std::string(key.str());
    if (const auto* below = node.as_table()) {
      note_origins(*below, file, name + ".", origins);
    } else {
      origins[name] = fmt::format("{}:{}", file, key.source().begin.line);
    }
  }
}

// As TOML has it, whose escapes JSON shares.
std::string quoted(const std::string& text) {
  std::string out;
  protocol::JsonWriter(out).value(text);
  return out;
}

}  // namespace

std::string text_of(const boost::asio::ip::tcp::endpoint& at) {
  const std::string address = at.address().to_string();
  const bool brackets = at.address().is_v6();
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", address, brackets ? "]" : "", at.port());
}

std::optional<gid_t> find_group(const std::string& name) {
  const group* found = ::getgrnam(name.c_str());
  if (found == nullptr) return {};
  return found->gr_gid;
}

std::expected<void, std::string> read_config(const std::filesystem::path& file, Config& config) {
  constexpr std::string_view kCheck = "girod --check-config";
  const auto table = settings::parse_file(file, kCheck);
  if (!table) return std::unexpected(table.error());
  if (Problems problems = read_table(*table, std::span<const Setting<Config>>(kSettings), config)) {
    return std::unexpected(settings::unusable(file, kCheck, problems.text()));
  }
  note_origins(*table, file.string(), {}, config.origins);
  return {};
}

std::vector<std::string_view> waiting_for_restart(const Config& running, const Config& wanted) {
  std::vector<std::string_view> waiting;
  const auto compare = [&waiting](std::string_view name, const auto& before, const auto& after) {
    if (before != after) waiting.push_back(name);
  };
  compare("data", running.data, wanted.data);
  compare("socket", running.socket, wanted.socket);
  compare("socket_mode", running.socket_mode, wanted.socket_mode);
  compare("socket_group", running.socket_group, wanted.socket_group);
  compare("http.listen", running.http.listen, wanted.http.listen);
  compare("http.token_file", running.http.token_file, wanted.http.token_file);
  compare("http.user", running.http.user, wanted.http.user);
  compare("cluster.name", running.cluster.name, wanted.cluster.name);
  compare("cluster.node", running.cluster.node, wanted.cluster.node);
  compare("cluster.etcd", running.cluster.etcd, wanted.cluster.etcd);
  compare("limits.queue_items", running.limits.queue.items_max, wanted.limits.queue.items_max);
  compare("limits.queue_bytes", running.limits.queue.bytes_max, wanted.limits.queue.bytes_max);
  compare("limits.questions", running.limits.questions, wanted.limits.questions);
  compare("limits.audits", running.limits.audits, wanted.limits.audits);
  compare("limits.scrub_hours", running.limits.scrub_hours, wanted.limits.scrub_hours);
  compare("limits.scrub_bytes", running.limits.scrub_bytes, wanted.limits.scrub_bytes);
  return waiting;
}

std::string format_config(const Config& config) {
  std::string text = fmt::format("data = {}\nsocket = {}\nsocket_mode = \"{:04o}\"\n",
                                 quoted(config.data), quoted(config.socket), config.socket_mode);
  if (!config.socket_group.empty()) text += "socket_group = " + quoted(config.socket_group) + "\n";
  text += "log_level = " + quoted(config.log_level) + "\n";
  if (const HttpConfig& http = config.http; http != HttpConfig{}) {
    text += "\n[http]\n";
    if (http.listen) text += fmt::format("listen = \"{}\"\n", text_of(*http.listen));
    if (!http.token_file.empty()) text += "token_file = " + quoted(http.token_file) + "\n";
    if (http.user) text += fmt::format("user = {}\n", *http.user);
  }
  text += format_cluster(config.cluster);
  const Limits& limits = config.limits;
  text += fmt::format(
      "\n[limits]\nqueue_items = {}\nqueue_bytes = {}\nconnections = {}\n"
      "window = {}\nquestions = {}\naudits = {}\nscrub_hours = {}\nscrub_bytes = "
      "{}\nunfinished_bytes = {}\nline_seconds = {}\n"
      "reply_bytes = {}\n",
      limits.queue.items_max, limits.queue.bytes_max, limits.connections, limits.window,
      limits.questions, limits.audits, limits.scrub_hours, limits.scrub_bytes,
      limits.unfinished_bytes, limits.line_seconds, limits.reply_bytes);
  if (!config.rules.empty()) return text + fmt::format("\n# {} rules\n", config.rules.size());
  std::vector<std::string_view> operators;
  for (const Method& method : all_methods()) {
    if (method.operators_only) operators.push_back(method.name);
  }
  return text + fmt::format(
                    "\n# no rules: root and the daemon's user do everything, the socket's group "
                    "all but {}\n",
                    fmt::join(operators, ", "));
}

}  // namespace giro
