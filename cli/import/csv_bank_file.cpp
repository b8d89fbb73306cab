#include "cli/import/csv_bank_file.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/import/bank_text.hpp"
#include "cli/import/draft.hpp"

namespace giro::cli {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

// Which separator the line seems to have, where it isn't the one of the rules.
std::string separator_hint(std::string_view line, char separator) {
  char likely = separator;
  std::ptrdiff_t most = std::ranges::count(line, separator);
  for (const char other : {',', ';', '\t', '|'}) {
    if (std::ranges::count(line, other) <= most) continue;
    most = std::ranges::count(line, other);
    likely = other;
  }
  if (likely == separator) return {};
  return fmt::format(" It has {} of `{}`: say separator = \"{}\" in the rules.", most,
                     likely == '\t' ? std::string("tab") : std::string(1, likely),
                     likely == '\t' ? std::string("tab") : std::string(1, likely));
}

}  // namespace

CsvBankFile::CsvBankFile(ByteSource bytes, const ImportRules& rules, ParseAmount parse_amount)
    : records_(std::move(bytes)),
      rules_(rules),
      parse_amount_(std::move(parse_amount)),
      lines_to_skip_(rules.skip_lines) {}

Result<NextBankLine> CsvBankFile::next(bool may_wait) {
  if (const auto skipped = skip_lines(may_wait); !skipped || !*skipped) {
    if (!skipped) return std::unexpected(skipped.error());
    return NoRow{records_.at_end()};
  }
  if (count_ == 0) {
    if (const auto read = read_header(may_wait); !read || !*read) {
      if (!read) return std::unexpected(read.error());
      return NoRow{records_.at_end()};
    }
  }
  const auto found = records_.find(may_wait);
  if (!found) return std::unexpected(found.error());
  if (!*found) return NoRow{records_.at_end()};
  const auto record = records_.csv_record(may_wait, rules_.separator);
  if (!record) return std::unexpected(record.error());
  if (!*record) return NoRow{records_.at_end()};
  return read_record(**record);
}

Result<bool> CsvBankFile::skip_lines(bool may_wait) {
  const auto begun = records_.begin(may_wait);
  if (!begun || !*begun) return begun;
  if (records_.view().starts_with("\xff\xfe") || records_.view().starts_with("\xfe\xff")) {
    return usage_failure("the file is UTF-16", "Save it as UTF-8, and import that.");
  }
  while (lines_to_skip_ > 0) {
    const std::size_t end = records_.view().find('\n');
    if (end != std::string_view::npos) {
      header_ += records_.take(end + 1, 1);
      --lines_to_skip_;
      continue;
    }
    if (records_.view().size() > kRowBytesMax) {
      return records_.broken(fmt::format("a line of more than {} bytes", kRowBytesMax));
    }
    if (records_.bytes().at_end()) return false;
    const auto filled = records_.fill(may_wait);
    if (!filled || !*filled) return filled;
  }
  return true;
}

Result<bool> CsvBankFile::read_header(bool may_wait) {
  const auto found = records_.find(may_wait);
  if (!found || !*found) return found;
  const auto record = records_.csv_record(may_wait, rules_.separator);
  if (!record) return std::unexpected(record.error());
  if (!*record) return false;
  const std::size_t count = (*record)->fields.size();
  if (count == 1 && records_.view().find('\n') != std::string_view::npos) {
    const std::string_view line = records_.view().substr(0, (*record)->bytes);
    const std::string hint = separator_hint(line, rules_.separator);
    if (!hint.empty()) {
      return usage_failure(
          fmt::format("line {} is one column with the separator of the rules", records_.line()),
          hint.substr(1));
    }
  }
  auto names = decoded_fields((*record)->fields);
  if (!names) {
    return usage_failure(fmt::format("line {}: {}", records_.line(), names.error().what));
  }
  for (std::string& name : *names) name = on_one_line(name);
  count_ = count;
  if (auto columns = find_columns(*names); !columns) {
    count_ = 0;
    return std::unexpected(std::move(columns).error());
  }
  if (rules_.header) header_ += records_.take((*record)->bytes, (*record)->lines);
  return true;
}

Result<void> CsvBankFile::find_columns(const Fields& names) {
  for (std::size_t meaning = 0; meaning < kColumnMeanings; ++meaning) {
    auto indexes = indexes_of(rules_.columns[meaning], names);
    if (!indexes) return std::unexpected(std::move(indexes).error());
    columns_[meaning] = std::move(*indexes);
  }
  auto key = indexes_of(rules_.key, names);
  if (!key) return std::unexpected(std::move(key).error());
  key_ = std::move(*key);
  return {};
}

Result<std::vector<std::size_t>> CsvBankFile::indexes_of(const std::vector<ColumnName>& columns,
                                                         const Fields& names) const {
  std::vector<std::size_t> indexes;
  for (const ColumnName& column : columns) {
    if (const auto* number = std::get_if<std::size_t>(&column)) {
      if (*number > count_) {
        return usage_failure(fmt::format("line {}: there is no column {}, only {}", records_.line(),
                                         *number, count_),
                             "Mend [columns] or separator in the rules.");
      }
      indexes.push_back(*number - 1);
      continue;
    }
    const auto& name = std::get<std::string>(column);
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      return usage_failure(fmt::format("line {}: there is no column `{}`; the header has {}",
                                       records_.line(), name, quoted_list(names)),
                           "Mend [columns], skip_lines or separator in the rules.");
    }
    if (std::find(found + 1, names.end(), name) != names.end()) {
      return usage_failure(fmt::format("line {}: the header has `{}` twice", records_.line(), name),
                           "Name the column by its number in the rules.");
    }
    indexes.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  return indexes;
}

