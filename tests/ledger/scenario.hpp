// A journal with every kind of entry in it.
#pragma once

#include "tests/ledger/builders.hpp"

namespace giro::test {

inline void fill_with_every_kind(Book& book) {
  book.open("world", without_floor);
  book.open("ada");
  book.open("bob", [](auto& o) { o.floor = -50, o.ceiling = 500, o.metadata = "{}"; });
  book.open("usd:world", [](auto& o) { in_dollars(o), without_floor(o); });
  book.open("usd:ada", in_dollars);
  book.open("ada", in_dollars);  // Exists.
  book.pay(eur("world", "ada", 100));
  book.pay(eur("ada", "bob", 30), [](auto& p) { p.reference = "r", p.code = 9; });
  book.pay(eur("ada", "bob", 71));  // Too little.
  book.pay(eur("ada", "nobody", 1));
  book.pay(usd("ada", "usd:ada", 1));
  book.pay(eur("bob", "ada", 1'000), up_to);
  book.pay_all({eur("ada", "bob", 10), eur("bob", "ada", 5), eur("ada", "world", 1)});
  book.pay_all({eur("ada", "world", 10), usd("usd:world", "usd:ada", 11)});
  book.pay_all({eur("ada", "bob", 1), eur("ada", "bob", 10'000)});  // The second fails.
  book.pay(eur("ada", "bob", 1), dry);
  book.pay(eur("ada", "bob", 1), [](auto& p) { p.deadline = "1970-01-01T00:00:00Z"; });
  book.pay(eur("world", "bob", 5));
}

}  // namespace giro::test
