// What is unusual about a payment, by its account's history: in numbers, and in words for a person who has to
// decide what to do about it. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/unusual/detector.hpp"

namespace giro::relay {

struct Judgement {
  std::string numbers;  // Members of a JSON object.
  std::string words;
};

// How amounts of an account are shown: "12.50", and "EUR"; or, where nobody knows the scale, "1250" and "minor
// units of PTS".
struct AmountText {
  int scale = 0;
  std::string unit;
};

// The amount among `paid` that is the furthest. Nothing: none is unusual.
[[nodiscard]] std::optional<Judgement> judge_amounts(const History& history,
                                                     const std::vector<Amount>& paid,
                                                     const UnusualPolicy& policy,
                                                     const AmountText& shown);
// The payments of this hour and one more, `hour` since 1970.
[[nodiscard]] std::optional<Judgement> judge_rate(const History& history, std::int64_t hour,
                                                  const UnusualPolicy& policy);

}  // namespace giro::relay
