// A payment gets its own look-up, whatever lies between it and the next one.
#include "engine/look_ahead.hpp"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

// So many items, of which about one in `others + 1` is a payment.
std::vector<std::optional<Command>> items_of(std::size_t count, unsigned others) {
  std::mt19937 random(5);
  std::vector<std::optional<Command>> items(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % (others + 1) != 0) continue;
    const std::string key = "k" + std::to_string(i);
    PaymentRequest request = payment(eur("world", i % 2 == 0 ? "ada" : "bob", 1));
    request.key = key;
    items[i] = checked(request);
  }
  return items;
}

TEST(LookAhead, GivesEachPaymentItsOwnLookUp) {
  TestLedger ledger;
  open_few_accounts(ledger);
  for (const std::size_t count : {1U, 2U, 12U, 13U, 16U, 17U, 100U}) {
    for (const unsigned others : {0U, 1U, 9U, 30U}) {
      const auto items = items_of(count, others);
      LookAhead ahead(ledger.ledger(), count,
                      [&](std::size_t i) { return items[i] ? &*items[i] : nullptr; });
      for (std::size_t i = 0; i < count; ++i) {
        if (!items[i]) continue;
        const Lookup found = ahead.at(i);
        const Lookup own = ledger.ledger().look_up(*items[i]);
        ASSERT_EQ(found.key, own.key) << i << " of " << count;
        ASSERT_EQ(found.leg.from, own.leg.from);
        ASSERT_EQ(found.leg.to, own.leg.to);
        // The names' table may grow meanwhile.
        ledger.open(std::to_string(count) + "-" + std::to_string(others) + "-" + std::to_string(i));
      }
    }
  }
}

}  // namespace
}  // namespace giro::test
