#include "daemon/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <toml++/toml.h>

#include "daemon/log.hpp"

namespace giro {
namespace {

// What is wrong with a setting, and where; the line is set by the innermost table around it.
struct Wrong {
  Wrong(std::string text) : what(std::move(text)) {}
  Wrong(const char* text) : what(text) {}

  std::string what;
  std::uint32_t line = 0;
};
using Problem = std::optional<Wrong>;
using Node = toml::node;

template <class Target>
struct Setting {
  std::string_view name;
  Problem (*read)(const Node& node, Target& target);
};

template <class Target>
Problem read_table(const toml::table& table, std::span<const Setting<Target>> settings,
                   Target& target) {
  for (const auto& [key, node] : table) {
    const auto* found = std::ranges::find(settings, key.str(), &Setting<Target>::name).base();
    if (found == settings.data() + settings.size()) {
      Wrong wrong(fmt::format("{} isn't a setting here", key.str()));
      wrong.line = key.source().begin.line;
      return wrong;
    }
    if (Problem problem = found->read(node, target)) {
      if (problem->line != 0) return problem;
      problem->what = fmt::format("{} {}", key.str(), problem->what);
      problem->line = node.source().begin.line;
      return problem;
    }
  }
  return std::nullopt;
}

Problem read_text(const Node& node, std::string& out) {
  const auto* text = node.as_string();
  if (text == nullptr || text->get().empty()) return "must be a text";
  out = text->get();
  return std::nullopt;
}

Problem read_path(const Node& node, std::filesystem::path& out) {
  std::string text;
  if (Problem problem = read_text(node, text)) return problem;
  out = text;
  if (!out.is_absolute()) return "must be a path that starts with /";
  return std::nullopt;
}

Problem read_count(const Node& node, std::int64_t max, std::size_t& out) {
  const auto* number = node.as_integer();
  if (number == nullptr || number->get() < 1 || number->get() > max) {
    return fmt::format("must be a number from 1 to {}", max);
  }
  out = static_cast<std::size_t>(number->get());
  return std::nullopt;
}

// As text, because TOML would read 0660 as an error and 660 as decimal.
Problem read_mode(const Node& node, mode_t& out) {
  std::string text;
  if (Problem problem = read_text(node, text)) return problem;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out, 8);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || out > 0777) {
    return "must be a mode in octal, such as \"0660\"";
  }
  return std::nullopt;
}

Problem read_level(const Node& node, std::string& out) {
  if (Problem problem = read_text(node, out)) return problem;
  if (!is_log_level(out)) return "must be trace, debug, info, warning, error, critical or off";
  return std::nullopt;
}

template <class Each>
Problem read_texts(const Node& node, Each each) {
  const auto* array = node.as_array();
  if (array == nullptr) return "must be an array of texts";
  for (const Node& element : *array) {
    std::string text;
    if (Problem problem = read_text(element, text)) return problem;
    if (Problem problem = each(text)) return problem;
  }
  return std::nullopt;
}

// Names, or numbers for users that this machine has no name for.
Problem read_users(const Node& node, Rule& rule) {
  if (const auto* array = node.as_array();
      array != nullptr && array->is_homogeneous<std::int64_t>()) {
    for (const Node& element : *array) {
      const std::int64_t uid = element.as_integer()->get();
      if (!std::in_range<uid_t>(uid)) return "must be names or numbers of users";
      rule.users.push_back(static_cast<uid_t>(uid));
    }
    return std::nullopt;
  }
  return read_texts(node, [&rule](const std::string& name) -> Problem {
    const passwd* user = ::getpwnam(name.c_str());
    if (user == nullptr) return fmt::format("names {}, and there is no such user", name);
    rule.users.push_back(user->pw_uid);
    return std::nullopt;
  });
}

Problem read_groups(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& name) -> Problem {
    const auto group = find_group(name);
    if (!group) return fmt::format("names {}, and there is no such group", name);
    rule.groups.push_back(*group);
    return std::nullopt;
  });
}

Problem read_methods(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& pattern) -> Problem {
    const MethodSet methods = methods_matching(pattern);
    if (methods == 0) return fmt::format("names {}, and there is no such method", pattern);
    rule.methods |= methods;
    return std::nullopt;
  });
}

Problem read_debit(const Node& node, Rule& rule) {
  return read_texts(node, [&rule](const std::string& prefix) -> Problem {
    if (!is_account_id(prefix)) return "must be beginnings of account ids";
    rule.debit.push_back(prefix);
    return std::nullopt;
  });
}

