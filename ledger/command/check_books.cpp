// The rules that need no state, of closing and opening the books.
#include <utility>

#include "ledger/command/books_request.hpp"
#include "ledger/command/rules.hpp"

namespace giro {

std::expected<CheckedBooks, Refusal> CheckedBooks::check(const BooksRequest& request) {
  if (auto problem = rules::check_key(request.key)) return std::unexpected(std::move(*problem));
  CheckedBooks books;
  if (request.until) books.until_ = parse_date(*request.until);
  const bool needs_day = request.until || request.action == BooksAction::close;
  if (needs_day && !books.until_) {
    return std::unexpected(rules::invalid("until", "be a day, YYYY-MM-DD"));
  }
  books.key_ = PaymentKey(request.key);
  books.action_ = request.action;
  books.dry_run_ = request.dry_run;
  return books;
}

}  // namespace giro
