#include "cli/import/journal_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/import/bank_text.hpp"
#include "cli/import/child_process.hpp"
#include "cli/import/json_array.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kConversion = "equity:conversion:";  // And the currency.
constexpr int kPlacesMax = 255;

struct Quantity {
  std::string currency;
  std::int64_t mantissa = 0;
  int decimals = 0;
};

std::string currency_of(const std::string& commodity, const ImportRules& rules) {
  static const std::map<std::string, std::string, std::less<>> kSigns{
      {"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY"}};
  if (const std::string& ours = rules.currency_for(commodity); ours != commodity) return ours;
  const auto sign = kSigns.find(commodity);
  if (sign != kSigns.end()) return sign->second;
  return commodity.empty() ? rules.currency : commodity;
}

// Errors: what is wrong with it.
std::expected<Quantity, std::string> quantity_of(const json::object& amount,
                                                 const ImportRules& rules) {
  const std::string commodity = text_field(amount, "acommodity");
  Quantity quantity{.currency = currency_of(commodity, rules)};
  if (!is_currency_code(quantity.currency)) {
    return std::unexpected(fmt::format(
        "commodity `{}` can't be a currency here (2 to 12 of A-Z and 0-9, a letter first): give it "
        "a name in the rules, [commodities] \"{}\" = \"NAME\"",
        commodity, commodity));
  }
  const json::object& number = object_field(amount, "aquantity");
  const auto mantissa = number_field(number, "decimalMantissa");
  const auto decimals = number_field(number, "decimalPlaces");
  if (!mantissa || !decimals || *decimals < 0 || *decimals > kPlacesMax) {
    return std::unexpected(
        fmt::format("an amount of {} is larger than the ledger can keep", quantity.currency));
  }
  quantity.mantissa = *mantissa;
  quantity.decimals = static_cast<int>(*decimals);
  while (quantity.decimals > 0 && quantity.mantissa % 10 == 0) {
    quantity.mantissa /= 10;
    --quantity.decimals;
  }
  return quantity;
}

std::string text_of(const Quantity& quantity) {
  return format_decimal(quantity.mantissa, quantity.decimals);
}

// Two accounts of the journal that would be one here: told, because that can't be taken back.
std::optional<Failure> collision(const std::string& name, std::map<std::string, std::string>& names,
                                 const ImportRules& rules) {
  const std::string& renamed = rules.account_for(name);
  if (renamed != name) return std::nullopt;
  const auto [known, added] = names.emplace(account_id_of(name), name);
  if (added || known->second == name) return std::nullopt;
  return usage_failure(fmt::format("the journal's accounts `{}` and `{}` would both be {} here",
                                   known->second, name, known->first),
                       fmt::format("Give one another name in the rules: [accounts] \"{}\" = "
                                   "\"...\".",
                                   name))
      .error();
}

// Calls `visit(posting, amount)` for each amount of each posting that counts.
template <class Visit>
std::expected<void, std::string> for_each_amount(const json::object& transaction, Visit visit) {
  for (const json::value& element : array_field(transaction, "tpostings")) {
    if (!element.is_object()) continue;
    const json::object& posting = element.get_object();
    for (const json::value& amount : array_field(posting, "pamount")) {
      if (!amount.is_object()) continue;
      auto visited = visit(posting, amount.get_object());
      if (!visited) return visited;
    }
  }
  return {};
}

std::vector<std::string> words_to_print(const std::string& path) {
  return {"hledger", "-f", path, "print", "-O", "json"};
}

class JournalRows final : public ImportRows {
 public:
  JournalRows(ChildProcess hledger, const ImportRules& rules, JournalSurvey survey,
              ParseAmount parse_amount)
      : hledger_(std::move(hledger)),
        elements_(hledger_.output()),
        rules_(rules),
        survey_(std::move(survey)),
        parse_amount_(std::move(parse_amount)),
        keys_(rules.key_prefix) {}

