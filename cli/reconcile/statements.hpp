// The two statements of an account that are compared: the bank's, from a file, and the ledger's own.
//
// What always holds: a file of which a line can't be read is no statement; both have at most kLinesMax lines.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/import/import_source.hpp"
#include "cli/reconcile/matching.hpp"

namespace giro::cli {

inline constexpr std::size_t kLinesMax = 1'000'000;

struct Statement {
  std::vector<StatementLine> lines;
  std::optional<Amount> opening;
  std::optional<Amount> closing;
  std::uint64_t left_out = 0;  // Of other accounts, or not booked.
};

struct Period {
  Date from;
  Date to;
};

// `account`: ours. `opposite`: what the bank calls in is out here.
[[nodiscard]] Result<Statement> read_bank_statement(Session& session, const ImportInput& input,
                                                    const std::string& account,
                                                    const std::string& currency, bool opposite);

// By effective date, the balances of `period` and the lines of `days` more at either side.
[[nodiscard]] Result<Statement> read_own_statement(Session& session, const std::string& account,
                                                   const Period& period, int days);

// A balance before the first line and one behind the last, where the lines tell them: in the order that they are in, or newest first.
struct LineWithBalance {
  Amount amount = 0;
  std::optional<Amount> balance;
};
void add_balances_of(const std::vector<LineWithBalance>& lines, Statement& statement);

}  // namespace giro::cli
