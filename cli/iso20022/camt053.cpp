// camt.053: what a bank says went in and out of an account.
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/import/draft.hpp"
#include "cli/iso20022/message.hpp"

namespace giro::cli {
namespace {

std::vector<std::string> camt053_containers() {
  return {"Document", "BkToCstmrStmt", "Stmt"};
}

// Credits are above 0. Usage failures: it is no amount.
Result<Amount> signed_amount(const XmlNode& node, const ImportRules& rules,
                             const ParseAmount& parse_amount) {
  const std::string currency = attribute_at(node, "Amt", "Ccy");
  if (currency.empty()) return usage_failure("no Amt with its Ccy");
  const auto amount = parse_amount(text_at(node, "Amt"), rules.currency_for(currency));
  if (!amount) return amount;
  const std::string side = text_at(node, "CdtDbtInd");
  if (side != "CRDT" && side != "DBIT") return usage_failure("CdtDbtInd is neither CRDT nor DBIT");
  if (*amount < 0) return usage_failure("an amount below 0");
  return side == "CRDT" ? *amount : -*amount;
}

bool is_booked(const XmlNode& entry) {
  const std::string status = text_at(entry, "Sts") + text_at(entry, "Sts/Cd");
  return status == "BOOK";
}

// Of one statement: whether its entries lead from its opening balance to its closing one.
struct Balances {
  std::string account;
  std::uint64_t line = 0;
  std::optional<Amount> opening;
  std::optional<Amount> closing;
  Int128 moved = 0;

  void note(const std::string& type, Amount amount) {
    if (type == "OPBD" || (type == "PRCD" && !opening)) opening = amount;
    if (type == "CLBD") closing = amount;
  }
  [[nodiscard]] bool agree() const {
    return !opening || !closing || Int128{*opening} + moved == *closing;
  }
};

std::string balance_type(const XmlNode& balance) {
  return text_at(balance, "Tp/CdOrPrtry/Cd");
}

class CamtBankFile final : public BankFile {
 public:
  CamtBankFile(ByteSource bytes, const ImportRules& rules, ParseAmount parse_amount)
      : records_(std::move(bytes), camt053_containers()),
        rules_(rules),
        parse_amount_(std::move(parse_amount)) {}

  [[nodiscard]] Result<NextBankLine> next(bool may_wait) override {
    for (;;) {
      auto next = records_.next(may_wait);
      if (!next) return std::unexpected(std::move(next).error());
      if (!*next) return NoRow{records_.at_end()};
      XmlRecords::Event& event = **next;
      if (event.kind == XmlEventKind::begin && event.container == "Stmt") statement_ = {};
      if (event.kind != XmlEventKind::record || event.container != "Stmt") continue;
      if (event.node.name == "Acct") statement_.account = account_id(event.node);
      if (event.node.name == "Bal") note_balance(event.node);
      if (event.node.name != "Ntry") continue;
      if (!is_booked(event.node)) {
        ++left_out_;
        continue;
      }
      auto line = line_of(event.node);
      if (line) return std::move(*line);
      if (line.error().exit != ExitCode::usage) return std::unexpected(std::move(line).error());
      return BadRow{event.node.line, std::move(line).error().what, {}};
    }
  }

