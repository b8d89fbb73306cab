// What check() says about a request, as one text: "" when it is accepted, else "code field".
#pragma once

#include <string>

#include "tests/ledger/builders.hpp"

namespace giro::test {

inline std::string text_of(const Refusal& refusal) {
  return std::string(name(refusal.code)) + " " + refusal.field;
}

inline std::string problem_of(const PaymentRequest& request) {
  const auto payment = CheckedPayment::check(request);
  return payment ? "" : text_of(payment.error());
}

inline std::string problem_of(const BooksRequest& request) {
  const auto books = CheckedBooks::check(request);
  return books ? "" : text_of(books.error());
}

inline std::string problem_of(const OpenAccountRequest& request) {
  const auto open = CheckedOpenAccount::check(request);
  return open ? "" : text_of(open.error());
}

}  // namespace giro::test
