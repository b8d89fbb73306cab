#include "cli/import/import_source.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/import/csv_bank_file.hpp"
#include "cli/import/journal_rows.hpp"
#include "cli/iso20022/message.hpp"
#include "cli/submit/keys_seen.hpp"
#include "cli/submit/row_source.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

// Rows as `giro submit` takes them; payments without a key get one of their own words.
class NativeRows final : public ImportRows {
 public:
  NativeRows(RowSource rows, const ImportRules& rules)
      : rows_(std::move(rows)), keys_(rules.key_prefix) {}

  [[nodiscard]] Result<NextRow> next(bool may_wait) override {
    auto next = rows_.next(may_wait);
    if (!next) return std::unexpected(with_rules_advice(std::move(next).error()));
    Row* row = std::get_if<Row>(&*next);
    if (row == nullptr || !row->request.method.empty()) return next;
    if (!key_of_params(row->request.params).empty()) return next;
    return with_key(std::move(*row));
  }

  [[nodiscard]] std::uint64_t line() const override { return rows_.line(); }
  [[nodiscard]] const std::string& header() const override { return rows_.header(); }
  [[nodiscard]] std::uint64_t bytes_read() const override { return rows_.bytes_read(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return rows_.bytes_total();
  }

 private:
  [[nodiscard]] NextRow with_key(Row row) {
    // An empty key is the row's own word, and the daemon's to refuse.
    if (row.request.params.find(R"("key")") != std::string::npos) return row;
    const auto key = keys_.key_of(row.request.params);
    if (!key) return BadRow{row.line, key.error(), std::move(row.text)};
    std::string& params = row.request.params;
    const std::size_t first = params.find_first_not_of(" \t\r\n", params.find('{') + 1);
    params = fmt::format(R"({{"key":"{}"{}{})", *key, params[first] == '}' ? "" : ",",
                         params.substr(first));
    return row;
  }

  [[nodiscard]] static Failure with_rules_advice(Failure failure) {
    if (failure.what.starts_with("the header row")) {
      failure.advice += " For a bank's file, say with --rules how it is to be read.";
    }
    return failure;
  }

  RowSource rows_;
  DerivedKeys keys_;
};

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

// Of a message in XML, by its namespace.
Result<ImportFormat> format_of_message(const std::string& path) {
  const auto message = message_of(path);
  if (!message) return std::unexpected(message.error());
  if (*message == "pain.001") return ImportFormat::pain001;
  if (*message == "camt.053") return ImportFormat::camt053;
  return usage_failure(
      fmt::format("{} is XML, and its namespace names neither pain.001 nor camt.053", path),
      "If it is one of them all the same, say so with --format.");
}

// By the name, the rules, or the first byte.
Result<ImportFormat> detect(const ImportInput& input, ByteSource& bytes) {
  if (input.format != ImportFormat::detect) return input.format;
  if (ends_with_any(input.file, {".journal", ".hledger", ".ledger", ".j"})) {
    return ImportFormat::hledger;
  }
  std::size_t first = std::string_view::npos;
  while ((first = bytes.view().find_first_not_of("\xef\xbb\xbf \t\r\n")) ==
             std::string_view::npos &&
         bytes.view().size() < kRowBytesMax && !bytes.at_end()) {
    if (auto filled = bytes.fill(); !filled) return std::unexpected(std::move(filled).error());
  }
  if (first == std::string_view::npos) return ImportFormat::csv;
  if (bytes.view()[first] == '<') return format_of_message(input.file);
  if (!input.rules_path.empty()) return ImportFormat::csv;
  return bytes.view()[first] == '{' ? ImportFormat::ndjson : ImportFormat::csv;
}

Result<ImportRules> rules_of(const ImportInput& input) {
  auto rules =
      input.rules_path.empty() ? Result<ImportRules>(ImportRules{}) : read_rules(input.rules_path);
  if (!rules) return rules;
  for (const auto& [given, rule] : {std::pair(&input.account, &rules->account),
                                    std::pair(&input.counter_account, &rules->counter_account),
                                    std::pair(&input.currency, &rules->currency)}) {
    if (!given->empty()) *rule = *given;
  }
  return rules;
}

Result<void> check_csv_rules(const ImportRules& rules, const std::string& path) {
  const auto has = [&](Meaning meaning) { return !rules.of(meaning).empty(); };
  if (has(Meaning::amount) || has(Meaning::in) || has(Meaning::out)) return {};
  return usage_failure(
      fmt::format("{} doesn't say which column has the amount", path),
      "Say amount, or in and out, under [columns]; docs/IMPORT_EXPORT.md has examples.");
}

ParseAmount parser(const DeclaredScales& scales) {
  return [&scales](std::string_view decimal, std::string_view currency) {
    return scales.parse_amount(decimal, currency);
  };
}

// REQUIRES: a format of bank files.
Result<std::unique_ptr<BankFile>> bank_file(ImportFormat format, const ImportInput& input,
                                            ByteSource bytes, const ImportRules& rules,
                                            const DeclaredScales& scales) {
  if (format == ImportFormat::camt053) {
    return bank_file_of_camt053(input.file, rules, parser(scales));
  }
  if (auto right = check_csv_rules(rules, input.rules_path); !right) {
    return std::unexpected(std::move(right).error());
  }
  return std::make_unique<CsvBankFile>(std::move(bytes), rules, parser(scales));
}

// Opens what `make` can make of the rules and the declared scales, both in their lasting place.
template <class Open, class Make>
Result<std::unique_ptr<Open>> open_with(Session& session, const ImportInput& input, Make make) {
  auto rules = rules_of(input);
  if (!rules) return std::unexpected(std::move(rules).error());
  auto open = std::make_unique<Open>(Open{std::move(*rules), DeclaredScales(session), nullptr});
  if (auto declared = open->scales.declare(input.scales); !declared) {
    return std::unexpected(std::move(declared).error());
  }
  if (auto made = make(*open); !made) return std::unexpected(std::move(made).error());
  return open;
}

Result<void> open_rows_of_journal(const ImportInput& input, OpenImport& open) {
  const auto survey = survey_journal(input.file, open.rules);
  if (!survey) return std::unexpected(survey.error());
  for (const auto& [currency, decimals] : survey->decimals) {
    open.scales.suggest(currency, decimals);
  }
  auto rows = rows_of_journal(input.file, open.rules, *survey, parser(open.scales));
  if (!rows) return std::unexpected(std::move(rows).error());
  open.rows = std::move(*rows);
  return {};
}

}  // namespace

