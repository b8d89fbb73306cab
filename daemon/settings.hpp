// A service's settings in TOML: a table of names, each with what reads its value.
//
//   constexpr std::array kSettings{Setting<Config>{"socket", [](const Node& n, Config& c) {
//                                    return read_path(n, c.socket); }}};
//   auto read = read_file(path, std::span<const Setting<Config>>(kSettings), config, "girod --check-config");
//
// What always holds: a setting that isn't known is an error that names its line, and so is a value of
// the wrong type. All of a file's errors are told at once. Thread: any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace giro::settings {

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
  void locate(std::string_view name, std::uint32_t line);
  // One a line, in the order of the file.
  [[nodiscard]] std::string text();

 private:
  std::vector<Wrong> found_;
};

template <class Target>
struct Setting {
  std::string_view name;
  Problems (*read)(const Node& node, Target& target);
};

// "; did you mean limits?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string_view> known);

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

[[nodiscard]] Problems read_text(const Node& node, std::string& out);
[[nodiscard]] Problems read_path(const Node& node, std::filesystem::path& out);
[[nodiscard]] Problems read_count(const Node& node, std::int64_t max, std::size_t& out);
[[nodiscard]] Problems read_level(const Node& node, std::string& out);

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

// The file's table, or the reason why there is none, which `check` helps to mend: the command that
// looks at a file and does nothing else.
[[nodiscard]] std::expected<toml::table, std::string> parse_file(const std::filesystem::path& file,
                                                                 std::string_view check);
[[nodiscard]] std::string unusable(const std::filesystem::path& file, std::string_view check,
                                   std::string_view what);

// Reads a file over `target`. Errors: the file, then a line for each problem with its place, then
// what to do.
template <class Target>
std::expected<void, std::string> read_file(const std::filesystem::path& file,
                                           std::span<const Setting<Target>> settings,
                                           Target& target, std::string_view check) {
  const auto table = parse_file(file, check);
  if (!table) return std::unexpected(table.error());
  if (Problems problems = read_table(*table, settings, target)) {
    return std::unexpected(unusable(file, check, problems.text()));
  }
  return {};
}

}  // namespace giro::settings
