// A plain-text journal, as hledger reads it (`hledger print -O json`): each transaction is a payment.
//
// What always holds:
//   - Per currency a payment's legs take from some accounts what they give to others. What a transaction changes into
//     another currency goes through accounts of its own (equity:conversion:EUR), as hledger's own conversion postings do.
//   - An account of ours keeps one currency: the main one under the journal's name of the account, any other under that
//     name with the currency behind it.
// Thread: the main one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cli/import/import_rows.hpp"
#include "cli/submit/payment_row.hpp"

namespace giro::cli {

// What a whole journal has, found before anything of it is sent.
struct JournalSurvey {
  std::map<std::string, int> decimals;  // By currency, how many its amounts have at most.
  std::string main_currency;
};

// Failures: hledger isn't there or can't read the journal; no main currency is named, and there are several.
[[nodiscard]] Result<JournalSurvey> survey_journal(const std::string& path,
                                                   const ImportRules& rules);

// `rules` must outlive it.
[[nodiscard]] Result<std::unique_ptr<ImportRows>> rows_of_journal(const std::string& path,
                                                                  const ImportRules& rules,
                                                                  const JournalSurvey& survey,
                                                                  ParseAmount parse_amount);

// --- what they are made of, for tests ---

struct JournalPosting {
  std::string account;  // Ours.
  Amount amount = 0;    // Above 0: it receives.
  std::string currency;
};

// Postings that sum to zero by currency, as legs: at most one less than there are postings of a currency.
// REQUIRES: they do.
[[nodiscard]] std::vector<DraftLeg> legs_of(std::vector<JournalPosting> postings);

// The journal's name of an account as an id of ours: what an id can't have is `_`.
[[nodiscard]] std::string account_id_of(const std::string& name);

}  // namespace giro::cli
