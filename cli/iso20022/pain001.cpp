// pain.001: what a company asks its bank to pay.
#include <utility>

#include <fmt/format.h>

#include "cli/iso20022/message.hpp"

namespace giro::cli {
namespace {

std::vector<std::string> pain001_containers() {
  return {"Document", "CstmrCdtTrfInitn", "PmtInf"};
}

// What a message says of itself and of each of its parts: how many transfers, and the sum of all.
struct Control {
  std::string where;
  std::optional<std::string> count;
  std::optional<std::string> sum;
};

// Counts transfers, and adds them up as decimals of 5 digits, as many as the standard has.
class Sums {
 public:
  bool add(std::string_view amount) {  // False: it is no amount.
    const auto units = parse_decimal(amount, kDecimals);
    if (!units) return false;
    sum_ += *units;
    ++count_;
    return true;
  }
  // What is wrong with what the file says; empty: nothing.
  [[nodiscard]] std::string problem(const Control& control) const {
    if (control.count && *control.count != std::to_string(count_)) {
      return fmt::format("{} says NbOfTxs {}, and there are {} transfers", control.where,
                         *control.count, count_);
    }
    const auto said = control.sum ? parse_decimal(*control.sum, kDecimals) : Amount{0};
    if (control.sum && (!said || *said != sum_)) {
      return fmt::format("{} says CtrlSum {}, and the transfers add up to {}", control.where,
                         *control.sum, format_decimal(sum_, kDecimals));
    }
    return {};
  }

