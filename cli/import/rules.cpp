#include "cli/import/rules.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace giro::cli {
namespace {

constexpr std::array<std::string_view, kColumnMeanings> kMeanings{
    "date", "amount", "in",        "out",         "currency", "account", "counter_account",
    "from", "to",     "reference", "description", "code",     "balance"};

constexpr const char* kAdvice =
    "docs/IMPORT_EXPORT.md lists what a rules file may say; `giro import --help` has one.";

// Reads a table, and remembers the first thing that is wrong.
class RulesReader {
 public:
  explicit RulesReader(std::string where) : where_(std::move(where)) {}

  [[nodiscard]] const std::string& problem() const { return problem_; }

  void read(const toml::table& table) {
    for (const auto& [name, value] : table) {
      if (!read_setting(name.str(), value)) wrong(value, fmt::format("unknown `{}`", name.str()));
    }
    check_columns();
  }

  ImportRules rules;

 private:
  void wrong(const toml::node& node, const std::string& what) {
    if (!problem_.empty()) return;
    problem_ = fmt::format("{} line {}: {}", where_, node.source().begin.line, what);
  }

  bool read_setting(std::string_view name, const toml::node& value) {
    if (std::string* text = text_of(name)) return read_text(name, value, *text);
    if (name == "separator") return read_separator(value);
    if (name == "encoding") return read_encoding(value);
    if (name == "decimal") return read_mark(name, value, rules.decimal);
    if (name == "thousands") return read_mark(name, value, rules.thousands);
    if (name == "skip_lines") return read_skip_lines(value);
    if (name == "header") return read_header(value);
    if (name == "columns") return read_columns(value);
    if (name == "fields") return read_fields(value);
    if (name == "accounts") return read_names(name, value, rules.accounts);
    if (name == "commodities") return read_names(name, value, rules.commodities);
    return false;
  }

  std::string* text_of(std::string_view name) {
    if (name == "account") return &rules.account;
    if (name == "counter_account") return &rules.counter_account;
    if (name == "currency") return &rules.currency;
    if (name == "key_prefix") return &rules.key_prefix;
    if (name == "date_format") return &rules.date_format;
    return nullptr;
  }

  bool read_text(std::string_view name, const toml::node& value, std::string& out) {
    if (const auto text = value.value_exact<std::string>()) {
      out = *text;
    } else {
      wrong(value, fmt::format("`{}` must be text in quotes", name));
    }
    return true;
  }

  bool read_separator(const toml::node& value) {
    static const std::map<std::string, char, std::less<>> kSeparators{
        {",", ','}, {";", ';'}, {"\t", '\t'}, {"tab", '\t'}, {"|", '|'}};
    const auto found = kSeparators.find(value.value_or(std::string()));
    if (found == kSeparators.end()) {
      wrong(value, R"(`separator` must be ",", ";", "tab" or "|")");
    } else {
      rules.separator = found->second;
    }
    return true;
  }

  bool read_encoding(const toml::node& value) {
    static const std::map<std::string, Encoding, std::less<>> kEncodings{
        {"utf-8", Encoding::utf8},
        {"latin1", Encoding::latin1},
        {"iso-8859-1", Encoding::latin1},
        {"windows-1252", Encoding::windows1252}};
    const auto found = kEncodings.find(value.value_or(std::string()));
    if (found == kEncodings.end()) {
      wrong(value, R"(`encoding` must be "utf-8", "latin1" or "windows-1252")");
    } else {
      rules.encoding = found->second;
    }
    return true;
  }

  bool read_mark(std::string_view name, const toml::node& value, char& out) {
    constexpr std::string_view kMarks = ".,' ";
    const std::string mark = value.value_or(std::string());
    if (mark.size() != 1 || kMarks.find(mark) == std::string_view::npos) {
      wrong(value, fmt::format("`{}` must be one of . , ' and the blank, in quotes", name));
    } else {
      out = mark.front();
    }
    if (rules.decimal == rules.thousands) {
      wrong(value, "`decimal` and `thousands` are the same mark");
    }
    return true;
  }

  bool read_skip_lines(const toml::node& value) {
    constexpr std::int64_t kLinesMax = 1'000;
    const auto lines = value.value_exact<std::int64_t>();
    if (!lines || *lines < 0 || *lines > kLinesMax) {
      wrong(value, fmt::format("`skip_lines` must be a whole number, 0 to {}", kLinesMax));
    } else {
      rules.skip_lines = static_cast<std::size_t>(*lines);
    }
    return true;
  }

