// What an account kept to at some moment: its limits change, and each change leaves a row. Thread: that of the
// connection.
#pragma once

#include <optional>

#include "ledger/entry/entry.hpp"
#include "ledger/state/account.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class AccountTermsReader {
 public:
  AccountTermsReader(const SQLite::Database& db, JournalReader& journal);

  // After everything up to `seq`; nothing: it wasn't open yet.
  [[nodiscard]] std::optional<AccountLimits> at(AccountNumber account, Seq seq);

 private:
  JournalReader& journal_;
  Statement changed_;
  Statement opened_;
};

}  // namespace giro::store
