// Reads a whole ledger file and checks everything that it promises, independent of the writer:
// gapless seqs, rising times, every link and balance replayed from zero, sums of zero, the audit
// chain, account rows, marks, key runs. Works in slices, each a short read transaction.
// Thread: any, one at a time; beside a running writer, or on a file at rest.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/entry.hpp"

namespace giro::store {

struct Problem {
  Seq seq = 0;  // 0: not about one entry.
  std::string what;
};

struct VerifyReport {
  std::uint64_t entries = 0;
  std::uint64_t accounts = 0;
  Seq head_seq = 0;
  std::string head_digest;        // Hexadecimal.
  std::vector<Problem> problems;  // At most kProblemsMax; empty: the ledger is whole.

  [[nodiscard]] bool ok() const { return problems.empty(); }
};

inline constexpr std::size_t kProblemsMax = 100;

// `cancelled` is asked between slices. Throws SQLite::Exception when the file can't be read at all.
[[nodiscard]] VerifyReport verify(const std::filesystem::path& ledger_file,
                                  const std::function<bool()>& cancelled);

}  // namespace giro::store
