// Which message of ISO 20022 a file is, and what its amounts, accounts and dates mean.
// Thread: the main one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/import/bank_file.hpp"
#include "cli/import/import_rows.hpp"
#include "cli/import/rules.hpp"
#include "cli/iso20022/xml_records.hpp"
#include "cli/submit/payment_row.hpp"

namespace giro::cli {

// What the standard says in place of an id that there isn't.
inline constexpr std::string_view kNotProvided = "NOTPROVIDED";

// "pain.001" of a file's namespace; what else it is, or empty. Reads its beginning.
[[nodiscard]] Result<std::string> message_of(const std::string& path);

// An account's IBAN, or its other id, without blanks; empty: there is neither.
[[nodiscard]] std::string account_in(const XmlNode& node, std::string_view path);
// The day of a date or of a time, in an element or in its Dt or DtTm.
[[nodiscard]] std::string date_in(const XmlNode& node, std::string_view path);

// pain.001, credit transfers: a payment each, by the end-to-end id as its key. The whole file is read and its control sums
// compared before this returns. `rules` must outlive it.
[[nodiscard]] Result<std::unique_ptr<ImportRows>> rows_of_pain001(const std::string& path,
                                                                  const ImportRules& rules,
                                                                  const ParseAmount& parse_amount);

// camt.053, booked entries of statements. The whole file is read, and the balances compared with the entries, before this
// returns. `rules` must outlive it.
[[nodiscard]] Result<std::unique_ptr<BankFile>> bank_file_of_camt053(
    const std::string& path, const ImportRules& rules, const ParseAmount& parse_amount);

}  // namespace giro::cli
