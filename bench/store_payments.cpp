#include "bench/store_payments.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ledger/store/look_ahead.hpp"

namespace giro::bench {
namespace {

Timestamp now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()};
}

std::string account_id(std::uint64_t number) {
  return "acct:" + std::to_string(number);
}

void commit_group(store::Store& store) {
  if (store.commit() != store::CommitResult::committed) {
    std::fprintf(stderr, "the commit failed, so nothing was measured: %s\n",
                 store.failure().c_str());
    std::exit(70);
  }
  (void)store.take_group();
}

}  // namespace

void open_accounts(store::Store& store, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::string id = account_id(number);
    const OpenAccountRequest request{.id = id,
                                     .currency = "EUR",
                                     .scale = {},
                                     .floor = std::nullopt,
                                     .ceiling = {},
                                     .metadata = {}};
    (void)store.decide(*CheckedOpenAccount::check(request), now(), 0);
    if (number % kGroup == 0) commit_group(store);
  }
  commit_group(store);
}

std::vector<CheckedPayment> make_payments(std::mt19937_64& random, std::size_t count,
                                          std::uint64_t accounts) {
  std::vector<CheckedPayment> payments;
  payments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    char key[33];
    std::snprintf(key, sizeof key, "%016lx%016lx", random(), random());
    const std::uint64_t from = random() % accounts;
    const std::string from_id = account_id(from);
    const std::string to_id = account_id((from + 1 + random() % (accounts - 1)) % accounts);
    PaymentRequest request;
    request.key = key;
    request.leg = {.from = from_id,
                   .to = to_id,
                   .amount = 1 + static_cast<Amount>(random() % 10'000),
                   .currency = "EUR"};
    payments.push_back(std::move(*CheckedPayment::check(request)));
  }
  return payments;
}

void commit(store::Store& store, const std::vector<CheckedPayment>& payments) {
  store::LookAhead ahead(store, payments.size(), [&](std::size_t i) { return &payments[i]; });
  for (std::size_t i = 0; i < payments.size(); ++i) {
    (void)store.decide(payments[i], ahead.at(i), now(), 0);
  }
  commit_group(store);
}

}  // namespace giro::bench
