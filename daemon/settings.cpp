#include "daemon/settings.hpp"

#include "daemon/log.hpp"
#include "protocol/nearest_name.hpp"

namespace giro::settings {

void Problems::locate(std::string_view name, std::uint32_t line) {
  for (Wrong& wrong : found_) {
    if (wrong.line == 0) wrong = {.what = fmt::format("{} {}", name, wrong.what), .line = line};
  }
}

std::string Problems::text() {
  std::ranges::stable_sort(found_, {}, &Wrong::line);
  std::string lines;
  for (const Wrong& wrong : found_) {
    lines += fmt::format("\n  line {}: {}", wrong.line, wrong.what);
  }
  return lines;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? fmt::format("; did you mean {}?", *nearest) : "";
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

Problems read_level(const Node& node, std::string& out) {
  if (Problems problems = read_text(node, out)) return problems;
  if (!is_log_level(out)) return "must be trace, debug, info, warning, error, critical or off";
  return {};
}

std::string unusable(const std::filesystem::path& file, std::string_view check,
                     std::string_view what) {
  return fmt::format("the configuration {} can't be used:{}\nMend it and check it with {}",
                     file.string(), what, check);
}

std::expected<toml::table, std::string> parse_file(const std::filesystem::path& file,
                                                   std::string_view check) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return std::unexpected(unusable(file, check, " there is no such file."));
  }
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& parse_error) {
    return std::unexpected(unusable(file, check,
                                    fmt::format("\n  line {}: {}", parse_error.source().begin.line,
                                                parse_error.description())));
  }
}

}  // namespace giro::settings