void declare_import_input(CLI::App& command, ImportInput& input) {
  static const std::map<std::string, ImportFormat> kFormats{{"csv", ImportFormat::csv},
                                                            {"ndjson", ImportFormat::ndjson},
                                                            {"hledger", ImportFormat::hledger},
                                                            {"pain.001", ImportFormat::pain001},
                                                            {"camt.053", ImportFormat::camt053}};
  command.add_option("FILE", input.file, "The file to read; `-` reads stdin")->required();
  command
      .add_option_function<std::string>(
          "--format", [&input](const std::string& name) { input.format = kFormats.at(name); },
          "Default: its content tells, and a name that ends with .journal is hledger's")
      ->check(CLI::IsMember({"csv", "ndjson", "hledger", "pain.001", "camt.053"}));
  command.add_option("--rules", input.rules_path, "How a bank's file is to be read (TOML)")
      ->type_name("FILE");
  command.add_option("--currency", input.currency,
                     "The currency, where the file doesn't say; of a journal the main one");
}

void declare_sides(CLI::App& command, ImportInput& input) {
  command.add_option("--account", input.account, "The account whose statement FILE is");
  command.add_option("--counter-account", input.counter_account,
                     "Who pays what comes in, and gets what goes out");
  command
      .add_option("--scale", input.scales,
                  "Decimals of a currency that the ledger doesn't know yet, such as PTS=0; "
                  "may be given again")
      ->allow_extra_args(false);
}

