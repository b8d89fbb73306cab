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
  char key[33];
  std::snprintf(key, sizeof key, "%016lx%016lx", random(), random());
  const std::string from_id = account_id(from);
  const std::string to_id = account_id(to);
  PaymentRequest request;
  request.key = key;
  request.leg = {.from = from_id,
                 .to = to_id,
                 .amount = 1 + static_cast<Amount>(random() % 10'000),
                 .currency = "EUR"};
  return std::move(*CheckedPayment::check(request));
}

std::vector<Command> make_payments(std::mt19937_64& random, std::size_t count,
                                   std::uint64_t accounts) {
  std::vector<Command> payments;
  payments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t from = random() % accounts;
    const std::uint64_t to = (from + 1 + random() % (accounts - 1)) % accounts;
    payments.emplace_back(make_payment(random, from, to));
  }
  return payments;
}

void commit(Ledger& ledger, const std::vector<Command>& payments) {
  LookAhead ahead(ledger, payments.size(), [&](std::size_t i) { return &payments[i]; });
  for (std::size_t i = 0; i < payments.size(); ++i) {
    (void)ledger.decide(payments[i], ahead.at(i), now(), 0);
  }
  commit_group(ledger);
}

}  // namespace giro::bench
