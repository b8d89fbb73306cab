#include "cli/operator/completion.hpp"

#include <algorithm>
#include <array>

#include "cli/help_topics.hpp"

namespace giro::cli {
namespace {

struct NamedKind {
  std::string_view name;  // Of a positional, or of an option without its marks.
  NameKind kind;
};

// By what commands call their values, which mean the same wherever they stand.
constexpr std::array kKinds{
    NamedKind{"ACCOUNT", NameKind::account},   NamedKind{"FROM", NameKind::account},
    NamedKind{"TO", NameKind::account},        NamedKind{"ID", NameKind::account},
    NamedKind{"PREFIX", NameKind::account},    NamedKind{"account", NameKind::account},
    NamedKind{"prefix", NameKind::account},    NamedKind{"KEY", NameKind::key},
    NamedKind{"PAYMENT", NameKind::key},       NamedKind{"HOLD", NameKind::hold},
    NamedKind{"SCHEDULE", NameKind::schedule}, NamedKind{"CURRENCY", NameKind::currency},
    NamedKind{"currency", NameKind::currency}, NamedKind{"METHOD", NameKind::method},
    NamedKind{"context", NameKind::context},   NamedKind{"CONTEXT", NameKind::context},
    NamedKind{"FILE", NameKind::file},         NamedKind{"rejects", NameKind::file},
    NamedKind{"svg", NameKind::file},          NamedKind{"config", NameKind::file},
    NamedKind{"socket", NameKind::file},       NamedKind{"daemon", NameKind::file},
    NamedKind{"SOURCE", NameKind::file},       NamedKind{"backup", NameKind::file},
    NamedKind{"data", NameKind::folder},       NamedKind{"dir", NameKind::folder},
};

NameKind kind_of(const CLI::Option& option) {
  const std::string name = option.get_positional() || option.get_lnames().empty()
                               ? option.get_name()
                               : option.get_lnames().front();
  for (const NamedKind& known : kKinds) {
    if (known.name == name) return known.kind;
  }
  const std::string type = option.get_type_name();
  if (type.starts_with("FILE") || type.starts_with("PATH")) return NameKind::file;
  return type.starts_with("DIR") ? NameKind::folder : NameKind::none;
}

class Completer {
 public:
  Completer(Place place, std::string typed, const LedgerNames& names)
      : place_(std::move(place)), typed_(std::move(typed)), names_(names) {}

  WordCompletion run() && {
    if (place_.value != nullptr && !place_.value->get_positional()) {
      add_values(*place_.value, typed_, "");
    } else if (place_.options && typed_.starts_with('-')) {
      add_options();
    } else {
      if (place_.commands) add_commands();
      if (place_.value != nullptr) add_values(*place_.value, typed_, "");
    }
    return std::move(out_);
  }

 private:
  void add(Candidate candidate) {
    if (candidate.text.starts_with(typed_)) out_.candidates.push_back(std::move(candidate));
  }

  void add_commands() {
    for (const CLI::App* command : subcommands_of(*place_.command)) {
      add({command->get_name(), first_sentence(command->get_description())});
    }
  }

  void add_options() {
    if (const std::size_t equals = typed_.find('='); equals != std::string::npos) {
      const CLI::Option* option = place_.command->get_option_no_throw(typed_.substr(0, equals));
      if (option == nullptr || !takes_value(*option)) return;
      return add_values(*option, typed_.substr(equals + 1), typed_.substr(0, equals + 1));
    }
    for (const CLI::Option* option : options_of(*place_.command)) {
      const auto names = names_of(*option);
      const auto used = [this](const std::string& name) {
        return std::ranges::find(place_.used, name) != place_.used.end();
      };
      if (std::ranges::any_of(names, used) && option->get_items_expected_max() <= 1) continue;
      // The long name says more; a short one is there to be typed.
      add({names.back(), first_sentence(option->get_description())});
    }
  }

  // `before`: what stands before the value in the same word.
  void add_values(const CLI::Option& option, const std::string& typed, const std::string& before) {
    for (const std::string& choice : choices_of(option)) add({before + choice});
    const NameKind kind = kind_of(option);
    if (kind == NameKind::file) out_.paths = WordCompletion::Paths::files;
    if (kind == NameKind::folder) out_.paths = WordCompletion::Paths::folders;
    if (kind == NameKind::none || out_.paths != WordCompletion::Paths::none) return;
    for (Candidate& name : names_(place_, kind, typed)) {
      name.text.insert(0, before);
      add(std::move(name));
    }
  }

  Place place_;
  std::string typed_;
  const LedgerNames& names_;
  WordCompletion out_;
};

}  // namespace

WordCompletion complete(const CLI::App& app, const std::vector<std::string>& words,
                        const LedgerNames& names) {
  // Behind `help` stand the words of a command, or a page's name.
  if (words.size() > 1 && words.front() == "help") {
    WordCompletion found = complete(app, {words.begin() + 1, words.end()}, names);
    for (const HelpTopic& topic : help_topics()) {
      if (words.size() > 2 || !topic.name.starts_with(words.back())) continue;
      found.candidates.push_back({std::string(topic.name), std::string(topic.title)});
    }
    return found;
  }
  const std::span<const std::string> all(words);
  const std::string typed = words.empty() ? "" : words.back();
  const auto before = words.empty() ? all : all.first(words.size() - 1);
  return Completer(place_behind(app, before), typed, names).run();
}

std::string completion_lines(const WordCompletion& completion) {
  std::string lines;
  for (const Candidate& candidate : completion.candidates) {
    if (!candidate.whole) lines += "\tpart\n";
    lines += candidate.text;
    if (!candidate.description.empty()) lines += "\t" + candidate.description;
    lines += '\n';
  }
  if (completion.paths == WordCompletion::Paths::files) lines += "\tfiles\n";
  if (completion.paths == WordCompletion::Paths::folders) lines += "\tfolders\n";
  return lines;
}

}  // namespace giro::cli
