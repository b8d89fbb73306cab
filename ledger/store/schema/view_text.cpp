#include "ledger/store/schema/view_text.hpp"

#include <fmt/format.h>

namespace giro::store {

std::string decimal_text(std::string_view amount, std::string_view scale) {
  // As many digits as the number has, and one before its point at least.
  const std::string digits = fmt::format(
      "substr('0000000000000000000' || ltrim({0}, '-'), -max(length(ltrim({0}, '-')), {1} + 1))",
      amount, scale);
  return fmt::format(
      "CASE substr({0}, 1, 1) WHEN '-' THEN '-' ELSE '' END\n"
      "         || substr({2}, 1, max(length(ltrim({0}, '-')), {1} + 1) - {1})\n"
      "         || CASE {1} WHEN 0 THEN '' ELSE '.' || substr({2}, -{1}) END",
      amount, scale, digits);
}

std::string time_text(std::string_view time) {
  return fmt::format(
      "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000000, 'unixepoch')\n"
      "         || printf('.%09dZ', {0} % 1000000000)",
      time);
}

}  // namespace giro::store
