// The rules that need no state: from what a client said to a payment that can be decided.
//
//   plain_payment          one leg, nothing else: most payments
//   payment_with_options   every option that a text stands behind
//   payment_with_legs      of so many legs
//
// Items are payments.
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/micro/measuring.hpp"
#include "ledger/command/request.hpp"

namespace giro::bench {
namespace {

PaymentRequest plain_request() {
  PaymentRequest request;
  request.key = "6b1f0c5e9d2a48739f00a1b2c3d4e5f6";
  request.leg = {.from = "customers:ada", .to = "shop:sales", .amount = 1'250, .currency = "EUR"};
  return request;
}

void check(benchmark::State& state, const PaymentRequest& request) {
  guarded(state, [&] {
    for ([[maybe_unused]] auto _ : state) {
      auto checked = CheckedPayment::check(request);
      if (!checked) throw std::runtime_error(checked.error().message);
      benchmark::DoNotOptimize(checked);
    }
    state.SetItemsProcessed(state.iterations());
  });
}

void plain_payment(benchmark::State& state) {
  check(state, plain_request());
}
BENCHMARK(plain_payment)->Name("check/plain_payment");

void payment_with_options(benchmark::State& state) {
  PaymentRequest request = plain_request();
  request.code = 17;
  request.reference = "invoice 2026-000017";
  request.description = "Two tickets to the opera, row 7, seats 12 and 13 - danke schön";
  request.metadata = R"({"cart":"c-81","channel":"web","items":[{"sku":"op-7-12","n":2}]})";
  request.effective_date = "2026-11-23";
  request.deadline = "2026-11-23T09:00:00.5Z";
  check(state, request);
}
BENCHMARK(payment_with_options)->Name("check/payment_with_options");

void payment_with_legs(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<std::string> accounts;
  for (std::size_t i = 0; i <= count; ++i) accounts.push_back("acct:" + std::to_string(i));
  std::vector<LegRequest> legs;
  legs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    legs.push_back(
        {.from = accounts[i], .to = accounts[i + 1], .amount = 1'250, .currency = "EUR"});
  }
  PaymentRequest request = plain_request();
  request.legs = legs;
  check(state, request);
}
BENCHMARK(payment_with_legs)->Name("check/payment_with_legs")->ArgName("legs")->Arg(4)->Arg(1'000);

}  // namespace
}  // namespace giro::bench
