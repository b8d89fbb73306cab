#include "ledger/money.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace giro {
namespace {

// ISO 4217 codes by scale; each list sorted.
constexpr std::array<std::string_view, 17> kScale0{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                   "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                   "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kScale3{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::array<std::string_view, 2> kScale4{"CLF", "UYW"};
constexpr std::array<std::string_view, 139> kScale2{
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN",
    "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE",
    "CHF", "CHW", "CNY", "COP", "COU", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP",
    "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD",
    "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP",
    "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR",
    "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD",
    "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL",
    "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS",
    "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG"};
template <std::size_t kCount>
bool has(const std::array<std::string_view, kCount>& sorted, std::string_view code) {
  return std::ranges::binary_search(sorted, code);
}

}  // namespace

std::optional<int> iso_scale(std::string_view code) {
  if (has(kScale2, code)) return 2;
  if (has(kScale0, code)) return 0;
  if (has(kScale3, code)) return 3;
  if (has(kScale4, code)) return 4;
  return std::nullopt;
}

bool is_currency_code(std::string_view code) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return code.size() >= 2 && code.size() <= CurrencyCode::kBytesMax && upper(code.front()) &&
         std::ranges::all_of(code, [&](char c) { return upper(c) || digit(c); });
}

std::string format_integer(Int128 number) {
  // Digit by digit from the end, below 0 too: the lowest number has no positive twin.
  std::string digits;
  Int128 rest = number;
  do {
    const int digit = static_cast<int>(rest % 10);
    digits.push_back(static_cast<char>('0' + std::abs(digit)));
    rest /= 10;
  } while (rest != 0);
  if (number < 0) digits.push_back('-');
  std::ranges::reverse(digits);
  return digits;
}

std::string format_decimal(Int128 minor_units, int scale) {
  return with_point(format_integer(minor_units), scale);
}

std::string with_point(std::string digits, int scale) {
  const auto decimals = static_cast<std::size_t>(scale);
  if (decimals == 0) return digits;
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  const std::size_t count = digits.size() - sign;
  if (count <= decimals) digits.insert(sign, decimals + 1 - count, '0');
  return digits.insert(digits.size() - decimals, 1, '.');
}

std::expected<Amount, DecimalError> parse_decimal(std::string_view text, int scale) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole)) return std::unexpected(DecimalError::malformed);
  if (point != std::string_view::npos && !digits(decimals)) {
    return std::unexpected(DecimalError::malformed);
  }
  if (decimals.size() > static_cast<std::size_t>(scale)) {
    return std::unexpected(DecimalError::too_precise);
  }

  std::string minor = negative ? "-" : "";
  minor += whole;
  minor += decimals;
  minor.append(static_cast<std::size_t>(scale) - decimals.size(), '0');
  Amount amount = 0;
  const auto [end, error] = std::from_chars(minor.data(), minor.data() + minor.size(), amount);
  if (error == std::errc::result_out_of_range) return std::unexpected(DecimalError::out_of_range);
  return amount;
}

}  // namespace giro
