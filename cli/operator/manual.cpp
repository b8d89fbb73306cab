#include "cli/operator/manual.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <fmt/format.h>

#include "cli/operator/command_words.hpp"

namespace giro::cli {
namespace {

constexpr std::string_view kOpening = "([";
constexpr std::string_view kClosing = ".,:;)]?!";

// Of text on a line of its own: neither a request nor an escape.
std::string escaped(std::string_view text) {
  std::string out;
  if (!text.empty() && (text.front() == '.' || text.front() == '\'')) out = "\\&";
  for (const char c : text) out += c == '\\' ? "\\e" : std::string(1, c);
  return out;
}

// Of a word behind a macro: none that mdoc knows, and no mark that it would set apart.
std::string argument(std::string_view word) {
  std::string out;
  const bool like_a_macro = word.size() <= 3 && std::isupper(static_cast<unsigned char>(word[0]));
  const bool a_mark = word.size() == 1 && std::ispunct(static_cast<unsigned char>(word[0]));
  if (like_a_macro || a_mark) out = "\\&";
  for (const char c : word) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '"') {
      out += "\\(dq";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string arguments(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + argument(word);
  return out;
}

// Sentences each on a line, so that the formatter sets them apart.
std::string sentences(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string out;
  std::string line;
  for (std::string word; words >> word;) {
    line += (line.empty() ? "" : " ") + word;
    if (!word.ends_with('.')) continue;
    out += escaped(line) + "\n";
    line.clear();
  }
  if (!line.empty()) out += escaped(line) + "\n";
  return out;
}

std::string paragraph(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t begin = text.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return out + sentences(text);
    const std::string_view code = text.substr(begin + 1, end - begin - 1);
    std::string before;
    while (begin > 0 && kOpening.find(text[begin - 1]) != std::string_view::npos) {
      before = fmt::format("{} {}", text[--begin], before);
    }
    out += sentences(text.substr(0, begin));
    text.remove_prefix(end + 1);
    std::string after;
    while (!text.empty() && kClosing.find(text.front()) != std::string_view::npos) {
      after += fmt::format(" {}", text.front());
      text.remove_prefix(1);
    }
    out += fmt::format(".Ql {}{}{}\n", before, arguments(code), after);
  }
  return out;
}

std::string option_head(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : names_of(option)) {
    names += fmt::format("{}Fl {}", names.empty() ? "" : " , ", argument(name.substr(1)));
  }
  if (takes_value(option)) names += " Ar " + argument(value_name(option));
  return names;
}

std::string positional_words(const CLI::Option& option) {
  const std::string many = option.get_items_expected_max() > 1 ? " ..." : "";
  return fmt::format("{}Ar {}{}", option.get_required() ? "" : "Op ", argument(option.get_name()),
                     many);
}

bool is_of_all_commands(const CLI::App& app, const CLI::Option& option) {
  return std::ranges::any_of(options_of(app), [&option](const CLI::Option* shared) {
    return shared->get_lnames() == option.get_lnames() &&
           shared->get_description() == option.get_description();
  });
}

std::string option_item(const CLI::Option& option) {
  return fmt::format(".It {}\n{}", option_head(option), mdoc_prose(option.get_description()));
}

std::string options_list(const CLI::App& app, const CLI::App& command) {
  std::string items;
  for (const CLI::Option* positional : positionals_of(command)) {
    if (positional->get_description().empty()) continue;
    items += fmt::format(".It Ar {}\n{}", argument(positional->get_name()),
                         mdoc_prose(positional->get_description()));
  }
  for (const CLI::Option* option : options_of(command)) {
    if (is_of_all_commands(app, *option)) continue;
    items += option_item(*option);
  }
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

// The footer, which ends with an example; what stands before that is set as it is, too.
std::string footer_block(const CLI::App& command) {
  std::istringstream lines(command.get_footer());
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::string text;
    for (const char c : line) {
      if (c == '\\') {
        text += "\\e";
      } else if (c == '-') {
        text += "\\-";
      } else {
        text += c;
      }
    }
    out += (text.starts_with('.') || text.starts_with('\'') ? "\\&" : "") + text + "\n";
  }
  return out.empty() ? "" : ".Bd -literal\n" + out + ".Ed\n";
}

void add_command_pages(const CLI::App& app, const CLI::App& command, std::string& out) {
  const std::string path = path_of(command);
  out += fmt::format(".Ss giro {}\n", path);
  out += fmt::format(".Nm giro {}\n.Op Ar options\n", arguments(path));
  for (const CLI::Option* positional : positionals_of(command)) {
    out += fmt::format(".{}\n", positional_words(*positional));
  }
  if (!subcommands_of(command).empty()) {
    out += fmt::format(".{}Ar command\n", command.get_require_subcommand_min() > 0 ? "" : "Op ");
  }
  out += ".Pp\n" + mdoc_prose(command.get_description()) + options_list(app, command) +
         footer_block(command);
  for (const CLI::App* sub : subcommands_of(command)) add_command_pages(app, *sub, out);
}

}  // namespace

std::string mdoc_prose(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n");
    if (!out.empty()) out += ".Pp\n";
    out += paragraph(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return out;
}

std::string manual_of_options(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : options_of(app)) out += option_item(*option);
  return out;
}

std::string manual_of_commands(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : subcommands_of(app)) add_command_pages(app, *command, out);
  return out;
}

}  // namespace giro::cli
