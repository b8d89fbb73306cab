#include "cli/export/journal_export.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/export/journal_names.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// The years that beancount's parser knows.
constexpr std::string_view kFirstBeancountDay = "1700-01-01";
constexpr std::string_view kLastBeancountDay = "2099-12-30";

constexpr const char* kHead =
    "; The ledger of Giro as of seq {}. Holds move nothing and are left out, and so is what was "
    "rejected.\n";

// A text on its own line of a journal, without what these programs take for more than text.
std::string plain_words(const std::string& text) {
  std::string words;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (blank && (words.empty() || words.back() == ' ')) continue;
    words += blank ? ' ' : c == ';' ? ',' : c == '[' ? '(' : c == ']' ? ')' : c;
  }
  return words;
}

std::string beancount_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "\"";
}

class JournalWriter {
 public:
  JournalWriter(Session& session, const Snapshot& snapshot, JournalDialect dialect)
      : session_(session), snapshot_(snapshot), dialect_(dialect) {}

  Result<void> run() {
    print(fmt::format(kHead, snapshot_.seq));
    if (dialect_ == JournalDialect::hledger) print("decimal-mark .\n");
    print("\n");
    auto done = for_each_account(session_, snapshot_, [this](const json::object& account) {
      write_account(account);
      return Result<void>();
    });
    if (!done) return done;
    done = for_each_entry(session_, snapshot_,
                          [this](const json::object& entry) { return write_entry(entry); });
    if (!done) return done;
    return write_balances();
  }

 private:
  [[nodiscard]] bool beancount() const { return dialect_ == JournalDialect::beancount; }

  [[nodiscard]] std::string name_of(const std::string& id) const {
    return beancount() ? beancount_name(id) : ledger_name(id);
  }

  [[nodiscard]] Result<std::string> amount_text(Int128 amount, const std::string& currency) {
    const auto scale = session_.scale_of(currency);
    if (!scale) return std::unexpected(scale.error());
    return fmt::format("{} {}", format_decimal(amount, *scale),
                       beancount() ? currency : ledger_commodity(currency));
  }

  void write_account(const json::object& account) {
    const std::string id = text_field(account, "id");
    const std::string name = name_of(id);
    if (beancount()) {
      print(fmt::format("{} open {} {}\n  giro-id: {}\n", kFirstBeancountDay, name,
                        text_field(account, "currency"), beancount_text(id)));
    } else {
      print(fmt::format("account {}{}\n", name, name == id ? "" : "  ; giro-id: " + id));
    }
  }

  Result<void> write_entry(const json::object& entry) {
    const auto movements = movements_of(entry);
    if (movements.empty()) return {};
    const std::string day = day_of(entry);
    if (beancount() && (day < kFirstBeancountDay || day > kLastBeancountDay)) {
      return usage_failure(
          fmt::format("seq {} counts on {}, and beancount knows only days from {} to {}",
                      shown_field(entry, "seq"), day, kFirstBeancountDay, kLastBeancountDay),
          "Export as hledger or ledger, which know every year.");
    }
    last_day_ = std::max(last_day_, day);
    std::string text = "\n" + heading(entry, day);
    for (const Movement& movement : movements) {
      for (const auto& [id, sign] : {std::pair(movement.from, -1), std::pair(movement.to, 1)}) {
        const auto amount = amount_text(Int128{sign} * movement.amount, movement.currency);
        if (!amount) return std::unexpected(amount.error());
        text += fmt::format("    {}  {}\n", name_of(id), *amount);
      }
    }
    auto price = price_line(movements, day);
    if (!price) return std::unexpected(std::move(price).error());
    print(text + *price);
    return {};
  }

