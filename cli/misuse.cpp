#include "cli/misuse.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/help.hpp"
#include "protocol/nearest_name.hpp"

namespace giro::cli {
namespace {

// --- what may have been meant ---

// Below three letters everything is near to everything.
std::optional<std::string> meant(const std::string& name, const std::vector<std::string>& known) {
  const auto begins_so = [&](const std::string& candidate) { return candidate.starts_with(name); };
  if (name.size() >= 3 && std::ranges::count_if(known, begins_so) == 1) {
    return *std::ranges::find_if(known, begins_so);
  }
  if (name.find_first_not_of('-') == std::string::npos ||
      name.size() - name.find_first_not_of('-') < 3) {
    return std::nullopt;
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto nearest = nearest_name(name, names);
  return nearest ? std::optional(std::string(*nearest)) : std::nullopt;
}

std::string did_you_mean(const std::optional<std::string>& name) {
  return name ? fmt::format("; did you mean `{}`?", *name) : "";
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  return names;
}

// --- what is wrong ---

struct Wrong {
  std::string what;
  std::string field;  // The option or the argument; empty: neither.
};

// A rule of the library's messages: what it matches, and what is said in its place. $1 is the option.
struct Rephrased {
  const char* pattern;
  const char* words;
};

// The library's are pinned by a test that misuses every option of every command.
constexpr auto kRephrased = std::to_array<Rephrased>({
    {R"((\S+) is required)", "$1 is missing"},
    {R"((\S+): At Most \d+ required but received \d+)", "$1 is given more than once"},
    {R"((\S+): At least \d+ required but received \d+)", "$1 needs a value"},
    {R"((\S+): \d+ required .* missing)", "$1 needs a value"},
    {R"((\S+) excludes (\S+))", "$1 and $2 don't go together"},
    {R"((\S+) requires (\S+))", "$1 goes with $2 only"},
    {R"((\S+): Value ([\s\S]*) not in range (\S+) to (\S+))",
     "$1: `$2` isn't a number from $3 to $4"},
    {R"((\S+): (?:File|Path) does not exist: ([\s\S]*))", "$1: there is no file `$2`"},
    {R"((\S+): Directory does not exist: ([\s\S]*))", "$1: there is no folder `$2`"},
    {R"((\S+): File is actually a directory: ([\s\S]*))", "$1: `$2` is a folder"},
    {R"((\S+): Directory is actually a file: ([\s\S]*))", "$1: `$2` is a file"},
    {R"((\S+): too many inputs for a flag)", "$1 takes no value"},
    {R"((\S+): Should be true/false or a number)", "$1 takes no value"},
    {R"(The value [\s\S]* is not an allowed value for (\S+))", "$1 takes no value"},
    {R"((\S+) was given a disallowed flag override)", "$1 takes no value"},
});

// "0.000100" as "0.0001".
std::string without_idle_zeros(const std::string& text) {
  static const std::regex kIdle(R"((\d+)\.(?:0+|(\d*[1-9])0+)(?!\d))");
  std::string out = std::regex_replace(text, kIdle, "$1.$2");
  return std::regex_replace(out, std::regex(R"((\d)\.(?!\d))"), "$1");
}

// "a wrong value": what kind the option takes is known by its type.
std::optional<Wrong> wrong_kind(const CLI::App& command, const std::string& message) {
  static const std::regex kPattern(R"(Could not convert: (\S+) = ([\s\S]*))");
  std::smatch match;
  if (!std::regex_match(message, match, kPattern)) return std::nullopt;
  const CLI::Option* option = command.get_option_no_throw(match[1]);
  const std::string type = option == nullptr ? "" : option->get_type_name();
  const char* kind = type.find("FLOAT") != std::string::npos  ? "a number"
                     : type.find("UINT") != std::string::npos ? "a whole number from 0 on"
                                                              : "a whole number";
  return Wrong{fmt::format("{}: `{}` isn't {}", match[1].str(), match[2].str(), kind), match[1]};
}

// One of several words was wanted: "--by: xx not in {at,effective-date}", and the longer form of a map.
std::optional<Wrong> wrong_word(const std::string& message) {
  static const std::regex kPattern(
      R"((\S+): (?:Check )?([\s\S]*?) (?:value )?(?:not )?in \{([^}]*)\}[\s\S]*)");
  std::smatch match;
  if (!std::regex_match(message, match, kPattern)) return std::nullopt;
  std::vector<std::string> words;
  std::string listed;
  for (std::string_view rest = std::string_view(message).substr(
           static_cast<std::size_t>(match.position(3)), static_cast<std::size_t>(match.length(3)));
       !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(','));
    words.emplace_back(word.substr(0, word.find("->")));
    listed += (listed.empty() ? "" : ", ") + words.back();
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  const std::string value = match[2];
  return Wrong{fmt::format("{}: `{}` isn't one of {}{}", match[1].str(), value, listed,
                           did_you_mean(meant(value, words))),
               match[1]};
}

// Words that belong nowhere. An option that is misspelt is the cause of what is missing, not the other way round.
std::optional<Wrong> extra_word(const CLI::App& command) {
  const std::vector<std::string> extra = command.remaining();
  for (const std::string& word : extra) {
    if (!word.starts_with('-') || word == "-" || word == "--") continue;
    const std::string name = word.substr(0, word.find('='));
    return Wrong{fmt::format("unknown option `{}`{}", name,
                             did_you_mean(meant(name, option_names(command)))),
                 name};
  }
  if (extra.empty()) return std::nullopt;
  if (!command_names(command).empty()) {
    return Wrong{unknown_command(command, extra.front()).what, ""};
  }
  return Wrong{fmt::format("`{}` is one argument too many", extra.front()), ""};
}

// Without the middle of a value that nobody would read, which regular expressions have no room for.
std::string shortened(std::string message) {
  constexpr std::size_t kLongest = 1'000;
  constexpr std::size_t kKept = 300;
  if (message.size() <= kLongest) return message;
  return message.replace(kKept, message.size() - 2 * kKept, "…");
}

Wrong wrong_with(const CLI::App& command, const CLI::ParseError& error) {
  // Before the command, too: `giro --timout 5 status`.
  for (const CLI::App* each = &command; each != nullptr; each = each->get_parent()) {
    if (auto extra = extra_word(*each)) return *extra;
  }
  const std::string message = shortened(error.what());
  if (message == "A subcommand is required") {
    return {words_of(command) == "giro" ? "a command is missing" : "what to do is missing", ""};
  }
  if (auto wrong = wrong_kind(command, message)) return *wrong;
  if (auto wrong = wrong_word(message)) return *wrong;
  for (const Rephrased& rule : kRephrased) {
    std::smatch match;
    if (!std::regex_match(message, match, std::regex(rule.pattern))) continue;
    return {without_idle_zeros(match.format(rule.words)), match[1]};
  }
  const std::size_t colon = message.find(": ");
  return {message, colon == std::string::npos ? "" : message.substr(0, colon)};
}

}  // namespace

const CLI::App& command_reached(const CLI::App& app) {
  const CLI::App* reached = &app;
  while (!reached->get_subcommands().empty()) reached = reached->get_subcommands().back();
  return *reached;
}

std::string words_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : words_of(*parent) + " " + command.get_name();
}

Failure unknown_command(const CLI::App& command, const std::string& name) {
  const std::string below = words_of(command).substr(std::string("giro").size());
  Failure failure = usage_failure(fmt::format("unknown command `{}`{}",
                                              below.empty() ? name : below.substr(1) + " " + name,
                                              did_you_mean(meant(name, command_names(command)))),
                                  fmt::format("`giro help{}` lists what there is.", below))
                        .error();
  failure.code = "unknown_command";
  return failure;
}

Failure explain_misuse(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = command_reached(app);
  Wrong wrong = wrong_with(command, error);
  const std::string words = words_of(command);
  const bool below = words.size() > std::string("giro ").size();
  Failure failure =
      usage_failure((below ? words.substr(std::string("giro ").size()) + ": " : "") + wrong.what,
                    fmt::format("Usage: {}; `giro help{}` says more.", usage_line(command),
                                words.substr(std::string("giro").size())))
          .error();
  failure.field = std::move(wrong.field);
  return failure;
}

}  // namespace giro::cli
