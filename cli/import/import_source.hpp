// The FILE that import and reconcile read, in whichever format it is.
// Thread: the main one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/import/import_rows.hpp"
#include "cli/session.hpp"
#include "cli/submit/payment_row.hpp"

namespace giro::cli {

enum class ImportFormat { detect, csv, ndjson, hledger, pain001, camt053 };

struct ImportInput {
  std::string file;
  ImportFormat format = ImportFormat::detect;
  std::string rules_path;
  std::string account;
  std::string counter_account;
  std::string currency;
  std::vector<std::string> scales;  // "PTS=0".
};

void declare_import_input(CLI::App& command, ImportInput& input);
// Also what names the accounts of a file's payments.
void declare_sides(CLI::App& command, ImportInput& input);

// Decimals of currencies that the ledger needn't know yet.
class DeclaredScales {
 public:
  // `session` must outlive it and what it gives.
  DeclaredScales(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> declare(const std::vector<std::string>& scales);
  void suggest(const std::string& currency, int scale) { scales_.emplace(currency, scale); }

  [[nodiscard]] Result<int> scale_of(std::string_view currency) const;
  [[nodiscard]] Result<Amount> parse_amount(std::string_view decimal,
                                            std::string_view currency) const;

 private:
  Session& session_;
  std::map<std::string, int, std::less<>> scales_;
};

// A file, open, with what it is read by: they live as long as its rows.
struct OpenImport {
  ImportRules rules;
  DeclaredScales scales;
  std::unique_ptr<ImportRows> rows;
};

// Failures: what can't be read, or isn't whole where that can be told before the first row.
[[nodiscard]] Result<std::unique_ptr<OpenImport>> open_import(Session& session,
                                                              const ImportInput& input);

struct OpenBankFile {
  ImportRules rules;
  DeclaredScales scales;
  std::unique_ptr<BankFile> file;
};
[[nodiscard]] Result<std::unique_ptr<OpenBankFile>> open_bank_file(Session& session,
                                                                   const ImportInput& input);

}  // namespace giro::cli