// By currency, because 1,000 minor units are 10 EUR and 1,000 JPY.
Problem read_max_amount(const Node& node, Rule& rule) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table of minor units by currency, { EUR = 100000 }";
  for (const auto& [currency, value] : *table) {
    if (!is_currency_code(currency.str())) {
      return fmt::format("names {}, which is no currency code", currency.str());
    }
    std::size_t amount = 0;
    if (Problem problem = read_count(value, kAmountMax, amount)) return problem;
    rule.max_amount.emplace_back(CurrencyCode(currency.str()), static_cast<Amount>(amount));
  }
  return std::nullopt;
}

constexpr std::array kRuleSettings{
    Setting<Rule>{"users", read_users},           Setting<Rule>{"groups", read_groups},
    Setting<Rule>{"methods", read_methods},       Setting<Rule>{"debit", read_debit},
    Setting<Rule>{"max_amount", read_max_amount},
};

Problem read_rules(const Node& node, Config& config) {
  const auto* rules = node.as_array();
  if (rules == nullptr) return "must be written as [[rule]]";
  config.rules.clear();
  for (const Node& element : *rules) {
    const auto* table = element.as_table();
    if (table == nullptr) return "must be written as [[rule]]";
    Rule& rule = config.rules.emplace_back();
    if (Problem problem = read_table(*table, std::span<const Setting<Rule>>(kRuleSettings), rule)) {
      return problem;
    }
    if (rule.users.empty() && rule.groups.empty()) return "must name users or groups";
    if (rule.methods == 0) return "must name methods";
  }
  return std::nullopt;
}

constexpr std::int64_t kCountMax = 100'000'000;
constexpr std::array kLimitSettings{
    Setting<Limits>{
        "queue_items",
        [](const Node& n, Limits& l) { return read_count(n, kCountMax, l.queue.items_max); }},
    Setting<Limits>{"queue_bytes",
                    [](const Node& n, Limits& l) {
                      return read_count(n, std::int64_t{1} << 40, l.queue.bytes_max);
                    }},
    Setting<Limits>{
        "connections",
        [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.connections); }},
    Setting<Limits>{"window",
                    [](const Node& n, Limits& l) { return read_count(n, 1'000'000, l.window); }},
};

Problem read_limits(const Node& node, Config& config) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table, [limits]";
  return read_table(*table, std::span<const Setting<Limits>>(kLimitSettings), config.limits);
}

Problem read_group_name(const Node& node, Config& config) {
  if (Problem problem = read_text(node, config.socket_group)) return problem;
  if (find_group(config.socket_group)) return std::nullopt;
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
    Setting<Config>{"limits", read_limits},
    Setting<Config>{"rule", read_rules},
};

}  // namespace

std::optional<gid_t> find_group(const std::string& name) {
  const group* found = ::getgrnam(name.c_str());
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

std::expected<void, std::string> read_config(const std::filesystem::path& file, Config& config) {
  const auto wrong = [&file](std::string_view what) {
    return std::unexpected(
        fmt::format("the configuration {} can't be used: {}. Mend it and check it with girod "
                    "--check-config",
                    file.string(), what));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return wrong("there is no such file");
  try {
    const toml::table table = toml::parse_file(file.string());
    if (Problem problem = read_table(table, std::span<const Setting<Config>>(kSettings), config)) {
      return wrong(fmt::format("line {}: {}", problem->line, problem->what));
    }
    return {};
  } catch (const toml::parse_error& parse_error) {
    return wrong(
        fmt::format("line {}: {}", parse_error.source().begin.line, parse_error.description()));
  }
}

std::string format_config(const Config& config) {
  return fmt::format(
      "data = \"{}\"\nsocket = \"{}\"\nsocket_mode = \"{:04o}\"\nsocket_group = \"{}\"\n"
      "log_level = \"{}\"\n\n[limits]\nqueue_items = {}\nqueue_bytes = {}\nconnections = {}\n"
      "window = {}\n\n# {}\n",
      config.data.string(), config.socket.string(), config.socket_mode, config.socket_group,
      config.log_level, config.limits.queue.items_max, config.limits.queue.bytes_max,
      config.limits.connections, config.limits.window,
      config.rules.empty()
          ? "no rules: root and the daemon's user do everything, the socket's group "
            "all but accounts.open and ledger.verify"
          : fmt::format("{} rules", config.rules.size()));
}

}  // namespace giro
