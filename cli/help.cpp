#include "cli/help.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/help_topics.hpp"
#include "cli/misuse.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

constexpr std::size_t kNamesWidthMax = 26;

using Commands = std::vector<const CLI::App*>;

Commands commands_of(const CLI::App& command) {
  return command.get_subcommands(
      [](const CLI::App* each) { return !each->get_name().empty() && !each->get_group().empty(); });
}

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

// What stands for its value: "PATH" where the command says so, else its own name: "REFERENCE".
std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  std::string plain = type.substr(0, type.find_first_of(" :{["));
  if (!plain.empty() && plain != "TEXT" && plain != "INT" && plain != "UINT" && plain != "FLOAT") {
    return plain;
  }
  if (plain == "INT" || plain == "UINT") return "N";
  // "DATE" of --effective-date.
  std::string name = option.get_lnames().empty() ? "value" : option.get_lnames().front();
  name.erase(0, name.rfind('-') + 1);
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

// "-q, --quiet", "--key KEY".
std::string option_names(const CLI::Option& option) {
  if (option.get_positional()) return option.get_single_name();
  std::string names;
  for (const std::string& name : option.get_snames()) names += "-" + name + ", ";
  for (const std::string& name : option.get_lnames()) names += "--" + name + ", ";
  names.resize(names.size() - 2);
  return is_flag(option) ? names : names + " " + value_name(option);
}

// Names left, words right in lines of their own width; long names have a line for themselves.
void append_entry(std::string& out, const std::string& names, const std::string& words,
                  std::size_t names_width, std::size_t width) {
  const std::size_t indent = names_width + 4;
  out += "  " + names;
  if (names.size() > names_width) {
    out += "\n" + std::string(indent, ' ');
  } else {
    out += std::string(names_width - names.size() + 2, ' ');
  }
  out += wrapped(words, width - indent, indent) + "\n";
}

using Entries = std::vector<std::pair<std::string, std::string>>;

std::string section(const std::string& title, const Entries& entries, std::size_t width) {
  if (entries.empty()) return {};
  std::size_t names_width = 0;
  for (const auto& [names, words] : entries) {
    if (names.size() <= kNamesWidthMax) names_width = std::max(names_width, names.size());
  }
  std::string out = title.empty() ? "" : title + ":\n";
  for (const auto& [names, words] : entries) append_entry(out, names, words, names_width, width);
  return out + "\n";
}

Entries options_of(const CLI::App& command, const std::string& group) {
  Entries entries;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() || option->get_group().empty()) continue;
    const bool global = option->get_group() == kGlobalGroup;
    if (global != (group == kGlobalGroup)) continue;
    entries.emplace_back(option_names(*option),
                         option->get_description() + (option->get_required() ? " (needed)" : ""));
  }
  return entries;
}

Entries arguments_of(const CLI::App& command) {
  Entries entries;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    entries.emplace_back(option_names(*option), option->get_description());
  }
  return entries;
}

// What lists say of a command: the rest is for who asks for it.
std::string first_sentence(const std::string& text) {
  const std::size_t end = std::min({text.find(". "), text.find('\n'), text.size()});
  return text.substr(0, end > 0 && text[end - 1] == '.' ? end - 1 : end);
}

// --- the first page ---

struct Chapter {
  const char* title;
  std::vector<std::string_view> commands;
};

const std::vector<Chapter>& chapters() {
  static const std::vector<Chapter> kChapters{
      {"Accounts", {"account", "limits"}},
      {"Payments",
       {"pay", "hold", "capture", "void", "reverse", "schedule", "cancel", "submit", "group"}},
      {"Questions",
       {"list", "show", "get", "explain", "payments", "holds", "schedules", "statement", "tail"}},
      {"Books", {"trial-balance", "totals", "books", "verify", "checkpoint", "proof"}},
      {"In and out", {"import", "export", "reconcile", "relay"}},
      {"The daemon", {"status", "ready", "check", "doctor", "top", "repair", "bench"}}};
  return kChapters;
}

