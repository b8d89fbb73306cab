#include "relay/unusual/statistic.hpp"

#include <algorithm>
#include <cmath>

namespace giro::relay {
namespace {

constexpr double kMadToDeviation = 1.4826;

double nth(std::vector<double>& values, std::size_t index) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

double median_of(std::vector<double> values) {
  const double upper = nth(values, values.size() / 2);
  if (values.size() % 2 == 1) return upper;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  return (*std::max_element(values.begin(), middle) + upper) / 2;
}

Spread spread_of(const std::vector<double>& values) {
  const double median = median_of(values);
  std::vector<double> distances = values;
  for (double& value : distances) value = std::abs(value - median);
  return {.median = median, .mad = median_of(std::move(distances))};
}

double quantile_99(std::vector<double> values) {
  return nth(values, (values.size() * 99 + 99) / 100 - 1);
}

double quantile_1(std::vector<double> values) {
  return nth(values, values.size() / 100);
}

double robust_score(double value, const Spread& spread, double scale_min) {
  return (value - spread.median) / std::max(kMadToDeviation * spread.mad, scale_min);
}

}  // namespace giro::relay
