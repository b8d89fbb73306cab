#include "ledger/store/history/account_names.hpp"

#include <stdexcept>

namespace giro::store {
namespace {

constexpr std::size_t kNamesMax = 65'536;  // Remembered at once.

}  // namespace

AccountNames::AccountNames(const SQLite::Database& db)
    : db_(db), account_(db, "SELECT id, currency FROM accounts WHERE number = ?") {}

AccountName AccountNames::of(AccountNumber number) {
  const Known& found = known(number);
  return {.id = found.id, .currency = currencies_.at(found.currency)};
}

void AccountNames::forget() {
  if (known_.size() > kNamesMax) known_.clear();
}

const AccountNames::Known& AccountNames::known(AccountNumber number) {
  if (const auto found = known_.find(number); found != known_.end()) return found->second;
  const ResetGuard guard(account_);
  account_.bind(0, number);
  if (!account_.step())
    throw std::runtime_error("account " + std::to_string(number) + " is missing");
  const auto currency = static_cast<std::size_t>(account_.integer(1) - 1);
  if (currency >= currencies_.size()) load_currencies();
  return known_.emplace(number, Known{std::string(account_.text(0)), currency}).first->second;
}

// The ones that came since the last time.
void AccountNames::load_currencies() {
  Statement select(db_, "SELECT code, scale FROM currencies WHERE id > ? ORDER BY id");
  select.bind(0, static_cast<std::int64_t>(currencies_.size()));
  while (select.step()) {
    currencies_.push_back(
        {.code = CurrencyCode(select.text(0)), .scale = static_cast<int>(select.integer(1))});
  }
}

}  // namespace giro::store