Result<NextBankLine> CsvBankFile::read_record(const CsvRecord& record) {
  if (record.fields.size() != count_) {
    return records_.broken(
        fmt::format("{} columns where the header has {}.{}", record.fields.size(), count_,
                    separator_hint(records_.view().substr(0, record.bytes), rules_.separator)));
  }
  const auto fields = decoded_fields(record.fields);
  auto line = fields ? bank_line(*fields) : Result<BankLine>(std::unexpected(fields.error()));
  if (!line && line.error().exit != ExitCode::usage) {
    return std::unexpected(std::move(line).error());
  }
  const std::uint64_t number = records_.line();
  std::string text = records_.take(record.bytes, record.lines);
  if (!line) return BadRow{number, std::move(line).error().what, std::move(text)};
  line->line = number;
  line->text = std::move(text);
  return std::move(*line);
}

Result<CsvBankFile::Fields> CsvBankFile::decoded_fields(const Fields& raw) const {
  Fields fields;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    auto text = decoded(raw[i], rules_.encoding);
    if (!text) return usage_failure(fmt::format("column {}: {}", i + 1, text.error()));
    fields.push_back(std::move(*text));
  }
  return fields;
}

std::string CsvBankFile::text_of(const Fields& fields, Meaning meaning) const {
  std::string text;
  for (const std::size_t index : columns_[static_cast<std::size_t>(meaning)]) {
    const std::string part = on_one_line(fields[index]);
    if (!text.empty() && !part.empty()) text += ' ';
    text += part;
  }
  return text;
}

Result<BankLine> CsvBankFile::bank_line(const Fields& fields) const {
  BankLine line;
  for (const std::size_t index : key_) {
    if (!line.key.empty()) line.key += '/';
    line.key += on_one_line(fields[index]);
  }
  if (!key_.empty() && line.key.find_first_not_of('/') == std::string::npos) {
    return usage_failure("the columns of its key are empty");
  }
  if (!line.key.empty()) line.key.insert(0, rules_.key_prefix);
  // Two accounts may have equal lines of a day. Where the file itself says whose they are, that is enough.
  const bool said = !rules_.of(Meaning::account).empty() || !rules_.of(Meaning::from).empty();
  line.words = joined_words({said ? std::string() : rules_.account, joined_words(fields)});
  line.currency = text_of(fields, Meaning::currency);
  line.currency = line.currency.empty() ? rules_.currency : rules_.currency_for(line.currency);
  line.account = rules_.account_for(text_of(fields, Meaning::account));
  line.counter_account = rules_.account_for(text_of(fields, Meaning::counter_account));
  line.from = rules_.account_for(text_of(fields, Meaning::from));
  line.to = rules_.account_for(text_of(fields, Meaning::to));
  line.reference = text_of(fields, Meaning::reference);
  line.description = text_of(fields, Meaning::description);
  line.code = text_of(fields, Meaning::code);
  if (!std::ranges::all_of(line.code, [](char c) { return c >= '0' && c <= '9'; })) {
    return usage_failure(fmt::format("code `{}` isn't a whole number", line.code));
  }
  if (const std::string date = text_of(fields, Meaning::date); !date.empty()) {
    const auto day = iso_date(date, rules_.date_format);
    if (!day) {
      return usage_failure(fmt::format("date `{}` is no day in the form {}, as the rules have it",
                                       date, rules_.date_format));
    }
    line.date = *day;
  }
  if (auto read = read_amounts(fields, line); !read) return std::unexpected(read.error());
  return line;
}

Result<void> CsvBankFile::read_amounts(const Fields& fields, BankLine& line) const {
  if (line.currency.empty()) {
    return usage_failure("no currency: say currency in the rules, or a column of it");
  }
  if (const std::string balance = text_of(fields, Meaning::balance); !balance.empty()) {
    const auto amount = amount_of(balance, line);
    if (!amount) return std::unexpected(amount.error());
    line.balance = *amount;
  }
  if (!rules_.of(Meaning::amount).empty()) {
    const auto amount = amount_of(text_of(fields, Meaning::amount), line);
    if (!amount) return std::unexpected(amount.error());
    line.amount = *amount;
    return {};
  }
  const std::string in = text_of(fields, Meaning::in);
  const std::string out = text_of(fields, Meaning::out);
  if (in.empty() && out.empty()) return usage_failure("neither in nor out has an amount");
  const auto received = in.empty() ? Result<Amount>(0) : amount_of(in, line);
  if (!received) return std::unexpected(received.error());
  const auto paid = out.empty() ? Result<Amount>(0) : amount_of(out, line);
  if (!paid) return std::unexpected(paid.error());
  if (*received != 0 && *paid != 0) return usage_failure("both in and out have an amount");
  if (*received < 0) return usage_failure("the amount in column in is below 0");
  // Some banks write what goes out with a minus, some without.
  line.amount = *received != 0 ? *received : *paid > 0 ? -*paid : *paid;
  return {};
}

Result<Amount> CsvBankFile::amount_of(const std::string& text, const BankLine& line) const {
  const auto plain = plain_decimal(text, rules_.decimal, rules_.thousands);
  if (!plain) return usage_failure(plain.error());
  return parse_amount_(*plain, line.currency);
}

}  // namespace giro::cli
