// What a file of another program asks for, as rows of requests.
// Thread: the main one.
#pragma once

#include <memory>

#include "cli/import/bank_file.hpp"
#include "cli/import/draft.hpp"
#include "cli/import/rules.hpp"

namespace giro::cli {

class ImportRows : public Rows {
 public:
  // Records that ask for nothing, and aren't given out.
  [[nodiscard]] virtual std::uint64_t left_out() const { return 0; }
};

// The row that a draft becomes: bad where no request can be made of it. The text that may go into a file of rejects is
// the draft's own line, or where there is none the request, which `giro submit` takes.
[[nodiscard]] NextRow row_of(const Draft& draft, std::uint64_t line, std::string text);

// Lines of a bank, each a payment between the account and the other side. `rules` must outlive it.
[[nodiscard]] std::unique_ptr<ImportRows> rows_of_bank_file(std::unique_ptr<BankFile> file,
                                                            const ImportRules& rules);

}  // namespace giro::cli
