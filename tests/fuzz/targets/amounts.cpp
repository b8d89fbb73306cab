// Decimals as people write them: what is read is written as the same amount again.
#include <algorithm>

#include "ledger/bytes.hpp"
#include "ledger/money.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

void require_same_again(Amount amount, int scale) {
  const std::string text = format_decimal(amount, scale);
  require(parse_decimal(text, scale) == amount, "an amount is read as it is written: " + text);
  require(with_point(format_integer(amount), scale) == text, "there is one form: " + text);
}

// By the digits alone, in the arithmetic of school.
void require_is_its_digits(std::string_view text, Amount amount, int scale) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits),
                       [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t point = text.find('.');
  const std::size_t decimals = point == std::string_view::npos ? 0 : text.size() - point - 1;
  require(decimals <= static_cast<std::size_t>(scale), "no digit is dropped");
  digits.append(static_cast<std::size_t>(scale) - decimals, '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const bool below_zero = text.starts_with('-') && digits != "0";
  require(format_integer(amount) == (below_zero ? "-" : "") + digits,
          "an amount is its digits: " + std::string(text));
}

}  // namespace

// Its first byte is the scale, the rest the text, and its first eight bytes an amount.
void fuzz_amounts(std::string_view bytes) {
  if (bytes.empty()) return;
  const int scale = static_cast<unsigned char>(bytes.front()) % (kScaleMax + 1);
  const std::string_view text = bytes.substr(1);
  if (const auto amount = parse_decimal(text, scale)) {
    require_is_its_digits(text, *amount, scale);
    require_same_again(*amount, scale);
  }
  ByteReader reader(text);
  const auto amount = reader.get<Amount>();
  if (reader.ok()) require_same_again(amount, scale);
  if (const auto digits = iso_scale(text.substr(0, 3))) {
    require(is_currency_code(text.substr(0, 3)) && *digits <= kScaleMax,
            "a currency of ISO 4217 has a code and a scale");
  }
}

}  // namespace giro::fuzz