  bool read_header(const toml::node& value) {
    if (!value.is_boolean()) wrong(value, "`header` must be true or false");
    rules.header = value.value_or(true);
    return true;
  }

  bool read_columns(const toml::node& value) {
    if (!value.is_table()) return wrong(value, "`columns` must be a table: [columns]"), true;
    for (const auto& [name, columns] : *value.as_table()) {
      const auto meaning = std::ranges::find(kMeanings, name.str());
      if (name.str() == "key") {
        rules.key = column_names(columns);
      } else if (meaning == kMeanings.end()) {
        wrong(columns, fmt::format("unknown `{}` in [columns]; there are key, {}", name.str(),
                                   fmt::join(kMeanings, ", ")));
      } else {
        rules.columns[static_cast<std::size_t>(meaning - kMeanings.begin())] =
            column_names(columns);
      }
    }
    return true;
  }

  std::vector<ColumnName> column_names(const toml::node& value) {
    std::vector<ColumnName> names;
    if (const toml::array* list = value.as_array()) {
      for (const toml::node& element : *list) add_column(element, names);
    } else {
      add_column(value, names);
    }
    return names;
  }

  void add_column(const toml::node& value, std::vector<ColumnName>& names) {
    const auto number = value.value_exact<std::int64_t>();
    if (const auto name = value.value_exact<std::string>(); name && !name->empty()) {
      names.emplace_back(*name);
    } else if (number && *number > 0) {
      names.emplace_back(static_cast<std::size_t>(*number));
    } else {
      wrong(value, "a column is named by its text in the header, or by its number from 1");
    }
  }

  bool read_fields(const toml::node& value) {
    if (!value.is_table()) return wrong(value, "`fields` must be a table: [fields]"), true;
    for (const auto& [name, field] : *value.as_table()) {
      if (name.str() == "reference") {
        read_text("reference", field, rules.reference);
      } else if (name.str() == "description") {
        read_text("description", field, rules.description);
      } else if (name.str() == "code" && field.is_integer() && field.value_or(-1) >= 0) {
        rules.code = std::to_string(field.value_or(0));
      } else {
        wrong(field, "[fields] may have reference and description, texts, and code, a number");
      }
    }
    return true;
  }

  bool read_names(std::string_view table, const toml::node& value,
                  std::map<std::string, std::string, std::less<>>& out) {
    if (!value.is_table()) {
      wrong(value, fmt::format("`{}` must be a table: [{}]", table, table));
      return true;
    }
    for (const auto& [name, ours] : *value.as_table()) {
      read_text(name.str(), ours, out[std::string(name.str())]);
    }
    return true;
  }

  // Which columns make sense together.
  void check_columns() {
    const auto has = [this](Meaning meaning) { return !rules.of(meaning).empty(); };
    if (has(Meaning::amount) && (has(Meaning::in) || has(Meaning::out))) {
      problem("[columns] has amount, and also in or out: it takes one column with a sign, or two");
    }
    if (has(Meaning::from) != has(Meaning::to)) {
      problem("[columns] has one of from and to: it takes both, or counter_account");
    }
    const bool named = std::ranges::any_of(rules.columns, [](const auto& columns) {
      return std::ranges::any_of(columns,
                                 [](const ColumnName& column) { return column.index() == 0; });
    });
    if (!rules.header && named) {
      problem("`header` is false, so columns can only be named by their numbers");
    }
  }

  void problem(std::string_view what) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", where_, what);
  }

  std::string where_;
  std::string problem_;
};

const std::string& mapped(const std::map<std::string, std::string, std::less<>>& names,
                          const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

}  // namespace

const std::string& ImportRules::account_for(const std::string& name) const {
  return mapped(accounts, name);
}

const std::string& ImportRules::currency_for(const std::string& name) const {
  return mapped(commodities, name);
}

Result<ImportRules> parse_rules(std::string_view text, const std::string& where) {
  try {
    const toml::table table = toml::parse(text, where);
    RulesReader reader(where);
    reader.read(table);
    if (!reader.problem().empty()) return usage_failure(reader.problem(), kAdvice);
    return std::move(reader.rules);
  } catch (const toml::parse_error& error) {
    return usage_failure(fmt::format("{} line {}: {}", where, error.source().begin.line,
                                     std::string(error.description())),
                         kAdvice);
  }
}

Result<ImportRules> read_rules(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return usage_failure(fmt::format("can't read the rules file {}: {}", path,
                                     std::generic_category().message(errno != 0 ? errno : EIO)));
  }
  return parse_rules(text.str(), path);
}

}  // namespace giro::cli
