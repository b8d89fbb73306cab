#include "cli/import/import_rows.hpp"

#include <utility>

#include <fmt/format.h>

namespace giro::cli {
namespace {

class BankRows final : public ImportRows {
 public:
  BankRows(std::unique_ptr<BankFile> file, const ImportRules& rules)
      : file_(std::move(file)), rules_(rules), keys_(rules.key_prefix) {}

  [[nodiscard]] Result<NextRow> next(bool may_wait) override {
    for (;;) {
      auto next = file_->next(may_wait);
      if (!next) return std::unexpected(std::move(next).error());
      if (auto* none = std::get_if<NoRow>(&*next)) return *none;
      if (auto* bad = std::get_if<BadRow>(&*next)) return std::move(*bad);
      auto& line = std::get<BankLine>(*next);
      if (line.amount != 0) return row_of_line(std::move(line));
      ++zeros_;
    }
  }

  [[nodiscard]] std::uint64_t line() const override { return file_->line(); }
  [[nodiscard]] const std::string& header() const override { return file_->header(); }
  [[nodiscard]] std::uint64_t bytes_read() const override { return file_->bytes_read(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return file_->bytes_total();
  }
  [[nodiscard]] std::uint64_t left_out() const override { return zeros_ + file_->left_out(); }

 private:
  [[nodiscard]] NextRow row_of_line(BankLine line) {
    auto draft = draft_of(line);
    if (!draft) return BadRow{line.line, std::move(draft).error(), std::move(line.text)};
    return row_of(*draft, line.line, std::move(line.text));
  }

  [[nodiscard]] std::expected<Draft, std::string> draft_of(const BankLine& line) {
    DraftLeg leg{
        .from = line.from, .to = line.to, .amount = line.amount, .currency = line.currency};
    if (line.from.empty() != line.to.empty()) {
      return std::unexpected("one of the columns from and to is empty");
    }
    if (line.from.empty()) {
      if (auto sides = find_sides(line, leg); !sides) return std::unexpected(sides.error());
    } else if (leg.amount < 0) {
      return std::unexpected("an amount below 0 between the accounts of columns from and to");
    }
    const auto or_fixed = [](const std::string& text, const std::string& fixed) {
      return text.empty() ? fixed : text;
    };
    Draft draft{.key = line.key,
                .legs = {std::move(leg)},
                .code = or_fixed(line.code, rules_.code),
                .reference = or_fixed(line.reference, rules_.reference),
                .description = or_fixed(line.description, rules_.description),
                .effective_date = line.date};
    if (draft.key.empty()) {
      auto key = keys_.key_of(line.words);
      if (!key) return std::unexpected(std::move(key).error());
      draft.key = std::move(*key);
    }
    return draft;
  }

  [[nodiscard]] std::expected<void, std::string> find_sides(const BankLine& line,
                                                            DraftLeg& leg) const {
    const std::string& ours = line.account.empty() ? rules_.account : line.account;
    const std::string& other =
        line.counter_account.empty() ? rules_.counter_account : line.counter_account;
    if (ours.empty()) {
      return std::unexpected("no account: say account in the rules, or --account");
    }
    if (other.empty()) {
      return std::unexpected(
          "no counter account: say counter_account in the rules, or --counter-account");
    }
    const bool in = leg.amount > 0;
    leg.from = in ? other : ours;
    leg.to = in ? ours : other;
    if (leg.amount == std::numeric_limits<Amount>::min()) {
      return std::unexpected("the amount is larger than the ledger can keep");
    }
    leg.amount = in ? leg.amount : -leg.amount;
    return {};
  }

  std::unique_ptr<BankFile> file_;
  const ImportRules& rules_;
  DerivedKeys keys_;
  std::uint64_t zeros_ = 0;
};

}  // namespace

NextRow row_of(const Draft& draft, std::uint64_t line, std::string text) {
  auto request = request_of(draft);
  if (!request) return BadRow{line, std::move(request).error(), std::move(text)};
  if (text.empty()) text = request->params + "\n";
  return Row{line, std::move(*request), std::move(text)};
}

std::unique_ptr<ImportRows> rows_of_bank_file(std::unique_ptr<BankFile> file,
                                              const ImportRules& rules) {
  return std::make_unique<BankRows>(std::move(file), rules);
}

}  // namespace giro::cli