  [[nodiscard]] std::uint64_t line() const override { return records_.line(); }
  [[nodiscard]] const std::string& header() const override { return header_; }
  [[nodiscard]] std::uint64_t bytes_read() const override { return records_.bytes().consumed(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return records_.bytes().size();
  }
  [[nodiscard]] std::optional<Amount> opening_balance() const override { return opening_; }
  [[nodiscard]] std::optional<Amount> closing_balance() const override { return closing_; }
  [[nodiscard]] std::uint64_t left_out() const override { return left_out_; }

  [[nodiscard]] static std::string account_id(const XmlNode& account) {
    XmlNode around;
    around.children.push_back(account);
    return account_in(around, "Acct");
  }

 private:
  void note_balance(const XmlNode& balance) {
    const auto amount = signed_amount(balance, rules_, parse_amount_);
    if (!amount) return;
    statement_.note(balance_type(balance), *amount);
    if (!opening_) opening_ = statement_.opening;
    if (statement_.closing) closing_ = statement_.closing;
  }

  // The account that the rules name for it; else the one that they name for all; else the id itself.
  [[nodiscard]] std::string account_for(const std::string& id, const std::string& of_all) const {
    if (rules_.accounts.contains(id)) return rules_.account_for(id);
    return of_all.empty() ? id : std::string();
  }

  [[nodiscard]] Result<BankLine> line_of(const XmlNode& entry) const {
    const auto amount = signed_amount(entry, rules_, parse_amount_);
    if (!amount) return std::unexpected(amount.error());
    BankLine line;
    line.line = entry.line;
    line.amount = *amount;
    line.currency = rules_.currency_for(attribute_at(entry, "Amt", "Ccy"));
    line.account = account_for(statement_.account, rules_.account);
    line.date = date_in(entry, "BookgDt");
    if (line.date.empty()) line.date = date_in(entry, "ValDt");
    line.description = text_at(entry, "AddtlNtryInf");
    const XmlNode* transaction = find(entry, "NtryDtls/TxDtls");
    if (transaction != nullptr) read_details(*transaction, *amount > 0, line);
    line.words = joined_words({statement_.account, text_at(entry, "AcctSvcrRef"), line.date,
                               text_at(entry, "Amt"), line.currency, text_at(entry, "CdtDbtInd"),
                               line.reference, line.description});
    return line;
  }

  void read_details(const XmlNode& transaction, bool in, BankLine& line) const {
    const std::string other =
        account_in(transaction, in ? "RltdPties/DbtrAcct" : "RltdPties/CdtrAcct");
    line.counter_account = account_for(other, rules_.counter_account);
    line.reference = text_at(transaction, "Refs/EndToEndId");
    if (line.reference == kNotProvided) line.reference.clear();
    std::string words;
    if (const XmlNode* remittance = find(transaction, "RmtInf")) {
      for (const XmlNode& child : remittance->children) {
        if (child.name == "Ustrd") words += (words.empty() ? "" : " ") + child.text;
      }
    }
    if (!words.empty()) line.description = std::move(words);
  }

  XmlRecords records_;
  const ImportRules& rules_;
  ParseAmount parse_amount_;
  std::string header_;
  Balances statement_;
  std::optional<Amount> opening_;
  std::optional<Amount> closing_;
  std::uint64_t left_out_ = 0;
};

std::unexpected<Failure> not_whole(std::string what) {
  return usage_failure(std::move(what),
                       "Get the file anew from the bank: it isn't whole, or was "
                       "changed.");
}

// The whole file once, before anything of it counts.
Result<void> check_statements(const std::string& path, const ImportRules& rules,
                              const ParseAmount& parse_amount) {
  auto bytes = ByteSource::open(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  XmlRecords records(std::move(*bytes), camt053_containers());
  Balances statement;
  std::set<std::string> unnamed;
  std::string problem;
  for (;;) {
    const auto next = records.next(true);
    if (!next) return std::unexpected(next.error());
    if (!*next) break;
    const XmlRecords::Event& event = **next;
    const XmlNode& node = event.node;
    if (event.kind == XmlEventKind::begin && event.container == "Stmt") {
      statement = {};
      statement.line = node.line;
    } else if (event.kind == XmlEventKind::end && event.container == "Stmt") {
      if (!rules.accounts.contains(statement.account)) unnamed.insert(statement.account);
      if (problem.empty() && !statement.agree()) {
        problem = fmt::format(
            "the entries of the statement in line {} don't lead from its opening balance to its "
            "closing one",
            statement.line);
      }
    } else if (event.kind == XmlEventKind::record && node.name == "Acct") {
      statement.account = CamtBankFile::account_id(node);
    } else if (event.kind == XmlEventKind::record && (node.name == "Bal" || node.name == "Ntry")) {
      const auto amount = signed_amount(node, rules, parse_amount);
      if (!amount && amount.error().exit != ExitCode::usage) {
        return std::unexpected(amount.error());
      }
      // What is no amount is told with its row.
      if (!amount) continue;
      if (node.name == "Bal") statement.note(balance_type(node), *amount);
      if (node.name == "Ntry" && is_booked(node)) statement.moved += *amount;
    }
  }
  if (!problem.empty()) return not_whole(problem);
  if (unnamed.size() < 2 || rules.account.empty()) return {};
  return usage_failure(
      fmt::format("the file has statements of several accounts ({})", fmt::join(unnamed, ", ")),
      R"(Name each in the rules: [accounts] "IBAN" = "...".)");
}

}  // namespace

Result<std::unique_ptr<BankFile>> bank_file_of_camt053(const std::string& path,
                                                       const ImportRules& rules,
                                                       const ParseAmount& parse_amount) {
  if (auto right = check_statements(path, rules, parse_amount); !right) {
    return std::unexpected(std::move(right).error());
  }
  auto bytes = ByteSource::open(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  return std::make_unique<CamtBankFile>(std::move(*bytes), rules, parse_amount);
}

}  // namespace giro::cli
