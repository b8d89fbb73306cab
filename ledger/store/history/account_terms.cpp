#include "ledger/store/history/account_terms.hpp"

namespace giro::store {

AccountTermsReader::AccountTermsReader(const SQLite::Database& db, JournalReader& journal)
    : journal_(journal),
      changed_(db,
               "SELECT floor, ceiling, frozen, closed FROM account_terms "
               "WHERE account = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"),
      opened_(db, "SELECT opened_seq FROM accounts WHERE number = ?") {}

std::optional<AccountLimits> AccountTermsReader::at(AccountNumber account, Seq seq) {
  const ResetGuard changed(changed_);
  changed_.bind(0, account).bind(1, static_cast<std::int64_t>(seq));
  if (changed_.step()) {
    return AccountLimits{.floor = changed_.optional_integer(0).value_or(kNoFloor),
                         .ceiling = changed_.optional_integer(1).value_or(kNoCeiling),
                         .frozen = static_cast<Frozen>(changed_.integer(2)),
                         .closed = changed_.integer(3) != 0};
  }
  const ResetGuard opened(opened_);
  opened_.bind(0, account);
  if (!opened_.step() || opened_.number(0) > seq) return std::nullopt;
  const auto entry = journal_.entry(opened_.number(0));
  const OpenedAccount* opening = entry ? entry->opened() : nullptr;
  if (opening == nullptr) return std::nullopt;
  return AccountLimits{.floor = opening->floor.value_or(kNoFloor),
                       .ceiling = opening->ceiling.value_or(kNoCeiling)};
}

}  // namespace giro::store
