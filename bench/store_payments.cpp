#include "bench/store_payments.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "engine/look_ahead.hpp"

namespace giro::bench {
namespace {

std::string account_id(std::uint64_t number) {
  return "acct:" + std::to_string(number);
}

std::string random_key(std::mt19937_64& random) {
  char key[33];
  const unsigned long high = random();
  std::snprintf(key, sizeof key, "%016lx%016lx", high, random());
  return key;
}

// A request of a payment, and the texts that it points to.
struct PaymentTexts {
  PaymentTexts(std::mt19937_64& random, std::uint64_t from_number, std::uint64_t to_number)
      : key(random_key(random)), from(account_id(from_number)), to(account_id(to_number)) {
    request.key = key;
    request.leg = {.from = from,
                   .to = to,
                   .amount = 1 + static_cast<Amount>(random() % 10'000),
                   .currency = "EUR"};
  }
  PaymentTexts(const PaymentTexts&) = delete;
  PaymentTexts& operator=(const PaymentTexts&) = delete;

  std::string key;
  std::string from;
  std::string to;
  PaymentRequest request;
};

struct Pair {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};
Pair random_pair(std::mt19937_64& random, std::uint64_t accounts) {
  const std::uint64_t from = random() % accounts;
  return {.from = from, .to = (from + 1 + random() % (accounts - 1)) % accounts};
}

void commit_group(Ledger& ledger) {
  if (ledger.store().commit() != store::CommitResult::committed) {
    std::fprintf(stderr, "the commit failed, so nothing was measured: %s\n",
                 ledger.store().failure().c_str());
    std::exit(70);
  }
  (void)ledger.store().take_group();
}

}  // namespace

Timestamp now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()};
}

CheckedOpenAccount make_account(std::uint64_t number) {
  const std::string id = account_id(number);
  const OpenAccountRequest request{.id = id,
                                   .currency = "EUR",
                                   .scale = {},
                                   .floor = std::nullopt,
                                   .ceiling = {},
                                   .metadata = {}};
  return std::move(*CheckedOpenAccount::check(request));
}

void open_accounts(Ledger& ledger, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count; ++number) {
    (void)ledger.decide(make_account(number), now(), 0);
    if (number % kGroup == 0) commit_group(ledger);
  }
  commit_group(ledger);
}

CheckedPayment make_payment(std::mt19937_64& random, std::uint64_t from, std::uint64_t to) {
  const PaymentTexts texts(random, from, to);
  return std::move(*CheckedPayment::check(texts.request));
}

std::vector<Command> make_payments(std::mt19937_64& random, std::size_t count,
                                   std::uint64_t accounts) {
  std::vector<Command> payments;
  payments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Pair pair = random_pair(random, accounts);
    payments.emplace_back(make_payment(random, pair.from, pair.to));
  }
  return payments;
}

std::vector<Command> make_holds(std::mt19937_64& random, std::size_t count,
                                std::uint64_t accounts) {
  std::vector<Command> commands;
  commands.reserve(count);
  while (commands.size() < count) {
    const Pair pair = random_pair(random, accounts);
    const PaymentTexts texts(random, pair.from, pair.to);
    const std::string key = random_key(random);
    commands.emplace_back(
        *CheckedHold::check({.payment = texts.request, .timeout = {}, .expires_at = {}}));
    commands.emplace_back(
        *CheckedCapture::check({.key = key, .hold = {.key = texts.key, .seq = {}}, .amount = {}}));
  }
  return commands;
}

void commit(Ledger& ledger, const std::vector<Command>& commands) {
  LookAhead ahead(ledger, commands.size(), [&](std::size_t i) { return &commands[i]; });
  for (std::size_t i = 0; i < commands.size(); ++i) {
    (void)ledger.decide(commands[i], ahead.at(i), now(), 0);
  }
  commit_group(ledger);
}

}  // namespace giro::bench