  [[nodiscard]] std::string heading(const json::object& entry, const std::string& day) const {
    const std::string reference = text_field(entry, "reference");
    const std::string description = text_field(entry, "description");
    const std::string& words = description.empty() ? reference : description;
    if (beancount()) {
      std::string text =
          fmt::format("{} * {}\n  seq: {}\n  type: \"{}\"\n  key: {}\n", day, beancount_text(words),
                      shown_field(entry, "seq"), text_field(entry, "type"),
                      beancount_text(text_field(entry, "key")));
      if (!reference.empty()) text += "  reference: " + beancount_text(reference) + "\n";
      return text;
    }
    std::string code = plain_words(reference);
    std::erase_if(code, [](char c) { return c == '(' || c == ')'; });
    std::string payee = plain_words(words);
    // What would be a status, a code or another date.
    payee.erase(0, std::min(payee.find_first_not_of("*!(= "), payee.size()));
    std::string text = fmt::format("{} *{} {}", day, code.empty() ? "" : " (" + code + ")",
                                   payee.empty() ? text_field(entry, "type") : payee);
    return text + fmt::format("\n    ; seq: {}\n    ; type: {}\n    ; key: {}\n",
                              shown_field(entry, "seq"), text_field(entry, "type"),
                              plain_words(text_field(entry, "key")));
  }

  // Of a payment that changes one currency into another: for reports, as it balances without.
  [[nodiscard]] Result<std::string> price_line(const std::vector<Movement>& movements,
                                               const std::string& day) {
    if (movements.size() != 2 || movements[0].currency == movements[1].currency) {
      return std::string();
    }
    const auto given_scale = session_.scale_of(movements[0].currency);
    const auto got_scale = session_.scale_of(movements[1].currency);
    if (!given_scale || !got_scale) return std::string();
    const std::string price =
        price_of(movements[0].amount, *given_scale, movements[1].amount, *got_scale);
    if (price.empty()) return std::string();
    if (beancount()) {
      return fmt::format("{} price {} {} {}\n", day, movements[0].currency, price,
                         movements[1].currency);
    }
    return fmt::format("P {} {} {} {}\n", day, ledger_commodity(movements[0].currency), price,
                       ledger_commodity(movements[1].currency));
  }

  // In ledger's dialects a transaction of its own, which moves nothing.
  Result<void> write_balances() {
    if (last_day_.empty()) return {};
    if (beancount()) {
      print("\n");
    } else {
      print(fmt::format("\n{} * Balances as of seq {}\n", last_day_, snapshot_.seq));
    }
    // Beancount's are those of a day's beginning.
    const Date day = *parse_date(last_day_);
    const std::string next_day = day < kLastDate ? format_date({day.days + 1}) : last_day_;
    return for_each_account(session_, snapshot_, [&](const json::object& account) -> Result<void> {
      const std::string name = name_of(text_field(account, "id"));
      const std::string currency = text_field(account, "currency");
      const auto balance = amount_text(number_field(account, "balance").value_or(0), currency);
      if (!balance) return std::unexpected(balance.error());
      if (beancount()) {
        print(fmt::format("{} balance {} {}\n", next_day, name, *balance));
      } else {
        const auto nothing = amount_text(0, currency);
        print(fmt::format("    {}  {} = {}\n", name, nothing.value_or("0"), *balance));
      }
      return {};
    });
  }

  Session& session_;
  const Snapshot& snapshot_;
  JournalDialect dialect_;
  std::string last_day_;
};

}  // namespace

Result<void> export_journal(Session& session, const Snapshot& snapshot, JournalDialect dialect) {
  return JournalWriter(session, snapshot, dialect).run();
}

std::string price_of(Amount given, int given_scale, Amount got, int got_scale) {
  constexpr int kDecimals = 10;
  Int128 over = got;
  Int128 under = given;
  for (int i = 0; i < given_scale; ++i) over *= 10;
  for (int i = 0; i < got_scale; ++i) under *= 10;
  // Digit by digit: the rest stays below `under`, so that ten times it fits.
  std::string text = format_integer(over / under) + ".";
  Int128 rest = over % under;
  for (int i = 0; i < kDecimals; ++i) {
    rest *= 10;
    text += static_cast<char>('0' + static_cast<int>(rest / under));
    rest %= under;
  }
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "0" ? std::string() : text;
}

}  // namespace giro::cli