std::string command_lists(const CLI::App& app, std::size_t width) {
  Commands rest = commands_of(app);
  std::string out;
  const auto entry_of = [](const CLI::App* command) {
    return std::pair(command->get_name(), first_sentence(command->get_description()));
  };
  for (const Chapter& chapter : chapters()) {
    Entries entries;
    for (const std::string_view name : chapter.commands) {
      const auto found = std::ranges::find(rest, name, &CLI::App::get_name);
      if (found == rest.end()) continue;
      entries.push_back(entry_of(*found));
      rest.erase(found);
    }
    out += section(chapter.title, entries, width);
  }
  Entries entries;
  for (const CLI::App* command : rest) entries.push_back(entry_of(command));
  out += section("The rest", entries, width);
  Entries topics;
  for (const HelpTopic& topic : help_topics()) {
    topics.emplace_back("help " + std::string(topic.name), topic.title);
  }
  return out + section("More to read", topics, width);
}

std::string below(const CLI::App& command, std::size_t width) {
  if (command.get_parent() == nullptr) return command_lists(command, width);
  Entries entries;
  for (const CLI::App* each : commands_of(command)) {
    entries.emplace_back(each->get_name(), first_sentence(each->get_description()));
  }
  return section("Commands", entries, width);
}

// Paragraphs stay apart.
std::string paragraphs(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    out += wrapped(line, width, 0) + "\n";
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

// --- giro help ---

Result<ExitCode> run_help(const CLI::App& app, Session& session,
                          const std::vector<std::string>& words) {
  session.page_long_answers();
  if (words.size() == 1) {
    for (const HelpTopic& topic : help_topics()) {
      if (topic.name != words.front()) continue;
      print(topic.text(help_width()));
      return ExitCode::ok;
    }
  }
  const CLI::App* command = &app;
  for (const std::string& word : words) {
    const Commands known = commands_of(*command);
    const auto found = std::ranges::find(known, word, &CLI::App::get_name);
    if (found == known.end()) return std::unexpected(unknown_command(*command, word));
    command = *found;
  }
  print(help_text(*command, help_width()));
  return ExitCode::ok;
}

}  // namespace

std::string usage_line(const CLI::App& command) {
  std::string line = words_of(command);
  if (!commands_of(command).empty()) {
    line += command.get_require_subcommand_min() > 0 ? " COMMAND" : " [COMMAND]";
  }
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      const std::string several = option->get_items_expected_max() > 1 ? "..." : "";
      const std::string name = option->get_single_name() + several;
      line += option->get_required() ? " " + name : " [" + name + "]";
    } else if (option->get_required()) {
      line += " " + option_names(*option);
    }
  }
  return line + " [OPTION...]";
}

std::string help_text(const CLI::App& command, std::size_t width) {
  std::string out = paragraphs(command.get_description(), width);
  out += "\nUsage: " + usage_line(command) + "\n\n";
  out += section("", arguments_of(command), width);
  out += below(command, width);
  out += section("Options", options_of(command, {}), width);
  out += section(kGlobalGroup, options_of(command, kGlobalGroup), width);
  return out + command.get_footer() + "\n";
}

std::size_t help_width() {
  constexpr std::size_t kNarrow = 60;
  constexpr std::size_t kWide = 100;
  constexpr std::size_t kElsewhere = 80;
  const std::size_t terminal = terminal_width();
  return terminal == 0 ? kElsewhere : std::clamp(terminal, kNarrow, kWide);
}

void add_help_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("help", "Shows how a command is used, or one of the pages about them all");
  const auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("COMMAND", *words,
                      "Such as `account open`, or one of: exit-codes, output, times");
  add_global_options(*command, invocation.globals);
  command->footer("Example:\n  giro help account open\n  giro help exit-codes");
  command->callback([&app, &invocation, words] {
    invocation.action = [&app, words](Session& session) { return run_help(app, session, *words); };
  });
}

}  // namespace giro::cli
