// How to read the files of one bank: a TOML file that a person writes once (docs/IMPORT_EXPORT.md).
//
// What always holds: a name that isn't known is an error, because a rule that is misspelt must not be a payment that
// is misread.
// Values: any thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/failure.hpp"

namespace giro::cli {

enum class Encoding { utf8, latin1, windows1252 };

// By its name in the header, or by its number from 1.
using ColumnName = std::variant<std::string, std::size_t>;

// What a column may hold.
inline constexpr std::size_t kColumnMeanings = 13;
enum class Meaning : std::size_t {
  date,
  amount,
  in,
  out,
  currency,
  account,
  counter_account,
  from,
  to,
  reference,
  description,
  code,
  balance,
};

struct ImportRules {
  // Empty where the rules, and the command line, don't say.
  std::string account;
  std::string counter_account;
  std::string currency;
  std::string key_prefix = "import:";

  char separator = ',';
  Encoding encoding = Encoding::utf8;
  std::size_t skip_lines = 0;
  bool header = true;
  char decimal = '.';
  char thousands = '\0';  // None.
  std::string date_format = "%Y-%m-%d";

  // By meaning: the columns, whose texts are put together with a blank. Empty: there is none.
  std::vector<std::vector<ColumnName>> columns{kColumnMeanings};
  std::vector<ColumnName> key;

  std::string reference;  // Of every payment that has none.
  std::string description;
  std::string code;
  std::map<std::string, std::string, std::less<>> accounts;     // Names in the file to ours,
  std::map<std::string, std::string, std::less<>> commodities;  // and of currencies.

  [[nodiscard]] const std::vector<ColumnName>& of(Meaning meaning) const {
    return columns[static_cast<std::size_t>(meaning)];
  }
  // The account or currency that stands for this name; the name itself where the rules don't say.
  [[nodiscard]] const std::string& account_for(const std::string& name) const;
  [[nodiscard]] const std::string& currency_for(const std::string& name) const;
};

[[nodiscard]] Result<ImportRules> read_rules(const std::string& path);
// `where` is told with what is wrong.
[[nodiscard]] Result<ImportRules> parse_rules(std::string_view text, const std::string& where);

}  // namespace giro::cli