Result<void> DeclaredScales::declare(const std::vector<std::string>& scales) {
  for (const std::string& text : scales) {
    const std::size_t sign = std::min(text.find('='), text.size() - 1);
    const auto scale = protocol::whole_number<int>(std::string_view(text).substr(sign + 1));
    if (!is_currency_code(text.substr(0, sign)) || !scale || *scale < 0 || *scale > kScaleMax) {
      return usage_failure(fmt::format("--scale {} isn't CURRENCY=DECIMALS, such as PTS=0", text));
    }
    scales_[text.substr(0, sign)] = *scale;
  }
  return {};
}

Result<int> DeclaredScales::scale_of(std::string_view currency) const {
  auto known = session_.scale_of(currency);
  const auto declared = scales_.find(currency);
  if (known || known.error().exit != ExitCode::usage || declared == scales_.end()) return known;
  return declared->second;
}

Result<Amount> DeclaredScales::parse_amount(std::string_view decimal,
                                            std::string_view currency) const {
  const auto known = session_.scale_of(currency);
  const auto declared = scales_.find(currency);
  if (known || known.error().exit != ExitCode::usage || declared == scales_.end()) {
    return session_.parse_amount(decimal, currency);
  }
  const auto amount = parse_decimal(decimal, declared->second);
  if (amount) return *amount;
  return usage_failure(fmt::format("amount `{}` isn't one of {} with at most {} decimals", decimal,
                                   currency, declared->second));
}

Result<std::unique_ptr<OpenImport>> open_import(Session& session, const ImportInput& input) {
  return open_with<OpenImport>(session, input, [&](OpenImport& open) -> Result<void> {
    auto bytes = ByteSource::open(input.file);
    if (!bytes) return std::unexpected(std::move(bytes).error());
    const auto format = detect(input, *bytes);
    if (!format) return std::unexpected(format.error());
    if (*format == ImportFormat::hledger) return open_rows_of_journal(input, open);
    if (*format == ImportFormat::pain001) {
      auto rows = rows_of_pain001(input.file, open.rules, parser(open.scales));
      if (!rows) return std::unexpected(std::move(rows).error());
      open.rows = std::move(*rows);
      return {};
    }
    if (*format == ImportFormat::camt053 ||
        (*format == ImportFormat::csv && !input.rules_path.empty())) {
      auto file = bank_file(*format, input, std::move(*bytes), open.rules, open.scales);
      if (!file) return std::unexpected(std::move(file).error());
      open.rows = rows_of_bank_file(std::move(*file), open.rules);
      return {};
    }
    const RowFormat rows = *format == ImportFormat::ndjson ? RowFormat::ndjson : RowFormat::csv;
    open.rows = std::make_unique<NativeRows>(
        RowSource(std::move(*bytes), rows, parser(open.scales)), open.rules);
    return {};
  });
}

Result<std::unique_ptr<OpenBankFile>> open_bank_file(Session& session, const ImportInput& input) {
  return open_with<OpenBankFile>(session, input, [&](OpenBankFile& open) -> Result<void> {
    auto bytes = ByteSource::open(input.file);
    if (!bytes) return std::unexpected(std::move(bytes).error());
    const auto format = detect(input, *bytes);
    if (!format) return std::unexpected(format.error());
    const bool by_rules = *format == ImportFormat::csv && !input.rules_path.empty();
    if (!by_rules && *format != ImportFormat::camt053) {
      return usage_failure(
          "a bank's statement is a camt.053, or a CSV that --rules say how to read");
    }
    auto file = bank_file(*format, input, std::move(*bytes), open.rules, open.scales);
    if (!file) return std::unexpected(std::move(file).error());
    open.file = std::move(*file);
    return {};
  });
}

}  // namespace giro::cli
