// A journal with every kind of entry in it.
#pragma once

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {

inline void fill_with_payments(Book& book) {
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

// Some holds are closed in each of the ways there are, and one stays open.
inline void fill_with_holds(Book& book) {
  const auto of = [](Amount amount) { return [amount](auto& c) { c.amount = amount; }; };
  book.hold(eur("world", "ada", 3), [](auto& h) { h.timeout = "30000d", h.payment.key = "stays"; });
  const Seq captured = book.hold(eur("ada", "bob", 20)).seq;
  book.capture(captured, of(5));
  book.capture(captured, of(100));  // Too much.
  book.capture(captured, dry);
  book.capture(captured, [](auto& c) { c.amount = 6, c.final = true; });
  const Seq voided = book.hold(eur("ada", "bob", 10)).seq;
  book.release(voided);
  book.capture(voided);
  const Seq expired = book.hold(eur("ada", "bob", 8), [](auto& h) { h.timeout = "1s"; }).seq;
  book.capture(expired, of(1));
  book.now.ns += 2'000'000'000;
  book.release(expired);
  book.decide_due();
  book.hold(eur("ada", "bob", 10'000));
  book.hold(eur("ada", "nobody", 1));
  book.submit(capture(by_key("nothing")));
}

inline void fill_with_reversals(Book& book, Seq payment, Seq several_legs) {
  book.reverse(payment, [](auto& r) { r.amount = 5, r.options.reference = "r"; });
  book.reverse(payment, [](auto& r) { r.amount = 1'000; });
  book.reverse(payment, [](auto& r) { r.amount = 2; });
  book.reverse(several_legs);
  book.reverse(several_legs);  // Nothing is left.
  book.submit(reversal(by_key("nothing")));
  const Seq failed = book.pay_all({eur("ada", "nobody", 1), eur("ada", "bob", 1)}).seq;
  book.reverse(failed);
}

inline void fill_with_account_changes(Book& book) {
  book.update("bob", [](auto& u) { u.floor = -60, u.ceiling = 10, u.metadata = R"({"a":1})"; });
  book.freeze("bob", "credits");
  book.pay(eur("ada", "bob", 1));
  book.freeze("bob", "none");
  book.update("ada", [](auto& u) { dry(u), u.floor = 7; });
  book.close("ada");  // Not empty.
  book.open("eve");
  book.close("eve", [](auto& c) { c.if_version = 9; });
  book.close("eve");
  book.reopen("eve");
  book.pay(eur("ada", "eve", 1));
  book.pay(eur("eve", "ada", 1));
  book.close("eve");
  book.pay(eur("ada", "eve", 1));
}

// The day of all that is 1970-01-01.
inline void fill_with_books(Book& book) {
  const auto dated = [](std::string_view day) {
    return [day](auto& p) { p.effective_date = day; };
  };
  book.submit(close_books("1970-01-01"));  // It isn't over.
  book.submit(open_books());               // Nothing is closed.
  book.pay(eur("world", "bob", 2), dated("1969-12-30"));
  book.submit(close_books("1969-12-31"));
  book.pay(eur("world", "bob", 1), dated("1969-12-31"));
  book.pay_all({eur("world", "bob", 1), eur("world", "ada", 1)}, dated("1969-12-31"));
  book.pay(eur("world", "ada", 1), dated("1970-01-01"));
  book.submit(close_books("1969-12-31"));  // Closed before.
  book.submit(open_books("1969-11-30"));
  book.pay_all({eur("world", "ada", 1), eur("world", "ada", 1)}, dated("1969-12-31"));
  book.submit(open_books());
}

// Once and again, applied and rejected, of one leg and of several; some stay open. Moves the clock on to
// 2030-03-01.
inline void fill_with_schedules(Book& book) {
  const LegRequest leg = eur("world", "ada", 2);
  book.schedule(leg, "2030-01-10T00:00:00Z", [](auto& s) { s.payment.reference = "rent"; });
  book.schedule(eur("ada", "nobody", 1), "2030-01-11T00:00:00Z");
  book.schedule(eur("ada", "bob", 100'000), "2030-01-12T00:00:00Z");
  book.schedule(eur("bob", "world", 100'000), "2030-01-13T00:00:00Z",
                [](auto& s) { up_to(s.payment); });
  const std::vector<LegRequest> legs{eur("world", "ada", 1), eur("ada", "world", 1)};
  const std::vector<LegRequest> bad_legs{eur("world", "ada", 1), eur("ada", "nobody", 1)};
  book.submit(schedule(payment(legs), "2030-01-14T00:00:00Z"));
  book.submit(schedule(payment(bad_legs), "2030-01-15T00:00:00Z"));
  const Seq monthly = book.schedule(leg, "2030-01-31T09:00:00Z",
                                    [](auto& s) { s.every = "P1M", s.payment.key = "monthly"; })
                          .seq;
  book.schedule(leg, "2030-02-01T00:00:00Z", [](auto& s) { s.every = "P1W", s.count = 3; });
  book.schedule(leg, "2030-02-02T00:00:00Z",
                [](auto& s) { s.every = "P1D", s.until = "2030-02-04T00:00:00Z"; });
  book.schedule(leg, "1970-01-01T00:00:00Z");  // Passed.
  book.schedule(leg, "2040-01-01T00:00:00Z", [](auto& s) { dry(s); });
  const Seq cancelled = book.schedule(leg, "2031-01-01T00:00:00Z").seq;
  book.cancel(cancelled, dry);
  book.cancel(cancelled);
  book.cancel(cancelled);
  book.submit(cancel(by_key("nothing")));
  book.now = *parse_rfc3339("2030-03-01T00:00:00Z");
  while (book.decide_due() != nullptr) {
  }
  book.cancel(monthly);
  book.schedule(leg, "2090-01-01T00:00:00Z", [](auto& s) { s.every = "P1Y"; });
}

inline void fill_with_every_kind(Book& book) {
  fill_with_payments(book);
  fill_with_holds(book);
  constexpr Seq kPayment = 8;
  constexpr Seq kSeveralLegs = 13;
  fill_with_reversals(book, kPayment, kSeveralLegs);
  fill_with_books(book);
  fill_with_schedules(book);
  fill_with_account_changes(book);
}

}  // namespace giro::test
