#include "cli/operator/command_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace giro::cli {
namespace {

// CLI11's own words for the type of a value, and ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypeNames{
    {{"TEXT", "text"}, {"UINT", "number"}, {"INT", "number"}, {"FLOAT", "number"}, {"DIR", "dir"}}};

// A walk over a command line: one word after the other, as the parser takes them.
class Walk {
 public:
  explicit Walk(const CLI::App& app) { place_.command = &app; }

  void take(const std::string& word) {
    if (value_of_option_ != nullptr) return take_value(word);
    if (place_.options && word == "--") {
      place_.options = false;
    } else if (place_.options && word.size() > 1 && word.starts_with('-')) {
      take_option(word);
    } else if (const CLI::App* command = subcommand(word); command != nullptr) {
      place_.command = command;
    } else {
      place_.commands = false;
      ++positional_;
    }
  }

  Place end() {
    place_.value = value_of_option_;
    if (place_.value != nullptr) return std::move(place_);
    const auto positionals = positionals_of(*place_.command);
    if (positionals.empty()) return std::move(place_);
    // The last one may be many.
    const std::size_t last = positionals.size() - 1;
    const bool many = positionals[last]->get_items_expected_max() > 1;
    if (positional_ <= last || many) place_.value = positionals[std::min(positional_, last)];
    return std::move(place_);
  }

 private:
  void take_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = place_.command->get_option_no_throw(name);
    if (option == nullptr) return;
    place_.used.push_back(name);
    if (!takes_value(*option)) return;
    value_of_option_ = option;
    if (equals != std::string::npos) take_value(word.substr(equals + 1));
  }

  void take_value(const std::string& word) {
    const auto names = value_of_option_->get_lnames();
    if (!names.empty()) place_.globals[names.front()].push_back(word);
    value_of_option_ = nullptr;
  }

  const CLI::App* subcommand(const std::string& word) const {
    if (!place_.commands) return nullptr;
    for (const CLI::App* command : subcommands_of(*place_.command)) {
      if (command->get_name() == word) return command;
    }
    return nullptr;
  }

  Place place_;
  const CLI::Option* value_of_option_ = nullptr;
  std::size_t positional_ = 0;
};

}  // namespace

Place place_behind(const CLI::App& app, std::span<const std::string> words) {
  Walk walk(app);
  for (const std::string& word : words) walk.take(word);
  return walk.end();
}

bool takes_value(const CLI::Option& option) {
  return option.get_type_size_max() > 0 && option.get_items_expected_max() > 0;
}

std::vector<const CLI::App*> subcommands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return !option->get_group().empty() && !option->get_positional();
  });
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  // The validator's own words, behind the type: "TEXT:{at,effective-date}".
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find('{');
  const std::size_t end = type.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos || end < begin) return choices;
  std::istringstream listed(type.substr(begin + 1, end - begin - 1));
  for (std::string choice; std::getline(listed, choice, ',');) choices.push_back(choice);
  return choices;
}

std::string value_name(const CLI::Option& option) {
  std::string name;
  for (const std::string& choice : choices_of(option)) name += (name.empty() ? "" : "|") + choice;
  if (!name.empty()) return name;
  const std::string type = option.get_type_name();
  name = type.substr(0, type.find_first_of(": "));
  for (const auto& [theirs, ours] : kTypeNames) {
    if (name == theirs) return std::string(ours);
  }
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return "";
  const std::string before = path_of(*parent);
  return before.empty() ? command.get_name() : before + " " + command.get_name();
}

std::string first_sentence(std::string_view description) {
  const std::size_t end =
      std::min({description.find(". "), description.find(".\n"), description.find(": "),
                description.find("; "), description.find('\n')});
  std::string sentence(description.substr(0, end));
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

}  // namespace giro::cli
