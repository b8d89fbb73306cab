#include "cli/reconcile/statements.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/export/snapshot.hpp"
#include "cli/import/draft.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

std::unexpected<Failure> too_many() {
  return usage_failure(fmt::format("more than {} lines", kLinesMax),
                       "Compare a shorter period: --from and --to, and a shorter file.");
}

std::unexpected<Failure> unreadable(std::uint64_t line, const std::string& what) {
  return usage_failure(fmt::format("line {}: {}", line, what),
                       "A statement is compared as a whole: mend the line, or the rules.");
}

// What a line of the file did to our account; nothing: it is another account's.
std::optional<Amount> amount_for(const BankLine& line, const std::string& account) {
  if (!line.from.empty()) {
    if (line.to == account) return line.amount;
    if (line.from == account) return -line.amount;
    return std::nullopt;
  }
  if (!line.account.empty() && line.account != account) return std::nullopt;
  return line.amount;
}

StatementLine own_line(const json::object& line) {
  const std::string day = day_of(line);
  return {.place = static_cast<std::uint64_t>(number_field(line, "seq").value_or(0)),
          .date = parse_date(day).value_or(Date{}),
          .amount = number_field(line, "amount").value_or(0),
          .key = text_field(line, "key"),
          .reference = text_field(line, "reference"),
          .text = text_field(line, "description")};
}

}  // namespace

void add_balances_of(const std::vector<LineWithBalance>& lines, Statement& statement) {
  if (lines.empty() || !lines.front().balance || !lines.back().balance) return;
  const auto leads = [&](std::size_t from, std::size_t to) {
    return lines[to].balance && lines[from].balance &&
           Int128{*lines[from].balance} + lines[to].amount == *lines[to].balance;
  };
  bool rising = true;
  bool falling = true;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    rising = rising && leads(i, i + 1);
    falling = falling && leads(i + 1, i);
  }
  if (!rising && !falling) return;
  const LineWithBalance& first = rising ? lines.front() : lines.back();
  const LineWithBalance& last = rising ? lines.back() : lines.front();
  if (!statement.opening) statement.opening = *first.balance - first.amount;
  if (!statement.closing) statement.closing = last.balance;
}

Result<Statement> read_bank_statement(Session& session, const ImportInput& input,
                                      const std::string& account, const std::string& currency,
                                      bool opposite) {
  ImportInput ours = input;
  ours.account = account;
  if (ours.currency.empty()) ours.currency = currency;
  auto open = open_bank_file(session, ours);
  if (!open) return std::unexpected(std::move(open).error());
  BankFile& file = *(*open)->file;
  DerivedKeys keys((*open)->rules.key_prefix);
  Statement statement;
  std::vector<LineWithBalance> balances;
  const Amount sign = opposite ? -1 : 1;
  for (;;) {
    auto next = file.next(true);
    if (!next) return std::unexpected(std::move(next).error());
    if (std::holds_alternative<NoRow>(*next)) break;
    if (const auto* bad = std::get_if<BadRow>(&*next)) return unreadable(bad->line, bad->what);
    auto& line = std::get<BankLine>(*next);
    const auto amount = amount_for(line, account);
    if (line.currency != currency && amount) {
      return unreadable(
          line.line, fmt::format("it is in {}, and {} keeps {}", line.currency, account, currency));
    }
    // As the import does: a key counts the equal records before it.
    if (line.key.empty() && line.amount != 0) {
      auto key = keys.key_of(line.words);
      if (!key) return usage_failure(std::move(key).error());
      line.key = std::move(*key);
    }
    if (!amount) ++statement.left_out;
    if (!amount || *amount == 0) continue;
    const auto date = parse_date(line.date);
    if (!date) return unreadable(line.line, "no date; which column has it, the rules must say");
    if (statement.lines.size() == kLinesMax) return too_many();
    statement.lines.push_back({.place = line.line,
                               .date = *date,
                               .amount = sign * *amount,
                               .key = std::move(line.key),
                               .reference = std::move(line.reference),
                               .text = std::move(line.description)});
    balances.push_back(
        {sign * *amount, line.balance.transform([&](Amount balance) { return sign * balance; })});
  }
  statement.left_out += file.left_out();
  const auto signed_balance = [&](std::optional<Amount> balance) {
    return balance.transform([&](Amount amount) { return sign * amount; });
  };
  statement.opening = signed_balance(file.opening_balance());
  statement.closing = signed_balance(file.closing_balance());
  add_balances_of(balances, statement);
  return statement;
}

Result<Statement> read_own_statement(Session& session, const std::string& account,
                                     const Period& period, int days) {
  const auto day = [](std::int32_t days_since) {
    return format_date({std::clamp(days_since, kFirstDate.days, kLastDate.days)});
  };
  json::object params{{"id", account}, {"by", "effective_date"}};
  params["from"] = day(period.from.days);
  params["to"] = day(period.to.days);
  params["limit"] = 1;
  const auto balances = session.call("accounts.statement", params);
  if (!balances) return std::unexpected(balances.error());
  Statement statement;
  statement.opening = number_field(*balances, "opening_balance");
  statement.closing = number_field(*balances, "closing_balance");
  params["from"] = day(period.from.days - days);
  params["to"] = day(period.to.days + days);
  auto read = for_each_line(session, std::move(params), {}, [&](const json::object& line) {
    if (statement.lines.size() == kLinesMax) return Result<void>(too_many());
    statement.lines.push_back(own_line(line));
    return Result<void>();
  });
  if (!read) return std::unexpected(std::move(read).error());
  return statement;
}

}  // namespace giro::cli
