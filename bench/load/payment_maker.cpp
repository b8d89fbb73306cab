#include "bench/load/payment_maker.hpp"

#include <cassert>

namespace giro::load {
namespace {

constexpr std::string_view kTemplate =
    R"({"key":"................................","from":"acct:0000000","to":"acct:0000000",)"
    R"("amount":1000,"currency":"EUR"})";
constexpr std::size_t kKeyAt = kTemplate.find("....");
constexpr std::size_t kLegAt = kTemplate.find(R"("from")");
constexpr std::size_t kFromAt = kTemplate.find("0000000");
constexpr std::size_t kToAt = kTemplate.rfind("0000000");
constexpr std::size_t kAmountAt = kTemplate.find("1000");
constexpr unsigned kKeyDigits = 32;
constexpr unsigned kAccountDigits = 7;
constexpr unsigned kAmountDigits = 4;

constexpr unsigned kDrawsAPayment = 4;

void write_decimal(char* to, unsigned digits, std::uint32_t value) {
  for (unsigned at = digits; at-- > 0; value /= 10) to[at] = static_cast<char>('0' + value % 10);
}

void write_hex(char* to, std::uint64_t value) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (unsigned at = 0; at < 16; ++at) to[at] = kHexDigits[(value >> (60 - 4 * at)) & 15];
}

// Below `limit`, without the cost of a division.
std::uint32_t below(std::uint32_t limit, std::uint32_t random) {
  return static_cast<std::uint32_t>((std::uint64_t{random} * limit) >> 32);
}

}  // namespace

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

PaymentMaker::PaymentMaker(const PaymentPlan& plan) : plan_(plan), text_(kTemplate) {
  assert(plan.accounts >= 2 && plan.accounts <= 10'000'000);
}

void PaymentMaker::append(std::string& out, std::uint64_t number) {
  write_key(text_.data() + kKeyAt, number);
  write_transfer(number);
  out += text_;
}

void PaymentMaker::append_leg(std::string& out, std::uint64_t number) {
  write_transfer(number);
  out += '{';
  out.append(text_, kLegAt);
}

void PaymentMaker::write_transfer(std::uint64_t number) {
  const std::uint64_t accounts = draw(number, 2);
  const std::uint64_t amount = draw(number, 3);
  const std::uint32_t to =
      plan_.one_hot_account ? 0 : below(plan_.accounts, static_cast<std::uint32_t>(accounts));
  // Any other account is as likely.
  std::uint32_t from =
      to + 1 + below(plan_.accounts - 1, static_cast<std::uint32_t>(accounts >> 32));
  if (from >= plan_.accounts) from -= plan_.accounts;
  write_decimal(text_.data() + kFromAt, kAccountDigits, from);
  write_decimal(text_.data() + kToAt, kAccountDigits, to);
  write_decimal(text_.data() + kAmountAt, kAmountDigits,
                1'000 + below(9'000, static_cast<std::uint32_t>(amount)));
}

std::string PaymentMaker::key(std::uint64_t number) const {
  std::string text(kKeyDigits, '0');
  write_key(text.data(), number);
  return text;
}

std::string PaymentMaker::account(std::uint32_t number) {
  std::string text(kAccountDigits, '0');
  write_decimal(text.data(), kAccountDigits, number);
  return "acct:" + text;
}

std::uint64_t PaymentMaker::draw(std::uint64_t number, unsigned which) const {
  return mixed(plan_.seed + (number * kDrawsAPayment + which) * 0x9e3779b97f4a7c15U);
}

void PaymentMaker::write_key(char* to, std::uint64_t number) const {
  write_hex(to, draw(number, 0));
  write_hex(to + kKeyDigits / 2, draw(number, 1));
}

}  // namespace giro::load