 private:
  static constexpr int kDecimals = 5;
  Int128 sum_ = 0;
  std::uint64_t count_ = 0;
};

void note_control(const XmlNode& node, Control& control) {
  if (node.name == "NbOfTxs") control.count = node.text;
  if (node.name == "CtrlSum") control.sum = node.text;
}

Result<void> check_control(const std::string& path) {
  auto bytes = ByteSource::open(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  XmlRecords records(std::move(*bytes), pain001_containers());
  Control of_message{.where = "the group header", .count = {}, .sum = {}};
  Control of_part;
  Sums all;
  Sums part;
  std::string problem;
  for (;;) {
    const auto next = records.next(true);
    if (!next) return std::unexpected(next.error());
    if (!*next) break;
    const XmlRecords::Event& event = **next;
    if (event.kind == XmlEventKind::begin && event.container == "PmtInf") {
      of_part = {.where = fmt::format("the payment information in line {}", event.node.line),
                 .count = {},
                 .sum = {}};
      part = {};
    } else if (event.kind == XmlEventKind::end && event.container == "PmtInf") {
      if (problem.empty()) problem = part.problem(of_part);
    } else if (event.kind == XmlEventKind::record && event.node.name == "GrpHdr") {
      for (const XmlNode& child : event.node.children) note_control(child, of_message);
    } else if (event.kind == XmlEventKind::record && event.node.name == "CdtTrfTxInf") {
      const std::string amount = text_at(event.node, "Amt/InstdAmt");
      // One that is none is told with its row, unless the sums tell first.
      if (all.add(amount)) (void)part.add(amount);
    } else if (event.kind == XmlEventKind::record && event.container == "PmtInf") {
      note_control(event.node, of_part);
    }
  }
  if (problem.empty()) problem = all.problem(of_message);
  if (problem.empty()) return {};
  return usage_failure(problem,
                       "Get the file anew from where it came from: it isn't whole, or was "
                       "changed.");
}

class Pain001Rows final : public ImportRows {
 public:
  Pain001Rows(ByteSource bytes, const ImportRules& rules, ParseAmount parse_amount)
      : records_(std::move(bytes), pain001_containers()),
        rules_(rules),
        parse_amount_(std::move(parse_amount)),
        keys_(rules.key_prefix) {}

  [[nodiscard]] Result<NextRow> next(bool may_wait) override {
    for (;;) {
      auto next = records_.next(may_wait);
      if (!next) return std::unexpected(std::move(next).error());
      if (!*next) return NoRow{records_.at_end()};
      XmlRecords::Event& event = **next;
      if (event.kind == XmlEventKind::begin && event.container == "PmtInf") part_ = {};
      if (event.kind != XmlEventKind::record || event.container != "PmtInf") continue;
      if (event.node.name != "CdtTrfTxInf") {
        part_.children.push_back(std::move(event.node));
        continue;
      }
      auto draft = draft_of(event.node);
      if (draft) return row_of(*draft, event.node.line, {});
      if (draft.error().exit != ExitCode::usage) return std::unexpected(std::move(draft).error());
      return BadRow{event.node.line, std::move(draft).error().what, {}};
    }
  }

  [[nodiscard]] std::uint64_t line() const override { return records_.line(); }
  [[nodiscard]] const std::string& header() const override { return header_; }
  [[nodiscard]] std::uint64_t bytes_read() const override { return records_.bytes().consumed(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return records_.bytes().size();
  }

 private:
  [[nodiscard]] Result<Draft> draft_of(const XmlNode& transfer) {
    const std::string amount_text = text_at(transfer, "Amt/InstdAmt");
    const std::string currency = attribute_at(transfer, "Amt/InstdAmt", "Ccy");
    if (amount_text.empty() || currency.empty()) {
      return usage_failure("no Amt/InstdAmt with its Ccy");
    }
    const auto amount = parse_amount_(amount_text, rules_.currency_for(currency));
    if (!amount) return std::unexpected(amount.error());
    DraftLeg leg{.from = rules_.account_for(account_in(part_, "DbtrAcct")),
                 .to = rules_.account_for(account_in(transfer, "CdtrAcct")),
                 .amount = *amount,
                 .currency = rules_.currency_for(currency)};
    if (leg.from.empty()) leg.from = rules_.account;
    if (leg.from.empty()) return usage_failure("no DbtrAcct with an IBAN or another id");
    if (leg.to.empty()) return usage_failure("no CdtrAcct with an IBAN or another id");
    Draft draft{.key = text_at(transfer, "PmtId/EndToEndId"),
                .legs = {std::move(leg)},
                .code = rules_.code,
                .reference = text_at(transfer, "RmtInf/Strd/CdtrRefInf/Ref"),
                .description = text_at(transfer, "RmtInf/Ustrd"),
                .effective_date = date_in(part_, "ReqdExctnDt")};
    if (draft.reference.empty()) draft.reference = rules_.reference;
    if (draft.description.empty()) draft.description = rules_.description;
    if (!draft.key.empty() && draft.key != kNotProvided) return draft;
    auto key = keys_.key_of(words_of(transfer, draft));
    if (!key) return usage_failure(std::move(key).error());
    draft.key = std::move(*key);
    return draft;
  }

  [[nodiscard]] std::string words_of(const XmlNode& transfer, const Draft& draft) const {
    return joined_words({text_at(part_, "PmtInfId"), text_at(transfer, "PmtId/InstrId"),
                         account_in(part_, "DbtrAcct"), account_in(transfer, "CdtrAcct"),
                         text_at(transfer, "Amt/InstdAmt"), draft.effective_date,
                         text_at(transfer, "RmtInf/Ustrd")});
  }

  XmlRecords records_;
  const ImportRules& rules_;
  ParseAmount parse_amount_;
  DerivedKeys keys_;
  std::string header_;
  XmlNode part_;  // What the payment information says before its transfers.
};

}  // namespace

Result<std::unique_ptr<ImportRows>> rows_of_pain001(const std::string& path,
                                                    const ImportRules& rules,
                                                    const ParseAmount& parse_amount) {
  if (auto right = check_control(path); !right) return std::unexpected(std::move(right).error());
  auto bytes = ByteSource::open(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  return std::make_unique<Pain001Rows>(std::move(*bytes), rules, parse_amount);
}

}  // namespace giro::cli
