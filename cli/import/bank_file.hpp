// A bank's account of what went in and out, line by line: a CSV by rules, a camt.053. What `giro import` makes
// payments of and `giro reconcile` compares with the ledger's own.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/failure.hpp"
#include "cli/submit/rows.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

struct BankLine {
  std::uint64_t line = 0;
  std::string key;  // The file's own; else `words` make one.
  std::string words;
  std::string date;   // YYYY-MM-DD; this and what follows may be empty.
  Amount amount = 0;  // Above 0: in; below: out. 0: nothing moved.
  std::string currency;
  std::string account;
  std::string counter_account;
  std::string from;  // Both, or neither.
  std::string to;
  std::string reference;
  std::string description;
  std::string code;
  std::optional<Amount> balance;  // After it.
  std::string text;               // As it stands in the file, or nothing.
};

using NextBankLine = std::variant<BankLine, BadRow, NoRow>;

class BankFile {
 public:
  BankFile() = default;
  BankFile(BankFile&&) = default;
  BankFile& operator=(BankFile&&) = delete;
  virtual ~BankFile() = default;

  // As Rows have it.
  [[nodiscard]] virtual Result<NextBankLine> next(bool may_wait) = 0;
  [[nodiscard]] virtual std::uint64_t line() const = 0;
  [[nodiscard]] virtual const std::string& header() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> bytes_total() const = 0;

  // What the file says of the balance before its first line and after its last; once all of it was read.
  [[nodiscard]] virtual std::optional<Amount> opening_balance() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<Amount> closing_balance() const { return std::nullopt; }
  // Lines that are no payments (yet), and aren't given out.
  [[nodiscard]] virtual std::uint64_t left_out() const { return 0; }
};

}  // namespace giro::cli
