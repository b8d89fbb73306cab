// What banks write: a CSV by rules, camt.053, and pain.001, which banks read. What is asked of the ledger is a request
// by itself, and days and amounts are ones that there are.
#include "cli/import/csv_bank_file.hpp"
#include "cli/import/import_rows.hpp"
#include "cli/iso20022/message.hpp"
#include "ledger/timestamp.hpp"
#include "tests/fuzz/targets/bytes_as_file.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/row_promises.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

cli::ImportRules two_accounts() {
  cli::ImportRules rules;
  rules.account = "bank";
  rules.counter_account = "world";
  rules.currency = "EUR";
  return rules;
}

void take_lines(cli::BankFile& file) {
  for (;;) {
    const auto next = file.next(true);
    if (!next || std::holds_alternative<cli::NoRow>(*next)) return;
    const auto* line = std::get_if<cli::BankLine>(&*next);
    if (line == nullptr) continue;
    require(line->date.empty() || parse_date(line->date), "a line's day exists: " + line->date);
    require(line->from.empty() == line->to.empty(), "a line has both sides, or neither");
  }
}

}  // namespace

void fuzz_pain001(std::string_view bytes) {
  const BytesAsFile file(bytes);
  const cli::ImportRules rules = two_accounts();
  const auto rows = cli::rows_of_pain001(file.path(), rules, cents);
  if (rows) {
    take_rows(**rows);
  } else {
    require(!rows.error().what.empty(), "a failure says what is wrong");
  }
}

void fuzz_camt053(std::string_view bytes) {
  const BytesAsFile file(bytes);
  const cli::ImportRules rules = two_accounts();
  auto lines = cli::bank_file_of_camt053(file.path(), rules, cents);
  if (!lines) {
    require(!lines.error().what.empty(), "a failure says what is wrong");
    return;
  }
  take_lines(**lines);
  auto again = cli::bank_file_of_camt053(file.path(), rules, cents);
  require(again.has_value(), "a file that was read is read again");
  take_rows(*cli::rows_of_bank_file(std::move(*again), rules));
}

// Rules, a line with "---" alone, and the file that they are for.
void fuzz_bank_csv(std::string_view bytes) {
  constexpr std::string_view kBetween = "\n---\n";
  const std::size_t end = std::min(bytes.find(kBetween), bytes.size());
  const auto rules = cli::parse_rules(bytes.substr(0, end), "rules.toml");
  if (!rules) {
    require(rules.error().what.find("rules.toml") != std::string::npos, "a failure names its file");
    return;
  }
  const BytesAsFile file(bytes.substr(std::min(end + kBetween.size(), bytes.size())));
  cli::CsvBankFile lines(cli::ByteSource(file.reopen()), *rules, cents);
  take_lines(lines);
  take_rows(*cli::rows_of_bank_file(
      std::make_unique<cli::CsvBankFile>(cli::ByteSource(file.reopen()), *rules, cents), *rules));
}

}  // namespace giro::fuzz
