// A bank's lines beside the ledger's own of the same account: which belong together.
//
// What always holds: a line belongs to one of the other side at most. First go those that share a key or a reference, the same
// amount, and days that are near; then those that share one and differ; then those with the same amount, the nearest
// days first.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {

struct StatementLine {
  std::uint64_t place = 0;  // Its seq, or its line in the file.
  Date date;
  Amount amount = 0;
  std::string key;
  std::string reference;
  std::string text;
};

enum class MatchedBy { key, reference, amount };

struct Match {
  std::size_t here = 0;   // Index of the ledger's line,
  std::size_t there = 0;  // and of the bank's.
  MatchedBy by = MatchedBy::key;
};

struct Matching {
  std::vector<Match> matched;
  std::vector<Match> differing;  // Of one key or reference, and another amount, or days apart.
  std::vector<std::size_t> only_here;
  std::vector<std::size_t> only_there;
};

[[nodiscard]] Matching match_lines(const std::vector<StatementLine>& here,
                                   const std::vector<StatementLine>& there, int days);

}  // namespace giro::cli
