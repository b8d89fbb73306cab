// Of State: the rules of closing the books. A day is closed only once it is over: so what counts on the day that
// it is decided on never lies in closed time.
#include "ledger/state/state.hpp"

namespace giro {

void State::decide(const CheckedBooks& books, const Resolved& /*resolved*/, Timestamp /*now*/,
                   Entry& entry) {
  entry.key = books.key();
  auto& body = *entry.body.emplace<std::unique_ptr<BooksBody>>(std::make_unique<BooksBody>());
  body = {.action = books.action(), .until = books.until(), .before = closed_until_};
  entry.outcome = verdict(check_books(body, entry.at));
  if (entry.outcome == Rejection::none) closed_until_ = body.until;
}

// Closing moves the last closed day on, opening moves it back. A day that is closed is before none.
Rejection State::check_books(const BooksBody& books, Timestamp at) const {
  if (books.action == BooksAction::open) {
    return books.until < closed_until_ ? Rejection::none : Rejection::books_not_closed;
  }
  if (books.until <= closed_until_) return Rejection::books_closed;
  return books.until >= date_of(at) ? Rejection::books_not_over : Rejection::none;
}

}  // namespace giro