  [[nodiscard]] Result<NextRow> next(bool may_wait) override {
    for (;;) {
      auto element = elements_.next(may_wait);
      if (!element) return std::unexpected(std::move(element).error());
      if (!*element) return end();
      const json::object& transaction = element->value().get_object();
      line_ = line_of(transaction);
      auto draft = draft_of(transaction);
      if (!draft && draft.error().exit != ExitCode::usage) {
        return std::unexpected(std::move(draft).error());
      }
      if (!draft) return BadRow{line_, std::move(draft).error().what, {}};
      if (!draft->legs.empty()) return row_of(*draft, line_, {});
      ++left_out_;
    }
  }

  [[nodiscard]] std::uint64_t line() const override { return line_; }
  [[nodiscard]] const std::string& header() const override { return header_; }
  [[nodiscard]] std::uint64_t bytes_read() const override { return hledger_.output().consumed(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override { return {}; }
  [[nodiscard]] std::uint64_t left_out() const override { return left_out_; }

 private:
  [[nodiscard]] Result<NextRow> end() {
    if (!elements_.at_end()) return NoRow{false};
    if (auto ended = hledger_.wait(); !ended) return std::unexpected(ended.error());
    return NoRow{true};
  }

  static std::uint64_t line_of(const json::object& transaction) {
    const json::array& places = array_field(transaction, "tsourcepos");
    if (places.empty() || !places.front().is_object()) return 0;
    return static_cast<std::uint64_t>(
        number_field(places.front().get_object(), "sourceLine").value_or(0));
  }

  // Without legs: it moves nothing.
  [[nodiscard]] Result<Draft> draft_of(const json::object& transaction) {
    std::vector<std::string> words{text_field(transaction, "tdate"),
                                   text_field(transaction, "tcode"),
                                   text_field(transaction, "tdescription")};
    auto postings = postings_of(transaction, words);
    if (!postings) return std::unexpected(std::move(postings).error());
    Draft draft{.key = {},
                .legs = legs_of(std::move(*postings)),
                .code = rules_.code,
                .reference = on_one_line(words[1]),
                .description = on_one_line(words[2]),
                .effective_date = words[0]};
    if (draft.reference.empty()) draft.reference = rules_.reference;
    if (draft.description.empty()) draft.description = rules_.description;
    auto key = keys_.key_of(joined_words(words));
    if (!key) return usage_failure(std::move(key).error());
    draft.key = std::move(*key);
    return draft;
  }

  [[nodiscard]] Result<std::vector<JournalPosting>> postings_of(const json::object& transaction,
                                                                std::vector<std::string>& words) {
    std::vector<JournalPosting> postings;
    std::map<std::string, Int128> sums;
    std::optional<Failure> ours;
    const auto read = for_each_amount(
        transaction,
        [&](const json::object& posting,
            const json::object& amount) -> std::expected<void, std::string> {
          const std::string name = text_field(posting, "paccount");
          if (text_field(posting, "ptype") == "VirtualPosting") {
            return std::unexpected(fmt::format(
                "the posting to ({}) is unbalanced, and here every payment balances", name));
          }
          const auto quantity = quantity_of(amount, rules_);
          if (!quantity) return std::unexpected(quantity.error());
          const std::string text = text_of(*quantity);
          words.insert(words.end(), {name, text, quantity->currency});
          const auto parsed = parse_amount_(text, quantity->currency);
          if (!parsed) ours = parsed.error();
          if (!parsed) return std::unexpected(parsed.error().what);
          if (*parsed == 0) return {};
          if (*parsed < -kAmountMax) {
            return std::unexpected("an amount is larger than the ledger can keep");
          }
          postings.push_back({account_for(name, quantity->currency), *parsed, quantity->currency});
          sums[quantity->currency] += *parsed;
          return {};
        });
    if (ours) return std::unexpected(std::move(*ours));
    if (!read) return usage_failure(read.error());
    for (const auto& [currency, sum] : sums) {
      if (sum == 0) continue;
      if (sum > kAmountMax || sum < -Int128{kAmountMax}) {
        return usage_failure("its amounts add up to more than the ledger can keep");
      }
      postings.push_back(
          {std::string(kConversion) + currency, static_cast<Amount>(-sum), currency});
    }
    return postings;
  }

  [[nodiscard]] std::string account_for(const std::string& name,
                                        const std::string& currency) const {
    const std::string& renamed = rules_.account_for(name);
    const std::string id = renamed == name ? account_id_of(name) : renamed;
    return currency == survey_.main_currency ? id : id + ":" + currency;
  }

  ChildProcess hledger_;
  JsonArray elements_;
  const ImportRules& rules_;
  JournalSurvey survey_;
  ParseAmount parse_amount_;
  DerivedKeys keys_;
  std::string header_;
  std::uint64_t line_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace

Result<JournalSurvey> survey_journal(const std::string& path, const ImportRules& rules) {
  if (path == "-") {
    return usage_failure("a journal is read twice, so it can't come from stdin",
                         "Write it to a file first.");
  }
  auto hledger = ChildProcess::start(words_to_print(path));
  if (!hledger) return std::unexpected(std::move(hledger).error());
  JsonArray elements(hledger->output());
  JournalSurvey survey{.decimals = {}, .main_currency = rules.currency};
  std::map<std::string, std::string> names;
  std::optional<Failure> two_in_one;
  for (;;) {
    const auto element = elements.next(true);
    if (!element && !hledger->output().at_end()) return std::unexpected(element.error());
    // What hledger didn't end well, it explains better.
    if (!element || !*element) {
      if (auto ended = hledger->wait(); !ended) return std::unexpected(ended.error());
      if (!element) return std::unexpected(element.error());
      break;
    }
    // What is wrong with an amount is told when its row comes.
    (void)for_each_amount(element->value().get_object(),
                          [&](const json::object& posting,
                              const json::object& amount) -> std::expected<void, std::string> {
                            if (!two_in_one) {
                              two_in_one = collision(text_field(posting, "paccount"), names, rules);
                            }
                            const auto quantity = quantity_of(amount, rules);
                            if (!quantity) return {};
                            int& decimals = survey.decimals[quantity->currency];
                            decimals = std::max(decimals, quantity->decimals);
                            return {};
                          });
  }
  if (two_in_one) return std::unexpected(std::move(*two_in_one));
  if (survey.main_currency.empty() && survey.decimals.size() == 1) {
    survey.main_currency = survey.decimals.begin()->first;
  }
  if (!survey.main_currency.empty() || survey.decimals.empty()) return survey;
  std::vector<std::string> currencies;
  currencies.reserve(survey.decimals.size());
  for (const auto& [currency, decimals] : survey.decimals) currencies.push_back(currency);
  return usage_failure(
      fmt::format("the journal has several currencies ({}), and an account here keeps one",
                  fmt::join(currencies, ", ")),
      "Say with --currency which is the main one: its accounts keep their names, the others get "
      "their currency behind them.");
}

Result<std::unique_ptr<ImportRows>> rows_of_journal(const std::string& path,
                                                    const ImportRules& rules,
                                                    const JournalSurvey& survey,
                                                    ParseAmount parse_amount) {
  auto hledger = ChildProcess::start(words_to_print(path));
  if (!hledger) return std::unexpected(std::move(hledger).error());
  return std::make_unique<JournalRows>(std::move(*hledger), rules, survey, std::move(parse_amount));
}

std::vector<DraftLeg> legs_of(std::vector<JournalPosting> postings) {
  std::vector<DraftLeg> legs;
  for (std::size_t payer = 0; payer < postings.size(); ++payer) {
    while (postings[payer].amount < 0) {
      JournalPosting& from = postings[payer];
      const auto to = std::ranges::find_if(postings, [&](const JournalPosting& posting) {
        return posting.amount > 0 && posting.currency == from.currency;
      });
      if (to == postings.end()) return legs;
      // Both can be negated: their sum is zero, so neither is the end of the range by itself.
      const Amount amount = std::min(to->amount, -from.amount);
      from.amount += amount;
      to->amount -= amount;
      // An account that pays itself moves nothing.
      if (from.account != to->account) {
        legs.push_back({from.account, to->account, amount, from.currency});
      }
    }
  }
  return legs;
}

std::string account_id_of(const std::string& name) {
  std::string id;
  for (const char c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || std::string_view("._:/@-").contains(c);
    id += allowed ? c : '_';
  }
  return id;
}

}  // namespace giro::cli
