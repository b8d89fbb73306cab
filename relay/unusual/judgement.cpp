#include "relay/unusual/judgement.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ledger/timestamp.hpp"
#include "relay/unusual/statistic.hpp"

namespace giro::relay {
namespace {

// An account that always pays the same amount varies by a tenth all the same.
constexpr double kLogScaleMin = 0.1;

// Cents of a median that lies between two amounts don't matter.
Amount whole(double amount) {
  constexpr double kMost = 9.2e18;
  return static_cast<Amount>(std::llround(std::min(amount, kMost)));
}

std::string hour_text(std::int64_t hour) {
  return format_rfc3339(Timestamp{hour * History::kHourNs}).substr(0, 16) + "Z";
}

}  // namespace

std::optional<Judgement> judge_amounts(const History& history, const std::vector<Amount>& paid,
                                       const UnusualPolicy& policy, const AmountText& shown) {
  const std::vector<Amount>& before = history.amounts();
  if (paid.empty() || before.size() < policy.payments_min) return std::nullopt;
  std::vector<double> amounts(before.begin(), before.end());
  std::vector<double> logs;
  logs.reserve(amounts.size());
  for (const double amount : amounts) logs.push_back(std::log(amount));
  const Spread spread = spread_of(logs);
  const auto score_of = [&spread](Amount amount) {
    return robust_score(std::log(static_cast<double>(amount)), spread, kLogScaleMin);
  };
  const Amount furthest = *std::ranges::max_element(
      paid, {}, [&score_of](Amount amount) { return std::abs(score_of(amount)); });
  const double score = score_of(furthest);
  if (std::abs(score) < policy.score) return std::nullopt;
  const bool above = score > 0;
  const Amount quantile = whole(above ? quantile_99(amounts) : quantile_1(amounts));
  if (above ? furthest <= quantile : furthest >= quantile) return std::nullopt;
  const Amount median = whole(median_of(amounts));
  return Judgement{
      .numbers = fmt::format(
          R"("of":"amount","amount":{},"payments":{},"median":{},"{}":{},"score":{:.1f})", furthest,
          before.size(), median, above ? "p99" : "p1", quantile, score),
      .words = fmt::format("amount {} {}; the last {} of this account had median {}, 99 % {} {}",
                           format_decimal(furthest, shown.scale), shown.unit, before.size(),
                           format_decimal(median, shown.scale), above ? "at most" : "at least",
                           format_decimal(quantile, shown.scale))};
}

std::optional<Judgement> judge_rate(const History& history, std::int64_t hour,
                                    const UnusualPolicy& policy) {
  const std::vector<std::uint32_t>& before = history.hours();
  if (history.is_told() || before.size() < policy.hours_min) return std::nullopt;
  const std::vector<double> counts(before.begin(), before.end());
  const std::uint32_t count = history.in_this_hour() + 1;
  const Spread spread = spread_of(counts);
  // Events that come by chance vary by the root of their number (Poisson).
  const double score = robust_score(count, spread, std::sqrt(std::max(spread.median, 1.0)));
  const double quantile = quantile_99(counts);
  if (score < policy.score || count <= quantile) return std::nullopt;
  return Judgement{
      .numbers = fmt::format(
          R"("of":"rate","payments":{},"since":"{}","hours":{},"median":{:g},"p99":{:g},"score":{:.1f})",
          count, hour_text(hour), before.size(), spread.median, quantile, score),
      .words =
          fmt::format("{} payments since {}; in the {} hours before, this account made {:g} an "
                      "hour (median), 99 % of the hours at most {:g}",
                      count, hour_text(hour), before.size(), spread.median, quantile)};
}

}  // namespace giro::relay
