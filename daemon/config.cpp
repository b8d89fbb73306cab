#include "daemon/config.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <map>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <toml++/toml.h>

#include "daemon/byte_size.hpp"
#include "daemon/log.hpp"
#include "protocol/nearest_name.hpp"
#include "protocol/whole_number.hpp"

namespace giro {
namespace {

using Node = toml::node;

// What is wrong with a setting, and where: the innermost table around it fills in its name and line.
struct Wrong {
  std::string what;
  std::uint32_t line = 0;
};

// All that is wrong with a part of the file: an operator mends it in one go. Empty: nothing is.
class Problems {
 public:
  Problems() = default;
  Problems(std::string what) { found_.push_back({.what = std::move(what)}); }
  Problems(const char* what) : Problems(std::string(what)) {}

  explicit operator bool() const { return !found_.empty(); }
  void add(Wrong wrong) { found_.push_back(std::move(wrong)); }
  void add(Problems problems) { std::ranges::move(problems.found_, std::back_inserter(found_)); }
  // Of the setting that was read.
  void locate(std::string_view name, std::uint32_t line) {
    for (Wrong& wrong : found_) {
      if (wrong.line == 0) wrong = {.what = fmt::format("{} {}", name, wrong.what), .line = line};
    }
  }
  // One a line, in the order of the file.
  [[nodiscard]] std::string text() {
    std::ranges::stable_sort(found_, {}, &Wrong::line);
    std::string lines;
    for (const Wrong& wrong : found_) {
      lines += fmt::format("\n  line {}: {}", wrong.line, wrong.what);
    }
    return lines;
  }

 private:
  std::vector<Wrong> found_;
};

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? fmt::format("; did you mean {}?", *nearest) : "";
}

template <class Target>
struct Setting {
  std::string_view name;
  Problems (*read)(const Node& node, Target& target);
};

template <class Target>
Problems read_table(const toml::table& table, std::span<const Setting<Target>> settings,
                    Target& target) {
  Problems problems;
  for (const auto& [key, node] : table) {
    const auto* found = std::ranges::find(settings, key.str(), &Setting<Target>::name).base();
    if (found == settings.data() + settings.size()) {
      std::vector<std::string_view> names;
      std::ranges::transform(settings, std::back_inserter(names), &Setting<Target>::name);
      problems.add(Wrong{.what = fmt::format("{} isn't a setting here{}", key.str(),
                                             did_you_mean(key.str(), names)),
                         .line = key.source().begin.line});
      continue;
    }
    Problems of_setting = found->read(node, target);
    of_setting.locate(key.str(), node.source().begin.line);
    problems.add(std::move(of_setting));
  }
  return problems;
}

Problems read_text(const Node& node, std::string& out) {
  const auto* text = node.as_string();
  if (text == nullptr || text->get().empty()) return "must be a text";
  out = text->get();
  return {};
}

Problems read_path(const Node& node, std::filesystem::path& out) {
  std::string text;
  if (Problems problems = read_text(node, text)) return problems;
  out = text;
  if (!out.is_absolute()) return "must be a path that starts with /";
  return {};
}

Problems read_count(const Node& node, std::int64_t max, std::size_t& out) {
  const auto* number = node.as_integer();
  if (number == nullptr || number->get() < 1 || number->get() > max) {
    return fmt::format("must be a number from 1 to {}", max);
  }
  out = static_cast<std::size_t>(number->get());
  return {};
}

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

Problems read_level(const Node& node, std::string& out) {
  if (Problems problems = read_text(node, out)) return problems;
  if (!is_log_level(out)) return "must be trace, debug, info, warning, error, critical or off";
  return {};
}

template <class Each>
Problems read_texts(const Node& node, Each each) {
  const auto* array = node.as_array();
  if (array == nullptr) return "must be an array of texts";
  Problems problems;
  for (const Node& element : *array) {
    std::string text;
    Problems of_element = read_text(element, text);
    problems.add(of_element ? std::move(of_element) : each(text));
  }
  return problems;
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
  const auto wrong = [&file](std::string_view what) {
    return std::unexpected(
        fmt::format("the configuration {} can't be used:{}\nMend it and check it with girod "
                    "--check-config",
                    file.string(), what));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return wrong(" there is no such file.");
  try {
    const toml::table table = toml::parse_file(file.string());
    if (Problems problems =
            read_table(table, std::span<const Setting<Config>>(kSettings), config)) {
      return wrong(problems.text());
    }
    note_origins(table, file.string(), {}, config.origins);
    return {};
  } catch (const toml::parse_error& parse_error) {
    return wrong(
        fmt::format("\n  line {}: {}", parse_error.source().begin.line, parse_error.description()));
  }
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
  compare("limits.queue_items", running.limits.queue.items_max, wanted.limits.queue.items_max);
  compare("limits.queue_bytes", running.limits.queue.bytes_max, wanted.limits.queue.bytes_max);
  compare("limits.questions", running.limits.questions, wanted.limits.questions);
  compare("limits.audits", running.limits.audits, wanted.limits.audits);
  return waiting;
}

std::string format_config(const Config& config) {
  std::string text = fmt::format(
      "data = \"{}\"\nsocket = \"{}\"\nsocket_mode = \"{:04o}\"\nsocket_group = \"{}\"\n"
      "log_level = \"{}\"\n",
      config.data.string(), config.socket.string(), config.socket_mode, config.socket_group,
      config.log_level);
  if (const HttpConfig& http = config.http; http != HttpConfig{}) {
    text += "\n[http]\n";
    if (http.listen) text += fmt::format("listen = \"{}\"\n", text_of(*http.listen));
    if (!http.token_file.empty())
      text += fmt::format("token_file = \"{}\"\n", http.token_file.string());
    if (http.user) text += fmt::format("user = {}\n", *http.user);
  }
  const Limits& limits = config.limits;
  text += fmt::format(
      "\n[limits]\nqueue_items = {}\nqueue_bytes = {}\nconnections = {}\n"
      "window = {}\nquestions = {}\naudits = {}\nunfinished_bytes = {}\nline_seconds = {}\n"
      "reply_bytes = {}\n",
      limits.queue.items_max, limits.queue.bytes_max, limits.connections, limits.window,
      limits.questions, limits.audits, limits.unfinished_bytes, limits.line_seconds,
      limits.reply_bytes);
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
