// How far a value is from what there was before, by statistics that a few odd values don't move: the median,
// and the median absolute deviation (MAD) from it, which is 1/1.4826 of the standard deviation where values
// are normal. Amounts are compared by their logarithms: twice as much is as far as half as much.
//
// Sources: B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC Quality Press, 1993 (the
// modified z-score, 0.6745 (x - median) / MAD); P. J. Rousseeuw and C. Croux, "Alternatives to the Median
// Absolute Deviation", Journal of the American Statistical Association 88 (1993) (the factor 1.4826).
// Pure: any thread.
#pragma once

#include <vector>

namespace giro::relay {

struct Spread {
  double median = 0;
  double mad = 0;
};

// REQUIRES of all: at least one value.
[[nodiscard]] double median_of(std::vector<double> values);
[[nodiscard]] Spread spread_of(const std::vector<double>& values);
// The value that 99 of 100 don't exceed (nearest rank), and the one that 99 of 100 reach at least.
[[nodiscard]] double quantile_99(std::vector<double> values);
[[nodiscard]] double quantile_1(std::vector<double> values);

// The modified z-score: standard deviations from the median. `scale_min`: what the deviation is taken for at
// least, so that an account that always pays the same isn't infinitely far from a cent more.
[[nodiscard]] double robust_score(double value, const Spread& spread, double scale_min);

}  // namespace giro::relay
